import { isDeepEqual } from "../util/is_deep_equal.ts";
import { jobLabel } from "../util/job_label.ts";
import { validateJob, type ValidJob } from "./validate_job.ts";

/**
 * The difference between the wanted jobs, which are added one by one, and the scheduled ones.
 *
 * A job is left alone if its name, intervals (in any order), function, timeout, `startTs` and params (compared deeply) are
 * equal. Of several jobs with the same id, the first wins.
 */
export class JobDiff {
  /** Jobs to add. */
  readonly added: ValidJob[] = [];
  /** Jobs to replace. */
  readonly changed: ValidJob[] = [];
  /** Jobs without an interval, which never run. */
  readonly leftOut: ValidJob[] = [];
  /** A sentence for each job that is not valid: its name, what is wrong with it, and what to do. */
  readonly refused: string[] = [];
  readonly #scheduled: ReadonlyMap<string, { readonly job: ValidJob }>;
  readonly #wanted = new Set<string>();
  #count = 0;

  /** Constructs a new instance without wanted jobs. */
  constructor(scheduled: ReadonlyMap<string, { readonly job: ValidJob }>) {
    this.#scheduled = scheduled;
  }

  /** How many jobs to leave alone. */
  get unchanged(): number {
    return this.#wanted.size - this.added.length - this.changed.length;
  }

  /** The ids of the jobs to remove. */
  get removed(): readonly string[] {
    return [...this.#scheduled.keys()].filter((jobId) => !this.#wanted.has(jobId));
  }

  /** Adds a wanted job, which may be any value. */
  add(candidate: unknown): void {
    this.#count++;
    const check = validateJob(candidate);
    if ("problem" in check) {
      const { jobId, name, problem } = check;
      const which = jobId === undefined
        ? `Job number ${this.#count} of the list`
        : `Job "${jobLabel({ jobId, name })}"`;
      this.refused.push(`${which} is left out: ${problem}`);
      return;
    }
    const { job } = check;
    if (job.intervals.length === 0) {
      this.leftOut.push(job);
      return;
    }
    if (this.#wanted.has(job.jobId)) {
      this.refused.push(
        `A second job "${
          jobLabel(job)
        }" is left out: give each job an id of its own, such as DEVICE/SENSOR, as devices ` +
          "share sensors",
      );
      return;
    }
    this.#wanted.add(job.jobId);
    const before = this.#scheduled.get(job.jobId)?.job;
    if (before === undefined) this.added.push(job);
    else if (!isEqual(before, job)) this.changed.push(job);
  }
}

function isEqual(a: ValidJob, b: ValidJob): boolean {
  return a.name === b.name && a.performJob === b.performJob && a.timeout === b.timeout &&
    a.startTs === b.startTs && a.intervals.join() === b.intervals.join() &&
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
