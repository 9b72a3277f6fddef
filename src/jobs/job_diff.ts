import { isDeepStrictEqual } from "node:util";
import type { CheckedJob } from "./validate_job.ts";
import { checkJob } from "./validate_job.ts";

/** A job that is not scheduled, and why. */
export interface RefusedJob {
  /** Its id; `undefined` where it has none. */
  readonly jobId: string | undefined;
  /** What is wrong and what to do, as a whole sentence that names the job. */
  readonly reason: string;
}

/** The difference between the jobs that are wanted and those that are known. */
export interface JobDiff {
  /** Wanted, and not known yet. */
  readonly added: readonly CheckedJob[];
  /** Known, and wanted in another form. */
  readonly changed: readonly CheckedJob[];
  /** Ids of known jobs that are not wanted any more. */
  readonly removed: readonly string[];
  /** Ids of known jobs that are wanted as they are. */
  readonly unchanged: readonly string[];
  /** Not valid. */
  readonly refused: readonly RefusedJob[];
}

/**
 * Compares the jobs that are wanted with those that are known by id.
 *
 * A job stays as it is while its intervals (in any order), its function, its timeout and its params (compared deeply)
 * are the same. `startTs` does not count, because bots compute it from the current time. Of jobs with the same id the
 * first one counts.
 *
 * @throws What the iterable throws.
 */
export function diffJobs(
  wanted: Iterable<unknown>,
  known: ReadonlyMap<string, { readonly job: CheckedJob }>,
): JobDiff {
  const added: CheckedJob[] = [];
  const changed: CheckedJob[] = [];
  const unchanged: string[] = [];
  const refused: RefusedJob[] = [];
  const seen = new Set<string>();
  let position = 0;

  for (const candidate of wanted) {
    position++;
    const check = checkJob(candidate);
    if ("problem" in check) {
      const { jobId, problem } = check;
      const name = jobId === undefined ? `Job number ${position} of the list` : `Job "${jobId}"`;
      refused.push({ jobId, reason: `${name} is left out: ${problem}` });
      continue;
    }
    const { job } = check;
    if (seen.has(job.jobId)) {
      refused.push({
        jobId: job.jobId,
        reason: `A second job "${job.jobId}" is left out: give each job an id of its own`,
      });
      continue;
    }
    seen.add(job.jobId);
    const before = known.get(job.jobId)?.job;
    if (before === undefined) added.push(job);
    else if (isSame(before, job)) unchanged.push(job.jobId);
    else changed.push(job);
  }

  const removed = [...known.keys()].filter((jobId) => !seen.has(jobId));
  return { added, changed, removed, unchanged, refused };
}

function isSame(a: CheckedJob, b: CheckedJob): boolean {
  return a.performJob === b.performJob && a.timeout === b.timeout &&
    isDeepStrictEqual(a.intervals, b.intervals) && sameParams(a.jobParams, b.jobParams);
}

function sameParams(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  try {
    return isDeepStrictEqual(a, b);
  } catch {
    // A getter that throws: what cannot be compared is taken as it was given last.
    return false;
  }
}
