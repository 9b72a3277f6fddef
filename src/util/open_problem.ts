import { formatDuration } from "./format_duration.ts";
import type { Logger } from "./log.ts";
import type { Problem, RaiseOptions } from "./problem.ts";

/** A problem that comes and goes is logged once in this time, in milliseconds. */
export const FLAPPING_MS = 60_000;

// The last hour of the log then names everything that is wrong now.
const REPEAT_MS = 3_600_000;

// The whole message is in the line that reported the problem.
const RESOLVED_LENGTH = 120;

// Messages may contain anything, such as a different text at each run.
const MAX_CAUSES = 20;

/**
 * A problem that has not ended, and when it is logged. All times are milliseconds on the monotonic clock.
 *
 * If it comes back soon after its end, the line about it is held until a minute after the last one, and only written if the
 * problem has stayed.
 */
export class OpenProblem {
  /** When each cause was last logged. */
  readonly causes: Map<string, number>;
  /** What is known about it. */
  problem: Problem;
  /** Receives the lines about it. */
  log: Logger;
  /** When it ends if it is not raised again. */
  expiresAt = Infinity;
  /** When it is logged even if it is not raised again; `Infinity` unless its line is held. */
  heldUntil = Infinity;
  /** Whether it was logged above debug level; if so, its end is too. */
  isLogged = false;
  readonly #startedAt: number;
  readonly #hasComeBack: boolean;
  #raises = 0;

  /**
   * Constructs a new instance for a problem that is then raised for the first time.
   *
   * @param causes When each cause was last logged, if the problem ended a moment ago.
   */
  constructor(
    key: string,
    scope: string | undefined,
    log: Logger,
    now: number,
    causes: Map<string, number> | undefined,
  ) {
    this.problem = {
      key,
      ...(scope === undefined ? {} : { scope }),
      message: "",
      level: "warn",
      kind: "problems",
      since: Date.now() / 1000,
      times: 0,
    };
    this.log = log;
    this.#startedAt = now;
    this.#hasComeBack = causes !== undefined;
    this.causes = causes ?? new Map();
  }

  /**
   * Called when the problem is reported.
   *
   * @returns Whether to log it now.
   */
  raise(message: string, options: RaiseOptions, log: Logger, now: number): boolean {
    const { kind = "problems", level = "warn", times = 1, expiresAfter = Infinity } = options;
    this.problem = { ...this.problem, message, level, kind, times: this.problem.times + times };
    this.log = log;
    this.expiresAt = now + expiresAfter * 1000;
    this.#raises++;
    const isHeld = this.#hasComeBack && !this.isLogged;
    const lastLogged = this.causes.get(causeOf(message)) ?? -Infinity;
    const dueAt = lastLogged + (isHeld ? FLAPPING_MS : REPEAT_MS);
    if (isHeld) this.heldUntil = dueAt;
    return now >= dueAt;
  }

  /** Called when its line was written, and whether that was above debug level. */
  onWritten(now: number, isLogged: boolean): void {
    this.heldUntil = Infinity;
    if (this.causes.size >= MAX_CAUSES) this.causes.clear();
    this.causes.set(causeOf(this.problem.message), now);
    if (isLogged) this.isLogged = true;
  }

  /** The line about it. */
  line(now: number): string {
    const { message, times } = this.problem;
    return this.#raises === 1 ? message : `${message} (${times} times in ${this.#lasted(now)})`;
  }

  /** The line about its end. */
  endLine(now: number): string {
    const { message, times } = this.problem;
    const count = times === 1 ? "" : ` (${times} times)`;
    const short = message.length <= RESOLVED_LENGTH
      ? message
      : `${message.slice(0, RESOLVED_LENGTH)}…`;
    return `Resolved after ${this.#lasted(now)}${count}: ${short}`;
  }

  #lasted(now: number): string {
    return formatDuration((now - this.#startedAt) / 1000);
  }
}

/** What is the same in messages that differ only in numbers. */
function causeOf(message: string): string {
  return message.replaceAll(/\d+(?:\.\d+)?/g, "#");
}
