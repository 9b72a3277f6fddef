import type { CheckedJob } from "./validate_job.ts";
import { DueQueue } from "./due_queue.ts";
import { diffJobs, type JobDiff } from "./job_diff.ts";
import { affectingIntervals, lastSlot, nextSlot, slotOrigin } from "./slots.ts";

/** A job in the map. */
export interface JobEntry {
  /** The job as it was wanted last. */
  readonly job: CheckedJob;
  /** The second from which the slots are counted; stays for as long as the job is known. */
  readonly origin: number;
  /** When the last run started, or the job became known, in UNIX seconds. Slots up to here are done with. */
  readonly mark: number;
}

/** What a run is for. */
export interface SlotRun {
  /** The intervals that have a slot since the last run started, ascending, in seconds. */
  readonly affectingIntervals: readonly number[];
  /** The latest of those slots, in UNIX seconds. */
  readonly scheduledAt: number;
}

/** A job that has come due. */
export interface DueJob {
  /** The job in the map. */
  readonly entry: JobEntry;
  /** The slot that has come, in UNIX seconds; others may have come since. */
  readonly slot: number;
}

/** Jobs by id. It has no clock: every method is told the time, in UNIX seconds, which must not go back. */
export class JobMap {
  readonly #entries = new Map<string, { -readonly [Key in keyof JobEntry]: JobEntry[Key] }>();
  readonly #due = new DueQueue<JobEntry>();

  /** How many jobs are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** All jobs that are known. */
  entries(): JobEntry[] {
    return [...this.#entries.values()];
  }

  /** Whether this very entry is known still, and not another one with the same id. */
  has(entry: JobEntry): boolean {
    return this.#entries.get(entry.job.jobId) === entry;
  }

  /**
   * Makes the jobs known that are wanted, and forgets all others. A job that is known already keeps its origin and its
   * mark. A new one is due at its next slot.
   *
   * @throws What the iterable throws; then nothing has changed.
   */
  update(wanted: Iterable<unknown>, now: number): JobDiff {
    const diff = diffJobs(wanted, this.#entries);
    for (const job of diff.added) {
      const entry: JobEntry = { job, origin: slotOrigin(job), mark: now };
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

  /** Lists the jobs of which a slot has come since the last call, those with the earliest slot first. */
  takeDue(now: number): DueJob[] {
    return this.#due.take(Math.floor(now)).map(({ item: entry, second: slot }) => {
      this.#due.set(entry, nextSlot(entry.job.intervals, entry.origin, now));
      return { entry, slot };
    });
  }

  /**
   * Notes that a job starts now.
   *
   * @returns What the run is for; `undefined` when there is no slot to run for, or the job is not known any more.
   */
  begin(entry: JobEntry, now: number): SlotRun | undefined {
    const known = this.#entries.get(entry.job.jobId);
    if (known === undefined || known !== entry) return undefined;
    const { job: { intervals }, origin, mark } = known;
    const affecting = affectingIntervals(intervals, origin, mark, now);
    // While it waited, the job may have been given other intervals, of which none has come.
    if (affecting.length === 0) return undefined;
    known.mark = now;
    this.#due.set(entry, nextSlot(intervals, origin, now));
    return { affectingIntervals: affecting, scheduledAt: lastSlot(intervals, origin, now) };
  }

  #change(job: CheckedJob, now: number): void {
    const entry = this.#entries.get(job.jobId);
    if (entry === undefined) return;
    entry.job = job;
    // What has come due already stays due. Slots that only the new intervals have do not make the job due at once when
    // they lie in the past: they are merged into its next run.
    if ((this.#due.secondOf(entry) ?? 0) > now) {
      this.#due.set(entry, nextSlot(job.intervals, entry.origin, now));
    }
  }
}
