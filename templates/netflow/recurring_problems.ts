import type { Logger } from "@grafolean/collector";

// A problem that has not recurred for this long is over.
const QUIET_MS = 10 * 60_000;

// Nobody reads more than that.
const MAX_PROBLEMS = 1000;

interface Problem {
  readonly message: string;
  count: number;
  lastSeen: number;
}

/** Logs each problem once when it starts and once when it is over, however often it recurs in between. */
export class RecurringProblems {
  readonly #log: Pick<Logger, "warn" | "info">;
  readonly #problems = new Map<string, Problem>();

  /** Constructs a new instance that logs to `log`. */
  constructor(log: Pick<Logger, "warn" | "info">) {
    this.#log = log;
  }

  /**
   * Reports a problem.
   *
   * @param key Identifies the problem, such as its kind and exporter.
   * @param message Logged if the problem is new.
   * @param now The time in milliseconds.
   * @param count How many times it occurred.
   */
  raise(key: string, message: string, now: number, count = 1): void {
    const problem = this.#problems.get(key);
    if (problem !== undefined) {
      problem.count += count;
      problem.lastSeen = now;
    } else if (this.#problems.size < MAX_PROBLEMS) {
      this.#problems.set(key, { message, count, lastSeen: now });
      this.#log.warn(message);
    }
  }

  /** Clears the problems that have not recurred for 10 minutes. Call it regularly. */
  clearQuiet(now: number): void {
    for (const [key, { message, count, lastSeen }] of this.#problems) {
      if (now - lastSeen < QUIET_MS) continue;
      this.#problems.delete(key);
      this.#log.info(`Over for ${QUIET_MS / 60_000} minutes, after ${count} times: ${message}`);
    }
  }
}
