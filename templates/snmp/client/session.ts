// @ts-types="@types/net-snmp"
import type snmp from "net-snmp";
import { Connection, type ConnectionSettings, type Tries } from "./connection.ts";
import { PollMemory } from "./poll_memory.ts";
import { isRequestError, onlyV1Error, SnmpError } from "./snmp_error.ts";
import { createSafeSocket } from "./socket.ts";

/** Settings of a session: plain data, so that a changed setting opens a new session. */
export interface SessionSettings extends ConnectionSettings, Tries {
  /** How many rows to request by one GETBULK. @default 25 */
  readonly maxRepetitions?: number | undefined;
  /** How long a run may wait, in all, for what the device does not answer, in milliseconds. @default Infinity */
  readonly maxSilenceMs?: number | undefined;
}

// Every agent answers it, if only by an error.
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

// For what the device may never answer: a part of the timeout, but always twice as long as its slowest answer.
const SHORT_TIMEOUT = 1 / 4;
const SLOWEST = 2;

// For a device that did not answer the last time. It may need longer, so each fifth attempt is a usual one.
const DEAD_WAIT_MS = 1000;
const DEAD_ATTEMPTS = 5;

/**
 * The requests to a device, which can run in parallel. Tells a device that does not answer from one that only does not
 * answer an OID, and gives one that did not answer the last time a single short try.
 */
export class Session implements Disposable {
  /** Whether the device supports GETBULK (SNMPv1 does not). */
  readonly hasBulk: boolean;
  /** What polls have found out about the device. */
  readonly memory: PollMemory;
  /** How long a run may wait, in all, for what the device does not answer, in milliseconds. */
  readonly maxSilenceMs: number;
  readonly #settings: SessionSettings;
  readonly #createSocket: typeof createSafeSocket;
  #connection: Connection | undefined;
  // A new connection may cure an error, such as one about the SNMPv3 engine of a device that was replaced.
  #isStale = false;
  #slowestMs = 0;
  #hasGivenValues = false;
  #isAlive = false;
  // The last error of a device that does not answer, and how often it was asked since then.
  #dead: { readonly error: SnmpError; attempts: number } | undefined;

  /**
   * Constructs a new instance. Nothing is sent yet.
   *
   * @param createSocket Creates its sockets.
   */
  constructor(settings: SessionSettings, createSocket = createSafeSocket) {
    this.#settings = settings;
    this.#createSocket = createSocket;
    this.hasBulk = settings.credential.version > 1;
    this.memory = new PollMemory(settings.maxRepetitions);
    this.maxSilenceMs = settings.maxSilenceMs ?? Infinity;
  }

  /**
   * Makes sure that the device answers, unless it has answered the last time. Requests do that too, but then take longer.
   *
   * @throws {SnmpError} If it does not answer, or only SNMPv1.
   */
  async contact(signal: AbortSignal): Promise<void> {
    if (this.#isAlive) return;
    const { timeoutMs } = this.#settings;
    const dead = this.#dead;
    const isShort = dead !== undefined && ++dead.attempts % DEAD_ATTEMPTS > 0;
    const tries = isShort ? twiceIn(Math.min(timeoutMs, DEAD_WAIT_MS)) : this.#settings;
    const error = await this.#probe(signal, tries);
    if (isShort && isTimeout(error)) throw dead.error;
    if (error === undefined) this.#hasGivenValues = true;
    else if (!this.#hasGivenValues) await this.#checkVersion(signal);
    if (isTimeout(error)) throw this.#die(error);
    this.#isAlive = true;
    this.#dead = undefined;
  }

  /**
   * Sends a GET for OIDs that fit into one packet.
   *
   * @param shortTries Waits only briefly, so many times: for what the device may never answer.
   * @returns One varbind per OID, in the same order.
   * @throws {SnmpError} If there is no usable response; of the kind `"silent"` if the device answers other requests.
   * @throws The reason of `signal` when it aborts.
   */
  get(
    oids: readonly string[],
    signal: AbortSignal,
    shortTries?: number,
  ): Promise<readonly snmp.Varbind[]> {
    return this.#request(
      (connection, tries) => connection.get(oids, tries, signal),
      oids.join(", "),
      signal,
      shortTries,
    );
  }

  /** Returns the varbinds that follow an OID, up to `count` of them. Otherwise like {@linkcode Session.get}. */
  next(
    oid: string,
    count: number,
    signal: AbortSignal,
    shortTries?: number,
  ): Promise<readonly snmp.Varbind[]> {
    return this.#request(
      (connection, tries) =>
        this.hasBulk && count > 1
          ? connection.getBulk(oid, count, tries, signal)
          : connection.getNext(oid, tries, signal),
      `what follows ${oid}`,
      signal,
      shortTries,
    );
  }

  /** Closes the socket. Pending requests fail. */
  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  async #request<T>(
    send: (connection: Connection, tries: Tries) => Promise<T>,
    what: string,
    signal: AbortSignal,
    shortTries: number | undefined,
  ): Promise<T> {
    await this.contact(signal);
    const { timeoutMs, retries } = this.#settings;
    const isSlow = this.#slowestMs > timeoutMs;
    const shortMs = Math.max(timeoutMs * SHORT_TIMEOUT, this.#slowestMs * SLOWEST);
    const tries = shortTries === undefined
      // The last try is the question whether the device still answers.
      ? { timeoutMs, retries: isSlow ? retries : Math.max(retries - 1, 0) }
      : { timeoutMs: Math.min(shortMs, timeoutMs), retries: shortTries - 1 };
    try {
      return await this.#send((connection) => send(connection, tries));
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const isAlive = !isTimeout(await this.#probe(signal, isSlow ? tries : twiceIn(timeoutMs)));
      if (isAlive) throw new SnmpError("silent", `the device does not answer ${what}`);
      throw this.#die(error);
    }
  }

  #die(error: SnmpError): SnmpError {
    this.#isAlive = false;
    this.#isStale = true;
    this.#dead = { error, attempts: 0 };
    return error;
  }

  /** Asks something that every agent answers, and returns the error if there is one. */
  async #probe(signal: AbortSignal, tries: Tries): Promise<SnmpError | undefined> {
    try {
      await this.#send((connection) => connection.get([SYS_UP_TIME], tries, signal));
      return undefined;
    } catch (error) {
      if (isRequestError(error) || isTimeout(error)) return error;
      throw error;
    }
  }

  /** Throws if the device answers by SNMPv1, but not by SNMPv2c: such an agent may be silent or answer with an error. */
  async #checkVersion(signal: AbortSignal): Promise<void> {
    const { credential, timeoutMs } = this.#settings;
    if (credential.version !== 2) return;
    const settings = { ...this.#settings, credential: { ...credential, version: 1 as const } };
    const tries = twiceIn(timeoutMs);
    using connection = new Connection(settings, this.#createSocket);
    try {
      await connection.get([SYS_UP_TIME], tries, signal);
    } catch (error) {
      if (!(error instanceof SnmpError)) throw error;
      if (error.kind !== "no such name") return;
    }
    // Packets may have been lost.
    if (await this.#probe(signal, tries) !== undefined) {
      throw this.#die(onlyV1Error(connection.device));
    }
  }

  async #send<T>(send: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#isStale && !this.#connection?.isBusy) {
      this[Symbol.dispose]();
      this.#isStale = false;
    }
    this.#connection ??= new Connection(this.#settings, this.#createSocket);
    const startedAt = performance.now();
    let isAnswered = true;
    try {
      return await send(this.#connection);
    } catch (error) {
      isAnswered = isRequestError(error);
      if (!isAnswered && !isTimeout(error)) this.#isStale = true;
      throw error;
    } finally {
      if (isAnswered) this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    }
  }
}

function isTimeout(error: unknown): error is SnmpError {
  return error instanceof SnmpError && error.kind === "timeout";
}

// Packets may be lost.
function twiceIn(waitMs: number): Tries {
  return { timeoutMs: waitMs / 2, retries: 1 };
}
