import type { Logger, LogLevel } from "./log.ts";

/** How {@linkcode ProblemLog} logs a problem. */
export interface ProblemOptions {
  /** The level at which it is logged. @default "warn" */
  readonly level?: Exclude<LogLevel, "debug">;
  /**
   * What problems like this one are, in the plural, such as `"failing jobs"`. At most 20 lines a minute are logged of a
   * kind; the others are logged at debug level and counted in one line.
   *
   * @default "problems"
   */
  readonly kind?: string;
  /** The job, device or account that it belongs to. @default none: it concerns the whole bot */
  readonly scope?: string;
  /** Receives the lines about it. @default the log of the {@linkcode ProblemLog} */
  readonly log?: Logger;
}

/** Options for {@linkcode ProblemLog.raise}. */
export interface RaiseOptions extends ProblemOptions {
  /** How often it has happened since it was last raised. @default 1 */
  readonly times?: number;
  /**
   * For problems whose end nobody sees: the problem ends when it has not been raised for so many seconds.
   *
   * @default Infinity
   */
  readonly expiresAfter?: number;
}

/** A problem that has not ended. */
export interface Problem {
  /** Identifies the problem within its scope. */
  readonly key: string;
  /** The job, device or account that it belongs to; absent if it concerns the whole bot. */
  readonly scope?: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** The level at which it is logged. */
  readonly level: Exclude<LogLevel, "debug">;
  /** What problems like this one are, in the plural. */
  readonly kind: string;
  /** When it began, in UNIX seconds. */
  readonly since: number;
  /** How often it has happened. */
  readonly times: number;
}
