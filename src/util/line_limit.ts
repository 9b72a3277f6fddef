import type { Logger, LogLevel } from "./log.ts";

type Level = Exclude<LogLevel, "debug">;

interface KindCount {
  readonly level: Level;
  logged: number;
  held: number;
}

// What breaks one device easily breaks thousands, and nobody can read that many lines.
const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

/** Limits the lines of a kind to 20 a minute; the others are logged at debug level and counted in one line. */
export class LineLimit {
  readonly #log: Logger;
  readonly #kinds = new Map<string, KindCount>();
  #minuteStart = -Infinity;

  /**
   * Constructs a new instance.
   *
   * @param log Receives the counts.
   */
  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Logs a line, at debug level if there were too many of its kind.
   *
   * @param kind What the lines are about, in the plural, such as `"failing jobs"`.
   * @returns Whether it was logged at its level.
   */
  write(log: Logger, level: Level, kind: string, line: string): boolean {
    this.tick();
    let count = this.#kinds.get(kind);
    if (count === undefined) this.#kinds.set(kind, count = { level, logged: 0, held: 0 });
    const isLogged = count.logged < LINES_PER_MINUTE;
    if (isLogged) count.logged++;
    else count.held++;
    log[isLogged ? level : "debug"](line);
    return isLogged;
  }

  /** Logs the counts of the last minute, if it is over. */
  tick(): void {
    const now = performance.now();
    if (now - this.#minuteStart < MINUTE_MS) return;
    this.flush();
    this.#minuteStart = now;
  }

  /** Logs the counts now. */
  flush(): void {
    for (const [kind, { level, held }] of this.#kinds) {
      if (held > 0) this.#log[level](`More ${kind}, logged at debug level: ${held}`);
    }
    this.#kinds.clear();
  }
}
