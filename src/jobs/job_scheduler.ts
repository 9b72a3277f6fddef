/**
 * Runs jobs when they are due.
 *
 * @module
 */

import { Lateness, type LatenessSummary } from "../health/lateness.ts";
import { createLogger, type Logger, type LogSink } from "../log.ts";
import type { Values } from "../results/values.ts";
import type { CheckedJob } from "./checked_job.ts";
import { DueQueue } from "./due_queue.ts";
import { diffJobs } from "./job_diff.ts";
import type { Job } from "./job.ts";
import type { JobRun, RunOutcome } from "./job_run.ts";
import { RunPool, type RunRequest } from "./run_pool.ts";
import { affectingIntervals, lastSlot, nextSlot, slotOrigin } from "./slots.ts";
import { type Clock, SteadyClock, SYSTEM_CLOCK } from "./steady_clock.ts";
import { Ticker } from "./ticker.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";

/** What a {@linkcode JobScheduler} needs. */
export interface JobSchedulerOptions {
  /** Takes what the scheduler and the jobs have to say. */
  readonly sink: LogSink;
  /** Takes the values that jobs send. */
  readonly sendResults: (jobId: string, accountId: number, values: Values) => Promise<void>;
  /**
   * How many jobs may run at the same time; the others wait in the order in which they came due.
   *
   * @default 64
   */
  readonly maxConcurrentJobs?: number | undefined;
  /** The clocks; those of the runtime by default. */
  readonly clock?: Clock | undefined;
  /** The timers; those of the runtime by default. */
  readonly timers?: Timers | undefined;
}

/** What one refresh of the jobs did. */
export interface UpdateReport {
  /** How many jobs are new. */
  readonly added: number;
  /** How many were replaced. */
  readonly changed: number;
  /** How many are gone. */
  readonly removed: number;
  /** How many stayed as they were. */
  readonly unchanged: number;
  /** How many are not valid, and were left out with a warning. */
  readonly refused: number;
}

/** What came of running every job once. */
export interface RunAllReport {
  /** Runs that did their work. */
  readonly ok: number;
  /** Runs that failed, including those that timed out. */
  readonly failed: number;
  /** Runs that took too long. */
  readonly timedOut: number;
  /** Jobs that were not started, because it was cut short. */
  readonly notRun: number;
}

/** How the scheduler is doing. */
export interface SchedulerStats {
  /** Jobs that are known. */
  readonly jobs: number;
  /** Runs under way. */
  readonly running: number;
  /** Jobs that are due and wait for a place. */
  readonly waiting: number;
  /** Runs that were given up and whose function has still not returned. */
  readonly abandoned: number;
  /** What came of the runs since the start. */
  readonly runs: {
    /** Runs that did their work. */
    readonly ok: number;
    /** Runs that failed, including those that timed out. */
    readonly failed: number;
    /** How often a job came due while it was running, or waiting for a place. */
    readonly skipped: number;
    /** Runs that took too long. */
    readonly timedOut: number;
  };
  /** How much later than their slots the last runs started, in seconds. */
  readonly lateness: LatenessSummary;
}

/** How to {@linkcode JobScheduler.stop}. */
export interface StopOptions {
  /** How long running jobs may take to finish, in milliseconds; without it, as long as their timeouts allow. */
  readonly graceMs?: number | undefined;
  /** Ends the grace when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** A job in the map. */
interface Entry {
  job: CheckedJob;
  /** The second from which the slots are counted; stays for as long as the job is known. */
  readonly origin: number;
  /** When the last run started, or the job became known, in UNIX seconds. Slots up to here are done with. */
  mark: number;
  /** Set while the job is due and waits for a place. */
  waiting: RunRequest | undefined;
  /** Whether it was said that the job comes due while it is running. */
  overlapping: boolean;
}

// A gap between two ticks that is worth a line in the log, in seconds.
const GAP = 5;

/**
 * Keeps the jobs of a bot by id, and runs each of them at its slots.
 *
 * A job never runs beside itself. What it misses, because it was still running, had to wait for a place, or the machine
 * slept, is merged into its next run.
 */
export class JobScheduler implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #due = new DueQueue<Entry>();
  readonly #pool: RunPool;
  readonly #sink: LogSink;
  readonly #log: Logger;
  readonly #places: number;
  readonly #clock: Clock;
  readonly #steady: SteadyClock;
  readonly #ticker: Ticker;
  readonly #lateness = new Lateness();
  #skipped = 0;
  #started = false;
  #runningAll = 0;
  #lastTick: number | undefined;
  #saidPlaces = false;
  #saidRefused = new Set<string>();

  /**
   * Makes a scheduler that knows no job and is not started.
   *
   * @throws {RangeError} If `maxConcurrentJobs` is no whole number above 0.
   */
  constructor(options: JobSchedulerOptions) {
    const { sink, sendResults, maxConcurrentJobs = 64, timers = SYSTEM_TIMERS } = options;
    if (!Number.isInteger(maxConcurrentJobs) || maxConcurrentJobs < 1) {
      throw new RangeError(
        `Cannot run "${maxConcurrentJobs}" jobs at a time: set maxConcurrentJobs to a whole number above 0`,
      );
    }
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#steady = new SteadyClock(this.#clock);
    this.#places = maxConcurrentJobs;
    this.#sink = (record) => {
      try {
        sink(record);
      } catch {
        // Where lines go is the bot's own code; jobs must not stop because of it.
      }
    };
    this.#log = this.#logger();
    this.#pool = new RunPool({
      places: maxConcurrentJobs,
      logger: (jobId) => this.#logger(jobId),
      // A function that throws instead of rejecting is a rejection for the job all the same.
      send: async (jobId, accountId, values) => await sendResults(jobId, accountId, values),
      monotonic: () => this.#clock.monotonic(),
      timers,
    });
    this.#ticker = new Ticker({
      tick: () => this.#started ? this.tick() : this.#pool.timeOut(),
      now: () => this.#now() * 1000,
      timers,
    });
  }

  /**
   * Makes the jobs known that are wanted, and forgets all others. A job that is known already keeps the phase of its
   * slots; one that is running may finish.
   *
   * @returns What has changed.
   * @throws What the iterable throws; then nothing has changed.
   */
  update(wanted: Iterable<Job>): UpdateReport {
    const { added, changed, removed, unchanged, refused } = diffJobs(wanted, this.#entries);
    const now = this.#now();
    for (const job of added) this.#add(job, now);
    for (const job of changed) this.#change(job, now);
    for (const jobId of removed) this.#remove(jobId);

    // Said once, not at each refresh.
    const reasons = new Set(refused.map(({ reason }) => reason));
    for (const reason of reasons) if (!this.#saidRefused.has(reason)) this.#log.warn(reason);
    this.#saidRefused = reasons;
    return {
      added: added.length,
      changed: changed.length,
      removed: removed.length,
      unchanged: unchanged.length,
      refused: refused.length,
    };
  }

  /** Starts to run jobs at their slots; keeps the process alive until {@linkcode stop}. */
  start(): void {
    this.#started = true;
    this.#lastTick = undefined;
    this.#arm();
  }

  /** Does what there is to do now. Called each second once started; a test may call it by itself instead. */
  tick(): void {
    this.#pool.timeOut();
    if (this.#pool.isStopping) return;
    const now = this.#now();
    const gap = now - (this.#lastTick ?? now);
    this.#lastTick = now;
    if (gap > GAP) {
      this.#log.warn(
        `Nothing could start for ${
          Math.round(gap)
        } s: the machine slept, the clock was set forward, or the program ` +
          `was held up; slots missed in that time run once`,
      );
    }
    for (const { item, second } of this.#due.take(Math.floor(now))) {
      this.#comeDue(item, second, now);
    }
    this.#pool.fill();
    if (this.#pool.waiting === 0) this.#saidPlaces = false;
  }

  /**
   * Runs every job once with all its intervals, without touching its slots. Resolves when all have ended.
   *
   * @param options `signal`: no further job is started when it aborts; those that run may finish.
   */
  async runAll({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<
    RunAllReport
  > {
    const report = { ok: 0, failed: 0, timedOut: 0, notRun: 0 };
    const requests: RunRequest[] = [];
    const ends = [...this.#entries.values()].map((entry) =>
      new Promise<void>((resolve) => {
        requests.push(this.#once(entry, (outcome) => {
          if (outcome === undefined) report.notRun++;
          else if (outcome.status === "ok") report.ok++;
          else report.failed++;
          if (outcome?.status === "timedOut") report.timedOut++;
          resolve();
        }));
      })
    );
    const cutShort = () => {
      for (const request of requests) this.#pool.drop(request);
    };
    this.#runningAll++;
    this.#arm();
    signal?.addEventListener("abort", cutShort, { once: true });
    try {
      for (const request of requests) this.#pool.add(request);
      if (signal?.aborted || this.#pool.isStopping) cutShort();
      this.#pool.fill();
      await Promise.all(ends);
      return report;
    } finally {
      signal?.removeEventListener("abort", cutShort);
      this.#runningAll--;
      this.#arm();
    }
  }

  /**
   * Starts no further job, and resolves when those that run have finished. When the grace is over their signals abort,
   * and those that ignore that are named in the log and left alone. It may be called again to shorten the grace.
   */
  async stop({ graceMs, signal }: StopOptions = {}): Promise<void> {
    this.#started = false;
    const stopped = this.#pool.stop({ ms: graceMs, signal });
    this.#arm();
    await stopped;
    this.#arm();
  }

  /** How the scheduler is doing. */
  stats(): SchedulerStats {
    return {
      jobs: this.#entries.size,
      running: this.#pool.running,
      waiting: this.#pool.waiting,
      abandoned: this.#pool.abandoned,
      runs: { ...this.#pool.counts, skipped: this.#skipped },
      lateness: this.#lateness.summary(),
    };
  }

  /** Stops without any grace. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
  }

  #add(job: CheckedJob, now: number): void {
    const origin = slotOrigin(job);
    const entry: Entry = { job, origin, mark: now, waiting: undefined, overlapping: false };
    this.#entries.set(job.jobId, entry);
    this.#due.set(entry, nextSlot(job.intervals, origin, now));
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

  #remove(jobId: string): void {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) return;
    this.#entries.delete(jobId);
    this.#due.delete(entry);
    if (entry.waiting !== undefined) this.#pool.drop(entry.waiting);
  }

  #comeDue(entry: Entry, slot: number, now: number): void {
    const { intervals, jobId } = entry.job;
    this.#due.set(entry, nextSlot(intervals, entry.origin, now));
    const run = this.#pool.runOf(jobId);
    if (run !== undefined && !run.isOver) this.#skipRunning(entry, run);
    else if (entry.waiting !== undefined) this.#skipWaiting();
    else this.#pool.add(entry.waiting = this.#forSlot(entry, slot));
  }

  #forSlot(entry: Entry, slot: number): RunRequest {
    const { jobId } = entry.job;
    return {
      jobId,
      prepare: () => {
        entry.waiting = undefined;
        const now = this.#now();
        const { job, origin, mark } = entry;
        const affecting = affectingIntervals(job.intervals, origin, mark, now);
        // While it waited, the job may have been given other intervals, of which none has come.
        if (affecting.length === 0) return undefined;
        entry.mark = now;
        this.#due.set(entry, nextSlot(job.intervals, origin, now));
        this.#lateness.add(now - slot);
        return {
          job,
          affectingIntervals: affecting,
          scheduledAt: lastSlot(job.intervals, origin, now),
        };
      },
      onEnd: (run) => {
        entry.waiting = undefined;
        if (run !== undefined) this.#noteOverlap(entry, run);
      },
    };
  }

  #once(entry: Entry, onEnd: (outcome: RunOutcome | undefined) => void): RunRequest {
    const { jobId } = entry.job;
    return {
      jobId,
      prepare: () => {
        if (this.#entries.get(jobId) !== entry) return undefined;
        const { job } = entry;
        const scheduledAt = Math.floor(this.#now());
        return { job, affectingIntervals: job.intervals, scheduledAt };
      },
      onEnd: (_run, outcome) => onEnd(outcome),
    };
  }

  #skipRunning(entry: Entry, run: JobRun): void {
    this.#skipped++;
    run.skipped++;
    if (entry.overlapping) return;
    entry.overlapping = true;
    const seconds = Math.round((this.#clock.monotonic() - run.startedAt) / 1000);
    this.#logger(entry.job.jobId).warn(
      `Came due while still running, for ${seconds} s by now: the slots it misses are merged into its next run; make it ` +
        `faster, or its intervals (${entry.job.intervals.join(", ")} s) longer`,
    );
  }

  /** A streak of overlaps is over when a run ends before the job comes due again. */
  #noteOverlap(entry: Entry, run: JobRun): void {
    if (!entry.overlapping || run.skipped > 0) return;
    entry.overlapping = false;
    this.#logger(entry.job.jobId).info("Keeps up with its intervals again");
  }

  #skipWaiting(): void {
    this.#skipped++;
    if (this.#saidPlaces) return;
    this.#saidPlaces = true;
    const { running, waiting } = this.#pool;
    this.#log.warn(
      `Jobs have come due again before they could start: ${running} are running and ${waiting} wait; raise ` +
        `maxConcurrentJobs (${this.#places}), make the jobs faster, or their intervals longer`,
    );
  }

  /** The time to schedule by, in UNIX seconds. */
  #now(): number {
    const { time, step } = this.#steady.read();
    if (step < 0) {
      this.#log.warn(
        `The clock was set back by ${
          Math.round(-step / 1000)
        } s: jobs go on at their pace, so that no slot runs twice`,
      );
    }
    return time / 1000;
  }

  /** The ticker is needed as long as slots may come, or runs may have to be timed out. */
  #arm(): void {
    if (this.#started || this.#runningAll > 0 || this.#pool.isStopping) this.#ticker.start();
    else this.#ticker.stop();
  }

  #logger(jobId?: string): Logger {
    return createLogger(this.#sink, {
      now: () => this.#clock.now(),
      ...(jobId === undefined ? {} : { jobId }),
    });
  }
}
