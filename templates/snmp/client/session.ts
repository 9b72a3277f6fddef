import type { HostPort } from "@grafolean/collector/toolkit";
import type { Buffer } from "node:buffer";
import type { Socket, SocketType } from "node:dgram";
import { isIPv6 } from "node:net";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { ensureAesCfb } from "./aes_cfb.ts";
import type { Credential } from "./credential.ts";
import { mendDecrypted, mendResponse } from "./mend_response.ts";
import { SnmpError, timeoutError, toSnmpError } from "./snmp_error.ts";
import { createSafeSocket } from "./socket.ts";

/** Settings of a session: plain data, so that a changed setting opens a new session. */
export interface SessionSettings {
  /** The name of the device. */
  readonly name: string;
  /** The address of the device. */
  readonly address: HostPort;
  /** The community or user. */
  readonly credential: Credential;
  /** How long to wait for a response before the request is sent again, in milliseconds. */
  readonly timeoutMs: number;
  /** How many times a request is sent again. */
  readonly retries: number;
  /** The local address to send from. */
  readonly sourceAddress?: string | undefined;
}

const SNMP_PORT = 161;

// On top of all attempts of net-snmp: it never reports the end of some requests.
const GRACE_MS = 1000;

let isV3Prepared = false;

function prepareV3(): void {
  if (isV3Prepared) return;
  isV3Prepared = true;
  ensureAesCfb();
  mendDecrypted();
}

/** A session with one device: net-snmp with promises, signals and clear errors. Requests can run in parallel. */
export class Session implements Disposable {
  /** Whether the device supports GETBULK (SNMPv1 does not). */
  readonly hasBulk: boolean;
  readonly #session: snmp.Session;
  readonly #device: string;
  readonly #requestTimeoutMs: number;
  readonly #pending = new Set<(error: Error) => void>();
  #garbage: string | undefined;
  #socketError: Error | undefined;

  /**
   * Constructs a new instance. Nothing is sent yet.
   *
   * @param createSocket Creates its socket.
   */
  constructor(settings: SessionSettings, createSocket = createSafeSocket) {
    const { name, address: { host, port = SNMP_PORT }, credential, timeoutMs, retries } = settings;
    const { sourceAddress } = settings;
    this.hasBulk = credential.version > 1;
    this.#device = `"${name}" at ${host} (UDP port ${port})`;
    this.#requestTimeoutMs = timeoutMs * (retries + 1) + GRACE_MS;
    const user = credential.version === 3 ? credential.user : undefined;
    const mend = (packet: Buffer): Buffer => mendResponse(packet, user);
    const options = {
      port,
      timeout: timeoutMs,
      retries,
      transport: isIPv6(host) ? "udp6" as const : "udp4" as const,
      dgramModule: { createSocket: (type: SocketType) => this.#watch(createSocket(type, mend)) },
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
      this.#session = snmp.createSession(host, credential.community, {
        ...options,
        version,
      });
    }
    // Without a listener, a packet that is not SNMP would end the bot.
    this.#session.on("error", (error) => this.#garbage = error.message);
  }

  /**
   * Sends a GET for OIDs that fit into one packet.
   *
   * @returns One varbind per OID, in the same order.
   * @throws {SnmpError} If there is no usable response.
   * @throws The reason of `signal` when it aborts.
   */
  get(oids: readonly string[], signal: AbortSignal): Promise<readonly snmp.Varbind[]> {
    return this.#request(signal, (callback) => this.#session.get([...oids], callback));
  }

  /** Returns the varbinds that follow an OID: up to `count` with GETBULK, otherwise one. */
  async next(oid: string, count: number, signal: AbortSignal): Promise<readonly snmp.Varbind[]> {
    if (!this.hasBulk) {
      return await this.#request(signal, (callback) => this.#session.getNext([oid], callback));
    }
    const columns = await this.#request<readonly (snmp.Varbind | snmp.Varbind[])[]>(
      signal,
      (callback) => this.#session.getBulk([oid], 0, count, callback),
    );
    return columns.flat();
  }

  /** Closes the socket. Pending requests fail. */
  [Symbol.dispose](): void {
    this.#session.close();
    // net-snmp does not report a request whose packet was just being sent.
    for (const fail of this.#pending) fail(new Error("the session was closed"));
  }

  // net-snmp does not pass on socket errors, such as a source address that this host does not have.
  #watch(socket: Socket): Socket {
    return socket.on("error", (error: Error) => {
      this.#socketError ??= error;
      for (const fail of this.#pending) fail(error);
    });
  }

  #request<T>(
    signal: AbortSignal,
    send: (callback: (error: Error | null, result?: T) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#pending.delete(fail);
        settle();
      };
      const fail = (error: Error): void =>
        done(() => reject(toSnmpError(error, this.#device, this.#garbage)));
      const abort = (): void => done(() => reject(signal.reason));
      const timer = setTimeout(
        () => fail(timeoutError(this.#device, this.#garbage)),
        this.#requestTimeoutMs,
      );
      if (this.#socketError !== undefined) return fail(this.#socketError);
      signal.addEventListener("abort", abort, { once: true });
      this.#pending.add(fail);
      this.#garbage = undefined;
      send((error, result) => {
        if (error !== null) fail(error);
        else if (result === undefined) {
          fail(new SnmpError("other", `${this.#device} sent an empty response`));
        } else done(() => resolve(result));
      });
    });
  }
}
