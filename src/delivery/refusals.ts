import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope } from "../util/problem_scope.ts";
import type { Point, RefusedValue } from "../values/values.ts";

/** The job whose values are refused. */
interface RefusingJob {
  readonly jobId: string;
  /** Receives the lines about its values. */
  readonly log: Logger;
}

// So many paths of a job are named, the others are counted.
const NAMED = 5;
const MAX_PATH_LENGTH = 200;

// Of a call with a million values that are all refused, so many are looked at.
const MAX_SEEN = 1000;

// A value that a job no longer sends is not a problem of today. Most jobs run at least once a day.
const EXPIRES_AFTER_S = 25 * 3600;

// Jobs come and go for years.
const MAX_JOBS = 10_000;

const OTHERS = "other refused values";

/** Reports values that the library refuses as problems of their jobs, until they are valid again. */
export class Refusals {
  readonly #problems: ProblemLog;
  /** By job id: the paths that are named, with the call in which each was last refused. */
  readonly #named = new Map<string, Map<string, unknown>>();

  /** Constructs a new instance that reports to `problems`. */
  constructor(problems: ProblemLog) {
    this.#problems = problems;
  }

  /** Reports the refused values of a call. */
  raise({ jobId, log }: RefusingJob, call: unknown, refused: readonly RefusedValue[]): void {
    if (refused.length === 0) return;
    const options = {
      kind: "refused values",
      scope: jobScope(jobId),
      log,
      expiresAfter: EXPIRES_AFTER_S,
    };
    if (this.#named.size >= MAX_JOBS && !this.#named.has(jobId)) this.#named.clear();
    const named = this.#named.get(jobId) ?? new Map<string, unknown>();
    this.#named.set(jobId, named);
    let reported = 0;
    let other: string | undefined;
    for (const { p, reason } of refused.slice(0, MAX_SEEN)) {
      const path = p.slice(0, MAX_PATH_LENGTH);
      const what = `${JSON.stringify(path)} is refused: ${reason}`;
      if (!named.has(path) && named.size >= NAMED) {
        other ??= what;
        continue;
      }
      reported++;
      named.set(path, call);
      this.#problems.raise(keyOf(path), `Value at ${what}`, options);
    }
    if (other === undefined) return;
    const count = refused.length - reported;
    this.#problems.raise(OTHERS, `Other refused values: ${count}; the one at ${other}`, options);
  }

  /** Ends the problems of values that are valid again. */
  clear({ jobId }: RefusingJob, call: unknown, points: readonly Point[]): void {
    const named = this.#named.get(jobId);
    if (named === undefined) return;
    const scope = jobScope(jobId);
    for (const { p } of points) {
      const refusedIn = named.get(p);
      // A path can be there at several times, and be refused at one of them.
      if (refusedIn === undefined || refusedIn === call) continue;
      named.delete(p);
      this.#problems.clear(keyOf(p), { scope });
    }
    if (named.size > 0) return;
    this.#named.delete(jobId);
    this.#problems.clear(OTHERS, { scope });
  }
}

function keyOf(path: string): string {
  return `value ${path}`;
}
