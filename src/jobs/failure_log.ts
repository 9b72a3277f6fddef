import type { Logger } from "../util/log.ts";

// The last hour of the log then names every job that is failing now.
const REPEAT_MS = 3_600_000;

// What breaks one device easily breaks thousands, and nobody can read that many lines.
const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

interface Failure {
  /** The message without its numbers, which differ from run to run. */
  readonly kind: string;
  readonly loggedAt: number;
  readonly runs: number;
}

/**
 * Logs the failure of a job when it is new, once an hour while it lasts, and when the job recovers; everything else at
 * debug level. When many jobs fail at once, only the first lines of each minute are logged, and the rest are counted.
 */
export class FailureLog {
  readonly #monotonic: () => number;
  readonly #log: Logger;
  readonly #failures = new Map<string, Failure>();
  #minuteStart = -Infinity;
  #failed = 0;
  #recovered = 0;

  /**
   * Constructs a new instance.
   *
   * @param monotonic The monotonic clock, in milliseconds.
   * @param log Receives the lines that are not about a single job.
   */
  constructor(monotonic: () => number, log: Logger) {
    this.#monotonic = monotonic;
    this.#log = log;
  }

  /** The number of jobs whose last run failed. */
  get count(): number {
    return this.#failures.size;
  }

  /** Records a failed run. */
  failed(jobId: string, message: string, log: Logger): void {
    const kind = message.replaceAll(/\d+(?:\.\d+)?/g, "#");
    const now = this.#startMinute();
    const before = this.#failures.get(jobId);
    const runs = (before?.runs ?? 0) + 1;
    const isKnown = before?.kind === kind && now - before.loggedAt < REPEAT_MS;
    this.#failures.set(jobId, { kind, loggedAt: isKnown ? before.loggedAt : now, runs });
    const text = before === undefined ? message : `${message} (${runs} failed runs in a row)`;
    if (isKnown || ++this.#failed > LINES_PER_MINUTE) log.debug(text);
    else log.error(text);
    if (!isKnown && this.#failed === LINES_PER_MINUTE + 1) {
      this.#log.error(
        `More jobs are failing: beyond ${LINES_PER_MINUTE} a minute they are logged at debug level`,
      );
    }
  }

  /** Records a successful run. */
  succeeded(jobId: string, log: Logger): void {
    this.#startMinute();
    const before = this.#failures.get(jobId);
    if (before === undefined) return;
    this.#failures.delete(jobId);
    const text = `Recovered after ${
      before.runs === 1 ? "a failed run" : `${before.runs} failed runs`
    }`;
    if (++this.#recovered > LINES_PER_MINUTE) log.debug(text);
    else log.info(text);
  }

  /** Forgets a removed job. */
  forget(jobId: string): void {
    this.#failures.delete(jobId);
  }

  /** Starts a new minute if the current one is over, and logs how many lines that one held back. Returns the time. */
  #startMinute(): number {
    const now = this.#monotonic();
    if (now - this.#minuteStart < MINUTE_MS) return now;
    const failed = this.#failed - LINES_PER_MINUTE;
    const recovered = this.#recovered - LINES_PER_MINUTE;
    if (failed > 0) this.#log.error(`${failed} more jobs failed in that minute`);
    if (recovered > 0) this.#log.info(`${recovered} more jobs recovered in that minute`);
    this.#minuteStart = now;
    this.#failed = this.#recovered = 0;
    return now;
  }
}
