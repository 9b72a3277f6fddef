import { PollMemory } from "./poll_memory.ts";
import type { Session } from "./session.ts";
import { isRequestError, SnmpError } from "./snmp_error.ts";

/** What a poll needs. */
export interface PollContext {
  /** The session with the device. */
  readonly session:
    & Pick<Session, "get" | "next" | "hasBulk">
    & Partial<Pick<Session, "contact" | "memory" | "maxSilenceMs">>;
  /** Aborts the poll. */
  readonly signal: AbortSignal;
  /** Returns the current time in seconds since 1970. */
  readonly now: () => number;
}

/** A run of a poll: limits how long it waits for what the device does not answer. */
export class PollRun {
  /** The context of the poll. */
  readonly context: PollContext;
  /** What this poll and earlier ones have found out. */
  readonly memory: PollMemory;
  #silenceLeftMs: number;
  #responseTimeS: number | undefined;

  /** Constructs a new instance. */
  constructor(context: PollContext) {
    this.context = context;
    this.memory = context.session.memory ?? new PollMemory();
    this.#silenceLeftMs = context.session.maxSilenceMs ?? Infinity;
  }

  /** How long the first answer took, in seconds; `undefined` if there was none. */
  get responseTimeS(): number | undefined {
    return this.#responseTimeS;
  }

  /**
   * Sends a request.
   *
   * @throws {SnmpError} If there is no usable response; of the kind `"skipped"` if the run has no time for requests.
   */
  async request<T>(send: (session: PollContext["session"]) => Promise<T>): Promise<T> {
    if (this.#silenceLeftMs <= 0) {
      throw new SnmpError(
        "skipped",
        "there was no time left in this run, as the device does not answer other OIDs",
      );
    }
    const { session, signal } = this.context;
    await session.contact?.(signal);
    const startedAt = performance.now();
    let isAnswered = true;
    try {
      return await send(session);
    } catch (error) {
      isAnswered = isRequestError(error) && error.kind !== "silent";
      throw error;
    } finally {
      const ms = performance.now() - startedAt;
      if (isAnswered) this.#responseTimeS ??= ms / 1000;
      else this.#silenceLeftMs -= ms;
    }
  }
}
