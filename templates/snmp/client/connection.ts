import type { HostPort } from "@grafolean/collector/toolkit";
import type { Socket, SocketType } from "node:dgram";
import { isIPv6 } from "node:net";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { ensureAesCfb } from "./aes_cfb.ts";
import type { Credential } from "./credential.ts";
import { mendResponse, mendV3 } from "./mend_response.ts";
import { SnmpError, timeoutError, toSnmpError } from "./snmp_error.ts";
import { createSafeSocket } from "./socket.ts";

/** Where a connection leads, and as whom. */
export interface ConnectionSettings {
  /** The name of the device. */
  readonly name: string;
  /** The address of the device. */
  readonly address: HostPort;
  /** The community or user. */
  readonly credential: Credential;
  /** The local address to send from. */
  readonly sourceAddress?: string | undefined;
}

/** How long to wait for a response. */
export interface Tries {
  /** How long to wait before the request is sent again, in milliseconds. */
  readonly timeoutMs: number;
  /** How many times it is sent again. */
  readonly retries: number;
}

/** A GET of OIDs that fit into one packet, or a GETBULK or GETNEXT of up to `count` varbinds that follow an OID. */
export type SnmpRequest =
  | { readonly get: readonly string[] }
  | { readonly after: string; readonly count: number };

type Varbinds = readonly (snmp.Varbind | readonly snmp.Varbind[])[];

const SNMP_PORT = 161;

// On top of all attempts of net-snmp: it never reports the end of some requests.
const GRACE_MS = 1000;

let isV3Prepared = false;

/** A socket to one device: net-snmp with promises, signals and clear errors. Requests can run in parallel. */
export class Connection implements Disposable {
  /** Name and address of the device, for messages. */
  readonly device: string;
  readonly #session: snmp.Session;
  readonly #pending = new Set<(error: Error) => void>();
  #garbage: string | undefined;
  #socketError: Error | undefined;

  /** Constructs a new instance. Nothing is sent yet. */
  constructor(settings: ConnectionSettings) {
    const { name, address: { host, port = SNMP_PORT }, credential, sourceAddress } = settings;
    this.device = `"${name}" at ${host} (UDP port ${port})`;
    const options = {
      port,
      transport: isIPv6(host) ? "udp6" as const : "udp4" as const,
      dgramModule: {
        createSocket: (type: SocketType) =>
          this.#watch(createSafeSocket(type, mendResponse), sourceAddress),
      },
      // An IPv4 source address cannot reach an IPv6 device, and vice versa.
      ...(sourceAddress !== undefined && isIPv6(sourceAddress) === isIPv6(host)
        ? { sourceAddress }
        : {}),
    };
    if (credential.version === 3) {
      prepareV3();
      // A copy, since net-snmp may keep it.
      this.#session = snmp.createV3Session(host, { ...credential.user }, options);
    } else {
      const version = credential.version === 1 ? snmp.Version1 : snmp.Version2c;
      this.#session = snmp.createSession(host, credential.community, { ...options, version });
    }
    // Without a listener, a packet that is not SNMP would end the bot.
    this.#session.on("error", (error) => this.#garbage = error.message);
  }

  /** Whether requests are waiting for their responses. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Sends a request. */
  request(
    request: SnmpRequest,
    tries: Tries,
    signal: AbortSignal,
  ): Promise<readonly snmp.Varbind[]> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#pending.delete(fail);
        settle();
      };
      const fail = (error: Error): void =>
        done(() => reject(toSnmpError(error, this.device, this.#garbage)));
      const abort = (): void => done(() => reject(signal.reason));
      const timer = setTimeout(
        () => fail(timeoutError(this.device, this.#garbage)),
        tries.timeoutMs * (tries.retries + 1) + GRACE_MS,
      );
      if (this.#socketError !== undefined) return fail(this.#socketError);
      signal.addEventListener("abort", abort, { once: true });
      this.#pending.add(fail);
      this.#garbage = undefined;
      // net-snmp takes these from its session for each request.
      Object.assign(this.#session, { timeout: tries.timeoutMs, retries: tries.retries });
      const answer = (error: Error | null, varbinds?: Varbinds): void => {
        if (error !== null) fail(error);
        else if (varbinds === undefined) {
          fail(new SnmpError("other", `${this.device} sent an empty response`));
        } else done(() => resolve(varbinds.flat()));
      };
      if ("get" in request) this.#session.get([...request.get], answer);
      else if (request.count === 1) this.#session.getNext([request.after], answer);
      else this.#session.getBulk([request.after], 0, request.count, answer);
    });
  }

  /** Closes the socket. Pending requests fail. */
  [Symbol.dispose](): void {
    this.#session.close();
    // net-snmp does not report a request whose packet was just being sent.
    for (const fail of this.#pending) fail(new Error("the session was closed"));
  }

  // net-snmp does not pass on the errors of its socket: that of a local address which this host does not have, or which
  // Deno may not use.
  #watch(socket: Socket, sourceAddress?: string): Socket {
    const from = sourceAddress === undefined ? "" : ` from SNMP_SOURCE_ADDRESS (${sourceAddress})`;
    return socket.on("error", ({ message }: Error) => {
      this.#socketError ??= new SnmpError(
        "unreachable",
        `Cannot send to ${this.device}${from}: ${message}`,
      );
      for (const fail of this.#pending) fail(this.#socketError);
    });
  }
}

function prepareV3(): void {
  if (isV3Prepared) return;
  isV3Prepared = true;
  ensureAesCfb();
  mendV3();
}
