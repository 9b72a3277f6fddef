import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { JobProblems } from "./job.ts";

/** The scope of the problems of a job. */
export function scopeOf(jobId: string): string {
  return `job ${jobId}`;
}

/** The scope of the problems that a job itself reports; they end when the job changes. */
export function ownScopeOf(scope: string): string {
  return `${scope}, reported by itself`;
}

/** Returns the problems of the job with this scope, logged to `log`. */
export function problemsOf(problems: ProblemLog, scope: string, log: Logger): JobProblems {
  const own = { scope: ownScopeOf(scope), log };
  return {
    raise: (key, message, options) => problems.raise(key, message, { ...options, ...own }),
    clear: (key) => problems.clear(key, own),
    report: (group, messages, options) => problems.report(group, messages, { ...options, ...own }),
    event: (kind, message, options) => problems.event(kind, message, { ...options, log }),
  };
}
