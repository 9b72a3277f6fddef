import type { JobEntry } from "./job_run.ts";
import { KeyedQueue } from "./keyed_queue.ts";

// The part of the places, or of the time of a single place, that hanging jobs may take up.
const SHARE = 1 / 4;

/**
 * The jobs that are due, in the order in which they start: first due, first served, but **hanging** jobs, whose last run
 * failed slowly, after all others.
 *
 * Hanging jobs take up a quarter of the concurrency limit at most, or of the time if the limit is 1. If others always
 * wait, one of them starts now and then all the same. The queue has no clock: callers pass the time in UNIX milliseconds,
 * which must never go back.
 */
export class RunQueue {
  readonly #ready = new KeyedQueue<string, JobEntry>();
  readonly #hanging = new KeyedQueue<string, JobEntry>();
  readonly #limit: number;
  /** From when on a hanging job may be tried, in UNIX milliseconds. */
  #tryAt = 0;
  /** How far the tries are apart, in milliseconds. */
  #pause = 0;

  /** Constructs a new instance without jobs. */
  constructor(maxConcurrentJobs: number) {
    this.#limit = maxConcurrentJobs;
  }

  /** How many hanging jobs may run at once. */
  get share(): number {
    return Math.max(1, Math.floor(this.#limit * SHARE));
  }

  /** The number of jobs that wait. */
  get size(): number {
    return this.#ready.size + this.#hanging.size;
  }

  /** The number of jobs that wait and are not hanging. */
  get ready(): number {
    return this.#ready.size;
  }

  /** The number of hanging jobs that wait. */
  get hanging(): number {
    return this.#hanging.size;
  }

  /** Whether a job waits. */
  has(jobId: string): boolean {
    return this.#ready.has(jobId) || this.#hanging.has(jobId);
  }

  /** Adds a job that does not wait yet and is due since `slot`. */
  push(entry: JobEntry, slot: number): void {
    const { job: { jobId }, hungFor } = entry;
    entry.waitsSince = slot;
    if (hungFor === 0) {
      this.#ready.push(jobId, entry);
      return;
    }
    if (this.#hanging.size === 0) {
      this.#setPause(entry);
      this.#tryAt = Math.max(this.#tryAt, slot);
    }
    this.#hanging.push(jobId, entry);
  }

  /**
   * Removes and returns the job to start next; `undefined` if none may start.
   *
   * @param hangingRuns How many hanging jobs are running.
   */
  shift(now: number, hangingRuns: number): JobEntry | undefined {
    if (this.#mayTryHanging(now) && hangingRuns < this.share) {
      const next = this.#hanging.shift();
      if (next !== undefined) {
        this.#setPause(next);
        this.#tryAt = now + this.#pause;
        return next;
      }
    }
    return this.#ready.shift();
  }

  /** A job has changed: it does not count as hanging any more. */
  changed(jobId: string): void {
    const entry = this.#hanging.delete(jobId);
    if (entry !== undefined) this.#ready.push(jobId, entry);
  }

  /** Removes a job, if it waits. */
  delete(jobId: string): void {
    this.#ready.delete(jobId);
    this.#hanging.delete(jobId);
  }

  /** Removes all jobs. */
  clear(): void {
    this.#ready.clear();
    this.#hanging.clear();
  }

  #mayTryHanging(now: number): boolean {
    // If others always wait.
    if (this.#ready.size > 0) return now >= this.#tryAt + this.#pause;
    // With a single place, whoever comes due during a hanging run waits for its end.
    return this.#limit > 1 || now >= this.#tryAt;
  }

  /** Sets the time from the start of one try to that of the next, of which a run takes up its share. */
  #setPause({ hungFor }: JobEntry): void {
    this.#pause = hungFor / SHARE / this.share;
  }
}
