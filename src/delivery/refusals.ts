import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope } from "../util/problem_scope.ts";
import type { NormalizedValues } from "../values/values.ts";

// So many paths of a job are named, the others are counted.
const NAMED = 5;

// A path may be anything, and the reason comes after it.
const MAX_PATH_LENGTH = 200;

// A value that a job no longer sends is not a problem of today. Most jobs run at least once a day.
const EXPIRES_AFTER_S = 25 * 3600;

// Jobs come and go for years.
const MAX_JOBS = 10_000;

const OTHERS = "other refused values";

/** Reports values that the library refuses as problems of their jobs, until they are valid again. */
export class Refusals {
  readonly #problems: ProblemLog;
  /** By job id: the paths that are named. */
  readonly #named = new Map<string, Set<string>>();

  /** Constructs a new instance that reports to `problems`. */
  constructor(problems: ProblemLog) {
    this.#problems = problems;
  }

  /** Reports the refused values, and ends the problems of those that are valid again. */
  report(
    { jobId, log }: { readonly jobId: string; readonly log: Logger },
    { points, refused }: NormalizedValues,
  ): void {
    if (refused.length === 0 && !this.#named.has(jobId)) return;
    const named = this.#named.get(jobId) ?? new Set();
    const scope = jobScope(jobId);
    const reasons = new Map(refused.map(({ p, reason }) => [p.slice(0, MAX_PATH_LENGTH), reason]));
    for (const { p } of points) {
      const path = p.slice(0, MAX_PATH_LENGTH);
      // A path can be there at several times, and be refused at one of them.
      if (reasons.has(path) || !named.delete(path)) continue;
      this.#problems.clear(`value ${path}`, { scope });
    }
    const options = { kind: "refused values", scope, log, expiresAfter: EXPIRES_AFTER_S };
    const others: string[] = [];
    for (const [path, reason] of reasons) {
      const message = `${JSON.stringify(path)} is refused: ${reason}`;
      if (named.size < NAMED) named.add(path);
      if (named.has(path)) this.#problems.raise(`value ${path}`, `Value at ${message}`, options);
      else others.push(message);
    }
    if (others.length > 0) {
      const message = `Other refused values: ${others.length}; the one at ${others[0]}`;
      this.#problems.raise(OTHERS, message, options);
    }
    if (this.#named.size >= MAX_JOBS) this.#named.clear();
    if (named.size > 0) {
      this.#named.set(jobId, named);
    } else {
      this.#named.delete(jobId);
      this.#problems.clear(OTHERS, { scope });
    }
  }
}
