import type { Logger } from "../util/log.ts";

// Whoever looks at the log of the last hour should find everything that is wrong now.
const REPEAT_MS = 3_600_000;

// Whatever breaks one device easily breaks thousands, and of more lines than that nobody can read.
const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

interface Failure {
  /** The kind of failure: its text without the numbers, which differ from run to run. */
  readonly kind: string;
  readonly saidAt: number;
  readonly runs: number;
}

/**
 * Says a failure when it is new, once an hour while it lasts, and when it is over; otherwise at debug level. Where very
 * many jobs fail, it says the first of them, and how many more there are.
 */
export class FailureLog {
  readonly #monotonic: () => number;
  readonly #log: Logger;
  readonly #failures = new Map<string, Failure>();
  #minuteBegan = -Infinity;
  #failed = 0;
  #recovered = 0;

  /** Makes one that knows of no failure; `monotonic` tells milliseconds, `log` takes what is not about one job. */
  constructor(monotonic: () => number, log: Logger) {
    this.#monotonic = monotonic;
    this.#log = log;
  }

  /** How many jobs have failed at their last run. */
  get count(): number {
    return this.#failures.size;
  }

  /** A run of a job has failed. */
  failed(jobId: string, message: string, log: Logger): void {
    const kind = message.replaceAll(/\d+(?:\.\d+)?/g, "#");
    const now = this.#turnTo(this.#monotonic());
    const before = this.#failures.get(jobId);
    const runs = (before?.runs ?? 0) + 1;
    const isKnown = before?.kind === kind && now - before.saidAt < REPEAT_MS;
    this.#failures.set(jobId, { kind, saidAt: isKnown ? before.saidAt : now, runs });
    const text = before === undefined ? message : `${message} (${runs} runs in a row have failed)`;
    if (isKnown || ++this.#failed > LINES_PER_MINUTE) log.debug(text);
    else log.error(text);
    if (!isKnown && this.#failed === LINES_PER_MINUTE + 1) {
      this.#log.error(
        `More jobs fail: beyond ${LINES_PER_MINUTE} a minute, they are said at debug level`,
      );
    }
  }

  /** A run of a job has done its work. */
  succeeded(jobId: string, log: Logger): void {
    this.#turnTo(this.#monotonic());
    const before = this.#failures.get(jobId);
    if (before === undefined) return;
    this.#failures.delete(jobId);
    const text = `Works again after ${
      before.runs === 1 ? "a failed run" : `${before.runs} failed runs`
    }`;
    if (++this.#recovered > LINES_PER_MINUTE) log.debug(text);
    else log.info(text);
  }

  /** A job is not known any more. */
  forget(jobId: string): void {
    this.#failures.delete(jobId);
  }

  /** Says how many lines were too many for the minute that is over, if it is. */
  #turnTo(now: number): number {
    if (now - this.#minuteBegan < MINUTE_MS) return now;
    const failed = this.#failed - LINES_PER_MINUTE;
    const recovered = this.#recovered - LINES_PER_MINUTE;
    if (failed > 0) this.#log.error(`In that minute ${failed} more failed`);
    if (recovered > 0) this.#log.info(`In that minute ${recovered} more recovered`);
    this.#minuteBegan = now;
    this.#failed = this.#recovered = 0;
    return now;
  }
}
