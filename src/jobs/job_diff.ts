import { isDeepEqual } from "../util/is_deep_equal.ts";
import { jobLabel } from "../util/job_label.ts";
import { validateJob, type ValidJob } from "./validate_job.ts";

/** The difference between the wanted jobs and the scheduled ones. */
export interface JobDiff {
  /** Jobs to add. */
  readonly added: readonly ValidJob[];
  /** Jobs to replace. */
  readonly changed: readonly ValidJob[];
  /** Ids of the jobs to remove. */
  readonly removed: readonly string[];
  /** Ids of the jobs to leave alone. */
  readonly unchanged: readonly string[];
  /** Jobs without an interval, which never run. */
  readonly leftOut: readonly ValidJob[];
  /** A sentence for each job that is not valid: its name, what is wrong with it, and what to do. */
  readonly refused: readonly string[];
}

/**
 * Compares the wanted jobs with the scheduled ones.
 *
 * A job is left alone if its name, intervals (in any order), function, timeout, `startTs` and params (compared deeply) are
 * equal. Of several jobs with the same id, the first wins.
 *
 * @throws Whatever the iterable throws.
 */
export function diffJobs(
  wanted: Iterable<unknown>,
  scheduled: ReadonlyMap<string, { readonly job: ValidJob }>,
): JobDiff {
  const added: ValidJob[] = [];
  const changed: ValidJob[] = [];
  const unchanged: string[] = [];
  const leftOut: ValidJob[] = [];
  const refused: string[] = [];
  const seen = new Set<string>();
  let position = 0;

  for (const candidate of wanted) {
    position++;
    const check = validateJob(candidate);
    if ("problem" in check) {
      const { jobId, name, problem } = check;
      const which = jobId === undefined
        ? `Job number ${position} of the list`
        : `Job "${jobLabel({ jobId, name })}"`;
      refused.push(`${which} is left out: ${problem}`);
      continue;
    }
    const { job } = check;
    if (job.intervals.length === 0) {
      leftOut.push(job);
      continue;
    }
    if (seen.has(job.jobId)) {
      refused.push(
        `A second job "${
          jobLabel(job)
        }" is left out: give each job an id of its own, such as DEVICE/SENSOR, as devices ` +
          "share sensors",
      );
      continue;
    }
    seen.add(job.jobId);
    const before = scheduled.get(job.jobId)?.job;
    if (before === undefined) added.push(job);
    else if (isEqual(before, job)) unchanged.push(job.jobId);
    else changed.push(job);
  }

  const removed = [...scheduled.keys()].filter((jobId) => !seen.has(jobId));
  return { added, changed, removed, unchanged, leftOut, refused };
}

function isEqual(a: ValidJob, b: ValidJob): boolean {
  return a.name === b.name && a.performJob === b.performJob && a.timeout === b.timeout &&
    a.startTs === b.startTs && isDeepEqual(a.intervals, b.intervals) &&
    areParamsEqual(a.jobParams, b.jobParams);
}

function areParamsEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  try {
    return isDeepEqual(a, b);
  } catch {
    // A getter threw, for example: params that cannot be compared count as changed.
    return false;
  }
}
