/**
 * A session with one device: net-snmp with promises, signals and errors that say what to do.
 */

import type { Socket, SocketType } from "node:dgram";
import { isIPv6 } from "node:net";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import type { Address } from "./address.ts";
import { ensureAesCfb } from "./aes_cfb.ts";
import type { Credential } from "./credential.ts";
import { createGuardedSocket } from "./socket.ts";
import { explain, silence, SnmpError } from "./snmp_error.ts";

/** What a session is opened with; plain data, so that a changed setting opens a new one. */
export interface SessionSettings {
  /** What people call the device. */
  readonly name: string;
  /** Where the device is. */
  readonly address: Address;
  /** What it wants to hear. */
  readonly credential: Credential;
  /** How long to wait for an answer before asking again, in milliseconds. */
  readonly timeoutMs: number;
  /** How often to ask again. */
  readonly retries: number;
  /** The local address to send from. */
  readonly sourceAddress?: string | undefined;
}

// Longer than all tries of net-snmp together: for requests whose end it never tells.
const GRACE_MS = 1000;

/** Asks one device. Any number of requests may be under way at once. */
export class Session implements Disposable {
  /** Whether the device can be asked for many values in a row (SNMPv1 cannot). */
  readonly hasBulk: boolean;
  readonly #session: snmp.Session;
  readonly #where: string;
  readonly #patienceMs: number;
  readonly #pending = new Set<(error: Error) => void>();
  #garbage: string | undefined;
  #broken: Error | undefined;

  /**
   * Opens a session; nothing is sent yet.
   *
   * @param createSocket Makes its socket.
   */
  constructor(settings: SessionSettings, createSocket = createGuardedSocket) {
    const { name, address, credential, timeoutMs, retries, sourceAddress } = settings;
    this.hasBulk = credential.version > 1;
    this.#where = `"${name}" at ${address.host} (UDP port ${address.port})`;
    this.#patienceMs = timeoutMs * (retries + 1) + GRACE_MS;
    const options = {
      port: address.port,
      timeout: timeoutMs,
      retries,
      transport: isIPv6(address.host) ? "udp6" as const : "udp4" as const,
      dgramModule: { createSocket: (type: SocketType) => this.#watched(createSocket(type)) },
      // The address of one family is no use to reach a device of the other.
      ...(sourceAddress !== undefined && isIPv6(sourceAddress) === isIPv6(address.host)
        ? { sourceAddress }
        : {}),
    };
    if (credential.version === 3) {
      ensureAesCfb();
      // A copy, since net-snmp may keep it.
      this.#session = snmp.createV3Session(address.host, { ...credential.user }, options);
    } else {
      const version = credential.version === 1 ? snmp.Version1 : snmp.Version2c;
      this.#session = snmp.createSession(address.host, credential.community, {
        ...options,
        version,
      });
    }
    // Without a listener a packet that is not SNMP would end the bot.
    this.#session.on("error", (error) => this.#garbage = error.message);
  }

  /**
   * Asks for the values of some OIDs, which must fit into one packet.
   *
   * @returns One varbind per OID, in their order.
   * @throws {SnmpError} If there is no answer, or one that is no use.
   * @throws The reason of `signal` when that aborts.
   */
  get(oids: readonly string[], signal: AbortSignal): Promise<readonly snmp.Varbind[]> {
    return this.#request(signal, (callback) => this.#session.get([...oids], callback));
  }

  /** Asks for what follows an OID: one varbind, or several up to `count` where the device can do that. */
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

  /** Closes the socket; requests under way fail. */
  [Symbol.dispose](): void {
    this.#session.close();
    // A packet that was just being sent is never heard of again.
    for (const fail of this.#pending) fail(new Error("the session was closed"));
  }

  // Net-snmp does not pass on what is wrong with its socket, such as a source address that this host does not have.
  #watched(socket: Socket): Socket {
    return socket.on("error", (error: Error) => {
      this.#broken ??= error;
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
        done(() => reject(explain(error, this.#where, this.#garbage)));
      const abort = (): void => done(() => reject(signal.reason));
      const timer = setTimeout(
        () => fail(silence(this.#where, this.#garbage)),
        this.#patienceMs,
      );
      if (this.#broken !== undefined) return fail(this.#broken);
      signal.addEventListener("abort", abort, { once: true });
      this.#pending.add(fail);
      this.#garbage = undefined;
      send((error, result) => {
        if (error !== null) fail(error);
        else if (result === undefined) {
          fail(new SnmpError("other", `${this.#where} answered nothing`));
        } else done(() => resolve(result));
      });
    });
  }
}
