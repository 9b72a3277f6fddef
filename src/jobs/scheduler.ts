import { Lateness } from "./lateness.ts";
import { createLogger, type Logger, type LogSink } from "../util/log.ts";
import type { Values } from "../values/values.ts";
import type { Job } from "./job.ts";
import { type JobEntry, JobMap } from "./job_map.ts";
import type { JobRun, RunOutcome } from "./job_run.ts";
import { RunPool, type RunRequest } from "./run_pool.ts";
import type { RunAllReport, SchedulerStats, UpdateReport } from "./stats.ts";
import { SteadyClock } from "./scheduler_clock.ts";
import { type Clock, SYSTEM_CLOCK, SYSTEM_TIMERS, type Timers } from "../util/clock.ts";
import { Ticker } from "./ticker.ts";

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

/** How to {@linkcode JobScheduler.stop}. */
export interface StopOptions {
  /** How long running jobs may take to finish, in milliseconds; without it, as long as their timeouts allow. */
  readonly graceMs?: number | undefined;
  /** Ends the grace when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What the scheduler knows about a job besides its slots. */
interface JobState {
  /** Whether a run for a slot is waiting for its place. */
  isWaiting: boolean;
  /** Whether it was said that the job comes due while it is running. */
  isOverlapping: boolean;
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
  readonly #jobs = new JobMap();
  /** Only of jobs that have been due. */
  readonly #states = new WeakMap<JobEntry, JobState>();
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
    const { added, changed, removed, unchanged, refused } = this.#jobs.update(wanted, this.#now());
    for (const jobId of removed) this.#pool.forget(jobId);
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
    for (const { entry, slot } of this.#jobs.takeDue(now)) this.#comeDue(entry, slot);
    this.#pool.fill();
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
    const ends = this.#jobs.entries().map((entry) =>
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
      jobs: this.#jobs.size,
      running: this.#pool.running,
      waiting: this.#pool.waiting,
      failing: this.#pool.failing,
      abandoned: this.#pool.abandoned,
      runs: { ...this.#pool.counts, skipped: this.#skipped },
      lateness: this.#lateness.summary(),
    };
  }

  /** Stops without any grace. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
  }

  #comeDue(entry: JobEntry, slot: number): void {
    const state = this.#stateOf(entry);
    const run = this.#pool.runOf(entry.job.jobId);
    if (run !== undefined && !run.isOver) return this.#skipRunning(entry, state, run);
    if (state.isWaiting) return this.#skipWaiting();
    state.isWaiting = true;
    this.#pool.add(this.#forSlot(entry, state, slot));
  }

  #forSlot(entry: JobEntry, state: JobState, slot: number): RunRequest {
    return {
      jobId: entry.job.jobId,
      prepare: () => {
        const now = this.#now();
        const run = this.#jobs.begin(entry, now);
        if (run === undefined) return undefined;
        state.isWaiting = false;
        if (this.#pool.waiting === 0) this.#saidPlaces = false;
        this.#lateness.add(now - slot);
        return { job: entry.job, ...run };
      },
      onEnd: (run, outcome) => {
        if (run === undefined) state.isWaiting = false;
        else if (outcome?.status === "ok" || outcome?.status === "failed") {
          this.#noteOverlap(entry, state, run);
        }
      },
    };
  }

  #once(entry: JobEntry, onEnd: (outcome: RunOutcome | undefined) => void): RunRequest {
    const { jobId } = entry.job;
    return {
      jobId,
      prepare: () => {
        if (!this.#jobs.has(entry)) return undefined;
        const { job } = entry;
        const scheduledAt = Math.floor(this.#now());
        return { job, affectingIntervals: job.intervals, scheduledAt };
      },
      onEnd: (_run, outcome) => onEnd(outcome),
    };
  }

  #skipRunning(entry: JobEntry, state: JobState, run: JobRun): void {
    this.#skipped++;
    run.skipped++;
    if (state.isOverlapping) return;
    state.isOverlapping = true;
    const seconds = Math.round((this.#clock.monotonic() - run.startedAt) / 1000);
    this.#logger(entry.job.jobId).warn(
      `Came due while still running, for ${seconds} s by now: the slots it misses are merged into its next run; make it ` +
        `faster, or its intervals (${entry.job.intervals.join(", ")} s) longer`,
    );
  }

  /** A streak of overlaps is over when a run comes to an end of its own before the job is due again. */
  #noteOverlap(entry: JobEntry, state: JobState, run: JobRun): void {
    if (!state.isOverlapping || run.skipped > 0) return;
    state.isOverlapping = false;
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

  #stateOf(entry: JobEntry): JobState {
    const known = this.#states.get(entry);
    if (known !== undefined) return known;
    const state: JobState = { isWaiting: false, isOverlapping: false };
    this.#states.set(entry, state);
    return state;
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
