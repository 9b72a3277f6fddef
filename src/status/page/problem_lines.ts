import type { Problem } from "../../util/problem.ts";
import { isJobScope, jobOfScope } from "../../util/problem_scope.ts";
import { inTurns } from "../../util/turns.ts";
import type { ProblemLine, ProblemsEvent } from "./wire.ts";

const SHOWN_PROBLEMS = 100;
const LEVELS = ["error", "warn", "info"] as const;

/** Returns the worst problems: those of the bot and of accounts before those of jobs, each by level. */
export async function worstProblems(problems: Iterable<Problem>): Promise<ProblemsEvent> {
  // Not sorted, as there may be thousands.
  const ranks: Problem[][] = [];
  let count = 0;
  await inTurns(problems, (problem) => {
    count++;
    const rank = LEVELS.indexOf(problem.level) + (isJobScope(problem.scope) ? LEVELS.length : 0);
    (ranks[rank] ??= []).push(problem);
  });
  const worst = ranks.flatMap((ofRank) => ofRank.slice(0, SHOWN_PROBLEMS)).slice(0, SHOWN_PROBLEMS);
  return { count, problems: worst.map(lineOf) };
}

function lineOf({ level, scope, message, since, times }: Problem): ProblemLine {
  return { level, job: jobOfScope(scope), message, since, times };
}

/** Returns the worst problem of each job, by its id. */
export async function problemsOfJobs(
  problems: Iterable<Problem>,
): Promise<ReadonlyMap<string, Problem>> {
  const worst = new Map<string, Problem>();
  await inTurns(problems, (problem) => {
    const job = jobOfScope(problem.scope);
    if (job === undefined) return;
    const other = worst.get(job);
    if (other === undefined || LEVELS.indexOf(problem.level) < LEVELS.indexOf(other.level)) {
      worst.set(job, problem);
    }
  });
  return worst;
}
