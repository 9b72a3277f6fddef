import { DueQueue } from "./due_queue.ts";
import { JobDiff } from "./job_diff.ts";
import type { JobEntry } from "./job_run.ts";
import { affectingIntervals, firstRunIntervals, lastSlot, nextSlot, slotOrigin } from "./slots.ts";
import type { ValidJob } from "./validate_job.ts";

/** The scheduled jobs by id. It has no clock: callers pass the time in UNIX milliseconds, which must never go back. */
export class JobMap {
  readonly #entries = new Map<string, JobEntry>();
  readonly #due = new DueQueue<JobEntry>();
  /** The entries of removed jobs that still run, by id. */
  readonly #leaving = new Map<string, JobEntry>();

  /** The number of scheduled jobs. */
  get size(): number {
    return this.#entries.size;
  }

  /** When the next job is due; `Infinity` without jobs. */
  get nextDue(): number {
    return this.#due.firstDue;
  }

  /** The shortest interval of all jobs, in seconds; `Infinity` without jobs. */
  get shortestInterval(): number {
    let shortest = Infinity;
    for (const { job: { intervals: [first] } } of this.#entries.values()) {
      shortest = Math.min(shortest, first ?? Infinity);
    }
    return shortest;
  }

  /** All scheduled jobs, while they change perhaps. */
  [Symbol.iterator](): Iterator<JobEntry> {
    return this.#entries.values();
  }

  /** All scheduled jobs. */
  entries(): JobEntry[] {
    return [...this.#entries.values()];
  }

  /** The scheduled job with this id, if any. */
  get(jobId: string): JobEntry | undefined {
    return this.#entries.get(jobId);
  }

  /** Whether this very entry is still scheduled, and not another one with the same id. */
  has(entry: JobEntry): boolean {
    return entry.due !== Infinity;
  }

  /** Returns the difference between wanted jobs, which are still to be added to it, and the scheduled ones. */
  diff(): JobDiff {
    return new JobDiff(this.#entries);
  }

  /** Adds a job that is not there yet, due at its first run or next slot. */
  add(job: ValidJob, now: number): void {
    const before = this.#leaving.get(job.jobId);
    const entry: JobEntry = {
      job,
      origin: slotOrigin(job),
      handledUpTo: job.firstRun === "soon" ? -Infinity : now,
      waitsSince: 0,
      hungFor: 0,
      hasProblems: true,
      run: before?.run,
      due: Infinity,
      order: 0,
    };
    if (before?.run !== undefined) {
      before.run.entry = entry;
      this.left(before);
    }
    this.#entries.set(job.jobId, entry);
    this.#setDue(entry, now);
  }

  /** Replaces the job with the same id, which keeps its handled slots, and its origin unless `startTs` has changed. */
  change(job: ValidJob, now: number): void {
    const entry = this.#entries.get(job.jobId);
    if (entry === undefined) return;
    entry.job = job;
    entry.origin = slotOrigin(job);
    entry.hungFor = 0;
    // A job that is due stays due. Past slots that only the new intervals or the new origin have do not make it due at
    // once: they are merged into its next run.
    if (entry.due > now) this.#setDue(entry, now);
  }

  /** Removes a job. */
  remove(jobId: string): void {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) return;
    this.#due.delete(entry);
    this.#entries.delete(jobId);
    if (entry.run !== undefined) this.#leaving.set(jobId, entry);
  }

  /** Records that the run of a removed job has ended, or belongs to a job that was added with its id. */
  left(entry: JobEntry): void {
    entry.run = undefined;
    this.#leaving.delete(entry.job.jobId);
  }

  /** The job that has been due for the longest time, if any is due. */
  due(now: number): JobEntry | undefined {
    return this.#due.firstDue <= now ? this.#due.first : undefined;
  }

  /** Queues a job that is due for its next slot, and returns the one it is due for. */
  queueNext(entry: JobEntry, now: number): number {
    const slot = entry.due;
    this.#setDue(entry, now);
    return slot;
  }

  /**
   * Records that a run of the job starts now.
   *
   * @returns The intervals to run it for and the last of their slots; `undefined` if no slot has come.
   */
  begin(entry: JobEntry, now: number): readonly [affecting: number[], slot: number] | undefined {
    const { job: { intervals }, origin, handledUpTo } = entry;
    const affecting = affectingIntervals(intervals, origin, handledUpTo, now);
    // The job may have been replaced while it waited, by one with intervals that have no slot yet.
    if (affecting.length === 0) return undefined;
    const slot = lastSlot(slottedBy(entry), origin, now);
    entry.handledUpTo = now;
    // It may be due again since it waits, or its next slot was that of a first run.
    if (handledUpTo === -Infinity || entry.due <= now) this.#setDue(entry, now);
    return [affecting, slot];
  }

  #setDue(entry: JobEntry, now: number): void {
    this.#due.set(entry, nextSlot(slottedBy(entry), entry.origin, now));
  }
}

/** The intervals at whose slots the job runs. */
function slottedBy({ job: { intervals }, handledUpTo }: JobEntry): readonly number[] {
  return handledUpTo === -Infinity ? firstRunIntervals(intervals) : intervals;
}
