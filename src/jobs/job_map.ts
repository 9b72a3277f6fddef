import { DueQueue, type Queueable } from "./due_queue.ts";
import { diffJobs, type JobDiff } from "./job_diff.ts";
import type { PreparedRun } from "./job_run.ts";
import { affectingIntervals, firstRunIntervals, lastSlot, nextSlot, slotOrigin } from "./slots.ts";
import type { ValidJob } from "./validate_job.ts";

/** A scheduled job. All times are in milliseconds. */
export interface JobEntry extends Queueable {
  /** The job as of the last update. */
  readonly job: ValidJob;
  /** The origin of its slots. */
  readonly origin: number;
  /** Slots up to here have been handled: when the last run started, or the job was added. -Infinity before a first run. */
  readonly handledUpTo: number;
  /** How long the last run of a hanging job took to fail; 0 for a job that is not hanging. */
  readonly hungFor: number;
}

type MutableEntry = { -readonly [Key in keyof JobEntry]: JobEntry[Key] };

/** A job that has come due. */
export interface DueJob {
  /** The job. */
  readonly entry: JobEntry;
  /** Its earliest due slot. */
  readonly slot: number;
}

/** The scheduled jobs by id. It has no clock: callers pass the time in UNIX milliseconds, which must never go back. */
export class JobMap {
  readonly #entries = new Map<string, MutableEntry>();
  readonly #due = new DueQueue<MutableEntry>();

  /** The number of scheduled jobs. */
  get size(): number {
    return this.#entries.size;
  }

  /** When the next job is due; `Infinity` without jobs. */
  get nextDue(): number {
    return this.#due.first?.due ?? Infinity;
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

  /** Returns the difference between the wanted jobs, which may be any values, and the scheduled ones. */
  diff(wanted: Iterable<unknown> = []): JobDiff {
    return diffJobs(wanted, this.#entries);
  }

  /** Adds a job that is not there yet, due at its first run or next slot. */
  add(job: ValidJob, now: number): void {
    const handledUpTo = job.firstRun === "soon" ? -Infinity : now;
    const origin = slotOrigin(job);
    const entry = { job, origin, handledUpTo, hungFor: 0, due: 0, order: 0, index: -1 };
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
    if (entry !== undefined) this.#due.delete(entry);
    this.#entries.delete(jobId);
  }

  /** Returns the jobs that have come due since the last call, earliest slot first, and queues their next slots. */
  takeDue(now: number): DueJob[] {
    const due: DueJob[] = [];
    for (let entry; (entry = this.#due.first) !== undefined && entry.due <= now;) {
      due.push({ entry, slot: entry.due });
      this.#setDue(entry, now);
    }
    return due;
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
    const affecting = affectingIntervals(job.intervals, origin, handledUpTo, now);
    // The job may have been replaced while it waited, by one with intervals that have no slot yet.
    if (affecting.length === 0) return undefined;
    const slot = lastSlot(slottedBy(known), origin, now);
    known.handledUpTo = now;
    this.#setDue(known, now);
    return { job, affectingIntervals: affecting, slot };
  }

  /** Records how a run has ended; see {@linkcode JobEntry.hungFor}. */
  ended(job: ValidJob, hungFor: number): void {
    const entry = this.#entries.get(job.jobId);
    // A job that has changed since may answer.
    if (entry?.job === job) entry.hungFor = hungFor;
  }

  #setDue(entry: MutableEntry, now: number): void {
    this.#due.set(entry, nextSlot(slottedBy(entry), entry.origin, now));
  }
}

/** The intervals at whose slots the job runs. */
function slottedBy({ job: { intervals }, handledUpTo }: JobEntry): readonly number[] {
  return handledUpTo === -Infinity ? firstRunIntervals(intervals) : intervals;
}
