// @ts-types="@types/net-snmp"
import type snmp from "net-snmp";
import { Connection, type ConnectionSettings, type SnmpRequest, type Tries } from "./connection.ts";
import { SYS_UP_TIME } from "./oid.ts";
import { PollMemory } from "./poll_memory.ts";
import { isRequestError, onlyV1Error, SnmpError } from "./snmp_error.ts";

/** Settings of a session: plain data, so that a changed setting opens a new session. */
export interface SessionSettings extends ConnectionSettings, Tries {
  /** How many rows to request by one GETBULK. @default 25 */
  readonly maxRepetitions?: number | undefined;
  /** How long a run may wait, in all, for what the device does not answer, in milliseconds. @default Infinity */
  readonly maxSilenceMs?: number | undefined;
}

// Agents answer these, if only by an error: sysUpTime, and whatever they have first.
const UP_TIME: SnmpRequest = { get: [SYS_UP_TIME] };
const FIRST_VALUE: SnmpRequest = { after: "1.3", count: 1 };

// A short try waits twice as long as the last answer took, or a part of the timeout if that is more.
const LAST_ANSWER = 2;
const SHORT_TIMEOUT = 1 / 4;
const SHORT_MS = 500;

// Of a device that does not answer. It may need longer, so each fifth attempt has all tries.
const DEAD_ATTEMPTS = 5;

/**
 * The requests to a device, which can run in parallel. Tells a device that does not answer from one that only does not
 * answer an OID, and gives one that did not answer the last time only two short tries.
 */
export class Session implements Disposable {
  /** What polls have found out about the device. */
  readonly memory: PollMemory;
  /** How long a run may wait, in all, for what the device does not answer, in milliseconds. */
  readonly maxSilenceMs: number;
  readonly #settings: SessionSettings;
  #connection: Connection | undefined;
  // A new connection may cure an error, such as one about the SNMPv3 engine of a device that was replaced.
  #isStale = false;
  #lastAnswerMs = 0;
  /** What the device answers as long as it is alive. */
  #question = UP_TIME;
  #hasGivenValues = false;
  #isAlive = false;
  // The last error of a device that does not answer, and how often it was asked since then.
  #dead: { readonly error: SnmpError; attempts: number } | undefined;

  /** Constructs a new instance. Nothing is sent yet. */
  constructor(settings: SessionSettings) {
    this.#settings = settings;
    // SNMPv1 has no GETBULK.
    this.memory = new PollMemory(settings.credential.version === 1 ? 1 : settings.maxRepetitions);
    this.maxSilenceMs = settings.maxSilenceMs ?? Infinity;
  }

  /**
   * Makes sure that the device answers, unless it has answered the last time. To be called before the requests of a run.
   *
   * @param wanted A request of this run, for a device that never answers what is usually asked.
   * @throws {SnmpError} If it does not answer, or only SNMPv1.
   */
  async contact(signal: AbortSignal, wanted?: SnmpRequest): Promise<void> {
    if (this.#isAlive) return;
    const dead = this.#dead;
    const isShort = dead !== undefined && ++dead.attempts < DEAD_ATTEMPTS;
    let error = await this.#ask(
      this.#question,
      signal,
      isShort ? this.#shortTries : this.#settings,
    );
    if (isShort && isTimeout(error)) throw dead.error;
    for (const other of [UP_TIME, FIRST_VALUE, wanted]) {
      if (!isTimeout(error)) break;
      if (other === undefined || other === this.#question) continue;
      const answer = await this.#ask(other, signal, this.#shortTries);
      if (!isTimeout(answer)) [this.#question, error] = [other, answer];
    }
    if (error === undefined) this.#hasGivenValues = true;
    else if (!this.#hasGivenValues) await this.#checkVersion(signal);
    if (isTimeout(error)) throw this.#die(error);
    this.#isAlive = true;
    this.#dead = undefined;
  }

  /**
   * Sends a request.
   *
   * @param isShort Waits only briefly: for what the device may never answer.
   * @returns One varbind per OID of a GET, in the same order.
   * @throws {SnmpError} If there is no usable response; of the kind `"silent"` if the device answers other requests.
   * @throws The reason of `signal` when it aborts.
   */
  async request(
    request: SnmpRequest,
    signal: AbortSignal,
    isShort = false,
  ): Promise<readonly snmp.Varbind[]> {
    try {
      return await this.#send(request, signal, isShort ? this.#shortTries : this.#settings);
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const answer = await this.#ask(this.#question, signal, this.#shortTries);
      if (isTimeout(answer)) throw this.#die(error);
      const what = "get" in request ? request.get.join(", ") : `what follows ${request.after}`;
      throw new SnmpError("silent", `the device does not answer ${what}`);
    }
  }

  /** Closes the socket. Pending requests fail. */
  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  /** Two, as packets may be lost. */
  get #shortTries(): Tries {
    const { timeoutMs, retries } = this.#settings;
    const shortMs = Math.min(timeoutMs * SHORT_TIMEOUT, SHORT_MS);
    const longMs = timeoutMs * (retries + 1) / 2; // as long in all as the usual tries
    return {
      timeoutMs: Math.min(Math.max(this.#lastAnswerMs * LAST_ANSWER, shortMs), longMs),
      retries: 1,
    };
  }

  #die(error: SnmpError): SnmpError {
    this.#isAlive = false;
    this.#isStale = true;
    this.#dead = { error, attempts: 0 };
    return error;
  }

  /** Asks something, and returns the error if there is one. */
  async #ask(
    question: SnmpRequest,
    signal: AbortSignal,
    tries: Tries,
  ): Promise<SnmpError | undefined> {
    try {
      await this.#send(question, signal, tries);
      return undefined;
    } catch (error) {
      if (isRequestError(error) || isTimeout(error)) return error;
      throw error;
    }
  }

  /** Throws if the device answers by SNMPv1, but not by SNMPv2c: such an agent may be silent or answer with an error. */
  async #checkVersion(signal: AbortSignal): Promise<void> {
    const { credential } = this.#settings;
    if (credential.version !== 2) return;
    const settings = { ...this.#settings, credential: { ...credential, version: 1 as const } };
    const tries = this.#shortTries;
    using connection = new Connection(settings);
    try {
      await connection.request(UP_TIME, tries, signal);
    } catch (error) {
      if (!(error instanceof SnmpError)) throw error;
      if (error.kind !== "no such name") return;
    }
    // Packets may have been lost, or the device refuses that question only.
    const error = await this.#ask(FIRST_VALUE, signal, tries);
    if (error !== undefined) throw this.#die(onlyV1Error(connection.device));
  }

  async #send(
    request: SnmpRequest,
    signal: AbortSignal,
    tries: Tries,
  ): Promise<readonly snmp.Varbind[]> {
    if (this.#isStale && !this.#connection?.isBusy) {
      this[Symbol.dispose]();
      this.#isStale = false;
    }
    this.#connection ??= new Connection(this.#settings);
    const startedAt = performance.now();
    let isAnswered = true;
    try {
      return await this.#connection.request(request, tries, signal);
    } catch (error) {
      isAnswered = isRequestError(error);
      if (!isAnswered && !isTimeout(error)) this.#isStale = true;
      throw error;
    } finally {
      if (isAnswered) this.#lastAnswerMs = performance.now() - startedAt;
    }
  }
}

function isTimeout(error: unknown): error is SnmpError {
  return error instanceof SnmpError && error.kind === "timeout";
}
