/**
 * Says that a job fails, but not at each of its runs for years.
 *
 * @module
 */

import type { Logger } from "../log.ts";

// Whoever looks at the log of the last hour should find everything that is wrong now.
const REPEAT_MS = 3_600_000;

interface Failure {
  /** The kind of failure: its text without the numbers, which differ from run to run. */
  readonly kind: string;
  readonly saidAt: number;
  readonly runs: number;
}

/** Says a failure when it is new, once an hour while it lasts, and when it is over; otherwise at debug level. */
export class FailureLog {
  readonly #monotonic: () => number;
  readonly #failures = new Map<string, Failure>();

  /** Makes one that knows of no failure; `monotonic` tells milliseconds. */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** A run of a job has failed. */
  failed(jobId: string, message: string, log: Logger): void {
    const kind = message.replaceAll(/\d+/g, "#");
    const now = this.#monotonic();
    const before = this.#failures.get(jobId);
    const runs = (before?.runs ?? 0) + 1;
    const isKnown = before?.kind === kind && now - before.saidAt < REPEAT_MS;
    this.#failures.set(jobId, { kind, saidAt: isKnown ? before.saidAt : now, runs });
    const text = before === undefined ? message : `${message} (${runs} runs in a row have failed)`;
    if (isKnown) log.debug(text);
    else log.error(text);
  }

  /** A run of a job has done its work. */
  succeeded(jobId: string, log: Logger): void {
    const before = this.#failures.get(jobId);
    if (before === undefined) return;
    this.#failures.delete(jobId);
    log.info(
      `Works again after ${before.runs === 1 ? "a failed run" : `${before.runs} failed runs`}`,
    );
  }

  /** A job is not known any more. */
  forget(jobId: string): void {
    this.#failures.delete(jobId);
  }
}
