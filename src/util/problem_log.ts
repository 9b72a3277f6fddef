import { formatDuration } from "./format_duration.ts";
import { LineLimit } from "./line_limit.ts";
import type { Logger, LogLevel } from "./log.ts";
import { isJobScope } from "./problem_scope.ts";
import { inTurns } from "./turns.ts";

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

/** An open problem with what it takes to log it. The times are milliseconds on the monotonic clock. */
interface OpenProblem {
  problem: Problem;
  log: Logger;
  readonly startedAt: number;
  expiresAt: number;
  /** When it is logged if it lasts, as it has come back too soon for that. */
  dueAt: number;
  /** When each cause was last logged. */
  readonly causes: Map<string, number>;
  /** Whether it was raised once. */
  isNew: boolean;
  /** Whether it had ended a moment before. */
  readonly hasComeBack: boolean;
  /** Whether it was logged above debug level; if so, its end is too. */
  isLogged: boolean;
}

// The last hour of the log then names everything that is wrong now.
const REPEAT_MS = 3_600_000;

// A problem that comes and goes is logged once in this time.
const FLAPPING_MS = 60_000;

// A message may hold the whole answer of a device.
const MAX_LENGTH = 1000;

// The whole message is in the line that reported the problem.
const RESOLVED_LENGTH = 120;

// A key with a time in it is a new problem at every run, and never ends.
const MAX_OPEN = 10_000;

// Messages may contain anything, such as a different text at each run.
const MAX_CAUSES = 20;

/**
 * Keeps a log readable for years: a problem is logged when it begins, when its cause changes, every hour while it lasts,
 * and when it ends, with its duration; one that comes and goes, once a minute. Everything else is logged at debug level.
 *
 * Messages that differ only in numbers have the same cause. A bot has a `ProblemLog` as `this.problems`; a job has
 * `context.problems`, whose problems belong to the job. Of more than 10,000 problems of a scope, the oldest are forgotten.
 *
 * @example
 * ```ts
 * import { ProblemLog } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const write = (line: string): void => void lines.push(line);
 * const problems = new ProblemLog({ debug() {}, info: write, warn: write, error: write });
 *
 * for (const answer of [undefined, undefined, 21.5]) {
 *   if (answer === undefined) problems.raise("kitchen", "The kitchen does not answer");
 *   else problems.clear("kitchen");
 * }
 * assertEquals(lines, [
 *   "The kitchen does not answer",
 *   "Resolved after 0 s (2 times): The kitchen does not answer",
 * ]);
 * ```
 */
export class ProblemLog {
  readonly #log: Logger;
  readonly #limit: LineLimit;
  /** The open problems by scope and key; those of the whole bot are always the first. */
  readonly #scopes = new Map<string | undefined, Map<string, OpenProblem>>();
  /** The causes of problems that ended within the last minute, by scope and key, the oldest first. */
  readonly #ended = new Map<
    string,
    { readonly endedAt: number; readonly causes: Map<string, number> }
  >();
  /** When {@linkcode ProblemLog.tick} has to look at the problems. */
  #nextLook = Infinity;

  /**
   * Constructs a new instance without problems.
   *
   * @param log Receives the lines.
   */
  constructor(log: Logger) {
    this.#log = log;
    this.#limit = new LineLimit(log);
    this.#scopes.set(undefined, new Map());
  }

  /**
   * Reports that a problem exists or still exists.
   *
   * @param key Identifies the problem within its scope, such as `"address"`.
   * @param message What is wrong and what to do about it. Cut after 1,000 characters.
   */
  raise(key: string, message: string, options: RaiseOptions = {}): void {
    const { kind = "problems", level = "warn", scope, times = 1, log = this.#log } = options;
    const now = performance.now();
    this.tick();
    let keys = this.#scopes.get(scope);
    if (keys === undefined) this.#scopes.set(scope, keys = new Map());
    const before = keys.get(key);
    if (before === undefined && keys.size >= MAX_OPEN) {
      const [oldest = key] = keys.keys();
      keys.delete(oldest);
    }
    // JavaScript code may pass an error, whatever the type says.
    const text = shortened(String(message), MAX_LENGTH);
    const problem: Problem = {
      key,
      ...(scope === undefined ? {} : { scope }),
      message: text,
      level,
      kind,
      since: before?.problem.since ?? Date.now() / 1000,
      times: (before?.problem.times ?? 0) + times,
    };
    const recent = this.#ended.get(`${scope} ${key}`);
    const open: OpenProblem = before ??
      {
        problem,
        log,
        startedAt: now,
        expiresAt: Infinity,
        dueAt: Infinity,
        causes: recent?.causes ?? new Map(),
        isNew: true,
        hasComeBack: recent !== undefined,
        isLogged: false,
      };
    open.problem = problem;
    open.isNew = before === undefined;
    open.log = log;
    open.expiresAt = now + (options.expiresAfter ?? Infinity) * 1000;
    keys.set(key, open);

    const isHeld = open.hasComeBack && !open.isLogged;
    const lastLogged = open.causes.get(causeOf(problem)) ?? -Infinity;
    const dueAt = lastLogged + (isHeld ? FLAPPING_MS : REPEAT_MS);
    if (now >= dueAt) this.#write(open, now);
    else {
      if (isHeld) open.dueAt = dueAt;
      log.debug(this.#lineOf(open));
    }
    this.#nextLook = Math.min(this.#nextLook, open.expiresAt, open.dueAt);
  }

  /** Reports that a problem has ended, if it existed. */
  clear(key: string, { scope }: Pick<ProblemOptions, "scope"> = {}): void {
    const keys = this.#scopes.get(scope);
    const open = keys?.get(key);
    if (keys === undefined || open === undefined) return;
    keys.delete(key);
    if (keys.size === 0 && scope !== undefined) this.#scopes.delete(scope);
    this.#rememberEnd(scope, key, open.causes);
    const { problem: { kind, message, times }, log } = open;
    const count = times === 1 ? "" : ` (${times} times)`;
    const line = `Resolved after ${this.#lasted(open)}${count}: ${
      shortened(message, RESOLVED_LENGTH)
    }`;
    if (open.isLogged) this.#limit.write(log, "info", `${kind} resolved`, line);
    else log.debug(line);
  }

  /**
   * Reports all problems of a group that exist now; those that were reported before and are not among them have ended.
   *
   * @param group The name of the group within its scope, such as `"devices"`.
   * @param messages One message per problem.
   */
  report(group: string, messages: Iterable<string>, options: ProblemOptions = {}): void {
    for (const _ of this.#report(group, messages, options));
  }

  /** Like {@linkcode report}, for thousands of messages: other work goes on in between. */
  async reportInTurns(
    group: string,
    messages: Iterable<string>,
    options: ProblemOptions = {},
  ): Promise<void> {
    await inTurns(this.#report(group, messages, options), () => {});
  }

  /** Yields after each problem. */
  *#report(group: string, messages: Iterable<string>, options: ProblemOptions): Generator<void> {
    const prefix = `${group}: `;
    const keys = new Map(Array.from(messages, (message) => [`${prefix}${message}`, message]));
    for (const key of [...this.#scopes.get(options.scope)?.keys() ?? []]) {
      if (key.startsWith(prefix) && !keys.has(key)) this.clear(key, options);
      yield;
    }
    for (const [key, message] of keys) {
      this.raise(key, message, options);
      yield;
    }
  }

  /**
   * Logs something that happens and does not last, such as a value that is refused.
   *
   * @param kind What events like this one are, in the plural, such as `"refused values"`.
   */
  event(
    kind: string,
    message: string,
    { level = "warn", log = this.#log }: Pick<ProblemOptions, "level" | "log"> = {},
  ): void {
    this.#limit.write(log, level, kind, shortened(String(message), MAX_LENGTH));
  }

  /** Forgets the problems of a scope, without a line, as when a job was removed. */
  forget(scope: string): void {
    this.#scopes.delete(scope);
  }

  /**
   * Returns the problems that have not ended: first those of the whole bot, then those of accounts, last those of jobs.
   *
   * @param limit How many to return at most.
   */
  open(limit = Infinity): Problem[] {
    const problems: Problem[] = [];
    // Thousands of devices can have a problem at once, and must not hide why an account is not delivered.
    for (const ofJobs of [false, true]) {
      for (const [scope, keys] of this.#scopes) {
        if (isJobScope(scope) !== ofJobs) continue;
        for (const { problem } of keys.values()) {
          if (problems.length >= limit) return problems;
          problems.push(problem);
        }
      }
    }
    return problems;
  }

  /**
   * Ends problems that have expired, logs those that have come back to stay, and how many lines the last minute held
   * back. {@linkcode ProblemLog.raise} does this too; call it regularly if nothing may be raised for a while.
   */
  tick(): void {
    this.#limit.tick();
    const now = performance.now();
    if (now < this.#nextLook) return;
    this.#nextLook = Infinity;
    for (const [scope, keys] of this.#scopes) {
      for (const [key, open] of keys) {
        if (open.expiresAt <= now) {
          this.clear(key, scope === undefined ? {} : { scope });
          continue;
        }
        if (open.dueAt <= now) this.#write(open, now);
        this.#nextLook = Math.min(this.#nextLook, open.expiresAt, open.dueAt);
      }
    }
  }

  /** Logs at once how many lines were held back, as at the end of a program. */
  flush(): void {
    this.#limit.flush();
  }

  #write(open: OpenProblem, now: number): void {
    const { problem, log, causes } = open;
    open.dueAt = Infinity;
    if (causes.size >= MAX_CAUSES) causes.clear();
    causes.set(causeOf(problem), now);
    if (this.#limit.write(log, problem.level, problem.kind, this.#lineOf(open))) {
      open.isLogged = true;
    }
  }

  #lineOf(open: OpenProblem): string {
    const { message, times } = open.problem;
    return open.isNew ? message : `${message} (${times} times in ${this.#lasted(open)})`;
  }

  #rememberEnd(scope: string | undefined, key: string, causes: Map<string, number>): void {
    const endedAt = performance.now();
    for (const [id, each] of this.#ended) {
      if (endedAt - each.endedAt < FLAPPING_MS) break;
      this.#ended.delete(id);
    }
    const id = `${scope} ${key}`;
    this.#ended.delete(id);
    this.#ended.set(id, { endedAt, causes });
  }

  #lasted({ startedAt }: OpenProblem): string {
    return formatDuration((performance.now() - startedAt) / 1000);
  }
}

function shortened(message: string, length: number): string {
  return message.length <= length ? message : `${message.slice(0, length)}…`;
}

/** What is the same in messages that differ only in numbers. */
function causeOf({ message }: Problem): string {
  return message.replaceAll(/\d+(?:\.\d+)?/g, "#");
}
