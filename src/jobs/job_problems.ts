import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { ownJobScope } from "../util/problem_scope.ts";
import type { JobProblems } from "./job.ts";

/** Returns the problems of the job with this scope, logged to `log`. */
export function problemsOf(problems: ProblemLog, scope: string, log: Logger): JobProblems {
  const own = { scope: ownJobScope(scope), log };
  return {
    raise: (key, message, options) => problems.raise(key, message, { ...options, ...own }),
    clear: (key) => problems.clear(key, own),
    report: (group, messages, options) => problems.report(group, messages, { ...options, ...own }),
    event: (kind, message, options) => problems.event(kind, message, { ...options, log }),
  };
}
