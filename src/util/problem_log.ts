import { LineLimit } from "./line_limit.ts";
import type { Logger } from "./log.ts";
import { FLAPPING_MS, OpenProblem } from "./open_problem.ts";
import type { Problem, ProblemOptions, RaiseOptions } from "./problem.ts";
import { isJobScope } from "./problem_scope.ts";
import { isTurnOver, nextTurn } from "./turns.ts";

// A message may hold the whole answer of a device.
const MAX_LENGTH = 1000;

// A key with a time in it is a new problem at every run, and never ends.
const MAX_OPEN = 10_000;

// Takes less than a millisecond.
const REPORTED_AT_ONCE = 100;

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
  /** What was logged of problems that ended within the last minute, by scope and key, the oldest first. */
  readonly #ended = new Map<
    string,
    { readonly endedAt: number; readonly causes: Map<string, number> }
  >();
  /** The calls of {@linkcode ProblemLog.report} that go on. */
  readonly #reports = new Set<{ readonly scope: string | undefined; readonly group: string }>();
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
    const { scope, log = this.#log } = options;
    const now = performance.now();
    this.tick();
    let keys = this.#scopes.get(scope);
    if (keys === undefined) this.#scopes.set(scope, keys = new Map());
    let open = keys.get(key);
    if (open === undefined) {
      const [oldest = key] = keys.keys();
      if (keys.size >= MAX_OPEN) keys.delete(oldest);
      open = new OpenProblem(key, scope, log, now, this.#ended.get(`${scope} ${key}`)?.causes);
      keys.set(key, open);
    }
    // JavaScript code may pass an error, whatever the type says.
    const text = shortened(String(message));
    if (open.raise(text, options, log, now)) this.#write(open, now);
    else log.debug(open.line(now));
    this.#nextLook = Math.min(this.#nextLook, open.expiresAt, open.heldUntil);
  }

  /** Reports that a problem has ended, if it existed. */
  clear(key: string, { scope }: Pick<ProblemOptions, "scope"> = {}): void {
    const keys = this.#scopes.get(scope);
    const open = keys?.get(key);
    if (keys === undefined || open === undefined) return;
    keys.delete(key);
    if (keys.size === 0 && scope !== undefined) this.#scopes.delete(scope);
    this.#rememberEnd(scope, key, open.causes);
    const line = open.endLine(performance.now());
    if (open.isLogged) this.#limit.write(open.log, "info", `${open.problem.kind} resolved`, line);
    else open.log.debug(line);
  }

  /**
   * Reports all problems of a group that exist now; those that were reported before and are not among them have ended.
   *
   * @param group The name of the group within its scope, such as `"devices"`.
   * @param messages One message per problem.
   * @returns Resolves when all are reported. That is at once unless there are more than a hundred: of thousands, those
   * that follow are reported bit by bit, while everything else goes on, until the group is reported again.
   */
  report(group: string, messages: Iterable<string>, options: ProblemOptions = {}): Promise<void> {
    const prefix = `${group}: `;
    // Before there is a promise, which nobody may wait for: what is no list of messages is an error of the caller.
    const keys = new Map(Array.from(messages, (message) => [`${prefix}${message}`, message]));
    const ended = [...this.#scopes.get(options.scope)?.keys() ?? []]
      .filter((key) => key.startsWith(prefix) && !keys.has(key));
    this.#stopReports(options.scope, group);
    return this.#report(group, [...ended, ...keys.keys()], keys, options);
  }

  async #report(
    group: string,
    keys: readonly string[],
    messages: ReadonlyMap<string, string>,
    options: ProblemOptions,
  ): Promise<void> {
    const report = { scope: options.scope, group };
    this.#reports.add(report);
    for (const [index, key] of keys.entries()) {
      while (index >= REPORTED_AT_ONCE && isTurnOver()) await nextTurn();
      if (!this.#reports.has(report)) return;
      const message = messages.get(key);
      if (message === undefined) this.clear(key, options);
      else this.raise(key, message, options);
    }
    this.#reports.delete(report);
  }

  /** Stops reports that go on: of a group of a scope, or of all its groups. */
  #stopReports(scope: string | undefined, group?: string): void {
    for (const report of this.#reports) {
      if (report.scope !== scope || (group ?? report.group) !== report.group) continue;
      this.#reports.delete(report);
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
    this.#limit.write(log, level, kind, shortened(String(message)));
  }

  /** Forgets the problems of a scope, without a line, as when a job was removed. */
  forget(scope: string): void {
    this.#stopReports(scope);
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
        if (open.heldUntil <= now) this.#write(open, now);
        this.#nextLook = Math.min(this.#nextLook, open.expiresAt, open.heldUntil);
      }
    }
  }

  /** Logs at once how many lines were held back, as at the end of a program. */
  flush(): void {
    this.#limit.flush();
  }

  #write(open: OpenProblem, now: number): void {
    const { problem: { level, kind }, log } = open;
    open.onWritten(now, this.#limit.write(log, level, kind, open.line(now)));
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
}

function shortened(message: string): string {
  return message.length <= MAX_LENGTH ? message : `${message.slice(0, MAX_LENGTH)}…`;
}
