import { DueQueue } from "./due_queue.ts";
import { diffJobs, type JobDiff } from "./job_diff.ts";
import type { PreparedRun } from "./job_run.ts";
import { affectingIntervals, lastSlot, nextSlot, slotOrigin } from "./slots.ts";
import type { ValidJob } from "./validate_job.ts";

/** A scheduled job. */
export interface JobEntry {
  /** The job as of the last update. */
  readonly job: ValidJob;
  /** The origin of its slots, in UNIX seconds; fixed for as long as the job is scheduled. */
  readonly origin: number;
  /** Slots up to here have been handled: when the last run started, or the job was added, in UNIX seconds. */
  readonly handledUpTo: number;
  /** How long the last run of a hanging job took to fail, in seconds; 0 for a job that is not hanging. */
  readonly hungFor: number;
}

/** A job that has come due. */
export interface DueJob {
  /** The job. */
  readonly entry: JobEntry;
  /** Its earliest due slot, in UNIX seconds. */
  readonly slot: number;
}

/** The scheduled jobs by id. It has no clock: callers pass the time in UNIX seconds, which must never go back. */
export class JobMap {
  readonly #entries = new Map<string, { -readonly [Key in keyof JobEntry]: JobEntry[Key] }>();
  readonly #due = new DueQueue<JobEntry>();

  /** The number of scheduled jobs. */
  get size(): number {
    return this.#entries.size;
  }

  /** All scheduled jobs. */
  entries(): JobEntry[] {
    return [...this.#entries.values()];
  }

  /** Whether a job with this id is scheduled. */
  hasId(jobId: string): boolean {
    return this.#entries.has(jobId);
  }

  /** Whether this very entry is still scheduled, and not another one with the same id. */
  has(entry: JobEntry): boolean {
    return this.#entries.get(entry.job.jobId) === entry;
  }

  /**
   * Adds, replaces and removes jobs so that exactly the wanted ones are scheduled. A replaced job keeps its origin and
   * its handled slots. A new one is due at its next slot.
   *
   * @throws Whatever the iterable throws, and then changes nothing.
   */
  update(wanted: Iterable<unknown>, now: number): JobDiff {
    const diff = diffJobs(wanted, this.#entries);
    for (const job of diff.added) {
      const entry: JobEntry = { job, origin: slotOrigin(job), handledUpTo: now, hungFor: 0 };
      this.#entries.set(job.jobId, entry);
      this.#due.set(entry, nextSlot(job.intervals, entry.origin, now));
    }
    for (const job of diff.changed) this.#change(job, now);
    for (const jobId of diff.removed) {
      const entry = this.#entries.get(jobId);
      if (entry !== undefined) this.#due.delete(entry);
      this.#entries.delete(jobId);
    }
    return diff;
  }

  /** Returns the jobs that have come due since the last call, earliest slot first, and queues their next slots. */
  takeDue(now: number): DueJob[] {
    return this.#due.take(Math.floor(now)).map(({ item: entry, second: slot }) => {
      this.#due.set(entry, nextSlot(entry.job.intervals, entry.origin, now));
      return { entry, slot };
    });
  }

  /**
   * Records that a run of the job starts now.
   *
   * @returns What to run; `undefined` if no slot has come, or the job is no longer scheduled.
   */
  begin(entry: JobEntry, now: number): PreparedRun | undefined {
    const known = this.#entries.get(entry.job.jobId);
    if (known === undefined || known !== entry) return undefined;
    const { job, origin, handledUpTo } = known;
    const { intervals } = job;
    const affecting = affectingIntervals(intervals, origin, handledUpTo, now);
    // The job may have been replaced while it waited, by one with intervals that have no slot yet.
    if (affecting.length === 0) return undefined;
    known.handledUpTo = now;
    this.#due.set(entry, nextSlot(intervals, origin, now));
    return { job, affectingIntervals: affecting, scheduledAt: lastSlot(intervals, origin, now) };
  }

  /** Records how a run has ended; see {@linkcode JobEntry.hungFor}. */
  ended(job: ValidJob, hungFor: number): void {
    const entry = this.#entries.get(job.jobId);
    // A job that has changed since may answer.
    if (entry?.job === job) entry.hungFor = hungFor;
  }

  #change(job: ValidJob, now: number): void {
    const entry = this.#entries.get(job.jobId);
    if (entry === undefined) return;
    entry.job = job;
    entry.hungFor = 0;
    // A job that is due stays due. Past slots that only the new intervals have do not make it due at once: they are
    // merged into its next run.
    if ((this.#due.secondOf(entry) ?? 0) > now) {
      this.#due.set(entry, nextSlot(job.intervals, entry.origin, now));
    }
  }
}
