import type { Logger } from "@grafolean/collector";

// Trouble that has paused for that long is over.
const QUIET_MS = 10 * 60_000;

// Of more than that at once nobody can read.
const MAX_STREAKS = 1000;

interface Streak {
  readonly text: string;
  count: number;
  latest: number;
}

/** Says trouble once when it begins and once when it is over, however often it happens in between. */
export class Streaks {
  readonly #log: Pick<Logger, "warn" | "info">;
  readonly #streaks = new Map<string, Streak>();

  /** Makes one that says things to `log`. */
  constructor(log: Pick<Logger, "warn" | "info">) {
    this.#log = log;
  }

  /**
   * Notes trouble.
   *
   * @param key What it is about and of which kind.
   * @param text What to say about it, if it is new.
   * @param now Milliseconds.
   * @param count How often it has happened.
   */
  note(key: string, text: string, now: number, count = 1): void {
    const streak = this.#streaks.get(key);
    if (streak !== undefined) {
      streak.count += count;
      streak.latest = now;
    } else if (this.#streaks.size < MAX_STREAKS) {
      this.#streaks.set(key, { text, count, latest: now });
      this.#log.warn(text);
    }
  }

  /** Says what is over. To be called now and then. */
  sweep(now: number): void {
    for (const [key, { text, count, latest }] of this.#streaks) {
      if (now - latest < QUIET_MS) continue;
      this.#streaks.delete(key);
      this.#log.info(`over since ${QUIET_MS / 60_000} minutes, after ${count} times: ${text}`);
    }
  }
}
