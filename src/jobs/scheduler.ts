import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";
import { createLogger, type Logger, type LogSink, neverThrowing } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";
import type { Values } from "../values/values.ts";
import type { Job } from "./job.ts";
import { type JobEntry, JobMap } from "./job_map.ts";
import type { JobRun, RunOutcome } from "./job_run.ts";
import { Lateness } from "./lateness.ts";
import { RunPool, type RunRequest } from "./run_pool.ts";
import { SchedulerClock } from "./scheduler_clock.ts";
import type { RunAllReport, SchedulerStats, UpdateReport } from "./stats.ts";
import { Ticker } from "./ticker.ts";

/** Options for {@linkcode JobScheduler}. */
export interface JobSchedulerOptions {
  /** Receives the log of the scheduler and the jobs. */
  readonly sink: LogSink;
  /** The problems of the jobs. @default one of its own */
  readonly problems?: ProblemLog | undefined;
  /** Accepts the values that jobs send. */
  readonly sendResults: (jobId: string, accountId: number, values: Values) => Promise<void>;
  /**
   * How many jobs may run at once; the others wait in the order in which they came due.
   *
   * @default 64
   */
  readonly maxConcurrentJobs?: number | undefined;
  /** The clocks and timers. @default those of the runtime */
  readonly clock?: Clock | undefined;
}

/** What the scheduler tracks about a job besides its slots. */
interface JobState {
  /** Whether a run for a slot is waiting to start. */
  isWaiting: boolean;
  /** Whether it was logged that the job comes due while it is running. */
  isOverlapping: boolean;
}

// A longer gap between two ticks is logged.
const MAX_GAP_S = 5;

/**
 * Runs the jobs of a bot at their slots.
 *
 * Runs of the same job never overlap. Slots missed because the job was still running, the concurrency limit was reached
 * or the machine slept are merged into the next run.
 */
export class JobScheduler implements AsyncDisposable {
  readonly #jobs = new JobMap();
  /** Only for jobs that have been due. */
  readonly #states = new WeakMap<JobEntry, JobState>();
  readonly #pool: RunPool;
  readonly #sink: LogSink;
  readonly #log: Logger;
  readonly #maxConcurrentJobs: number;
  readonly #clock: Clock;
  readonly #schedulerClock: SchedulerClock;
  readonly #ticker: Ticker;
  readonly #lateness = new Lateness();
  #skipped = 0;
  #started = false;
  #runningAll = 0;
  #lastTick: number | undefined;
  #isLimitLogged = false;
  #loggedRefusals = new Set<string>();

  /**
   * Constructs a new instance without jobs.
   *
   * @throws {RangeError} If `maxConcurrentJobs` is not a whole number above 0.
   */
  constructor(options: JobSchedulerOptions) {
    const { sink, sendResults, maxConcurrentJobs = 64, clock = SYSTEM_CLOCK } = options;
    if (!Number.isInteger(maxConcurrentJobs) || maxConcurrentJobs < 1) {
      throw new RangeError(
        `Cannot run "${maxConcurrentJobs}" jobs at a time: set maxConcurrentJobs to a whole number above 0`,
      );
    }
    this.#clock = clock;
    this.#schedulerClock = new SchedulerClock(this.#clock);
    this.#maxConcurrentJobs = maxConcurrentJobs;
    this.#sink = neverThrowing(sink);
    this.#log = this.#logger();
    this.#pool = new RunPool({
      maxConcurrentJobs,
      logger: (jobId) => this.#logger(jobId),
      problems: options.problems ?? new ProblemLog(this.#log),
      // Async, so that a synchronous throw becomes a rejection.
      send: async (jobId, accountId, values) => await sendResults(jobId, accountId, values),
      clock,
    });
    this.#ticker = new Ticker({
      tick: () => this.#started ? this.tick() : this.#pool.timeOut(),
      now: () => this.#now() * 1000,
      clock,
    });
  }

  /**
   * Adds, replaces and removes jobs so that exactly the wanted ones are scheduled. A replaced job keeps the phase of
   * its slots; a run in progress may finish.
   *
   * @returns What has changed.
   * @throws Whatever the iterable throws, and then changes nothing.
   */
  update(wanted: Iterable<Job>): UpdateReport {
    const { added, changed, removed, unchanged, refused } = this.#jobs.update(wanted, this.#now());
    for (const jobId of removed) this.#pool.forget(jobId);
    // Logged once, not at each refresh.
    const reasons = new Set(refused.map(({ reason }) => reason));
    for (const reason of reasons) if (!this.#loggedRefusals.has(reason)) this.#log.warn(reason);
    this.#loggedRefusals = reasons;
    return {
      added: added.length,
      changed: changed.length,
      removed: removed.length,
      unchanged: unchanged.length,
      refused: refused.length,
    };
  }

  /** Starts running jobs at their slots; keeps the process alive until {@linkcode stop}. */
  start(): void {
    this.#started = true;
    this.#lastTick = undefined;
    this.#arm();
  }

  /** Times out runs and starts what is due. Called every second once started; tests may call it themselves. */
  tick(): void {
    this.#pool.timeOut();
    if (this.#pool.isStopping) return;
    const now = this.#now();
    const gap = now - (this.#lastTick ?? now);
    this.#lastTick = now;
    if (gap > MAX_GAP_S) {
      this.#log.warn(
        `No job could start for ${
          Math.round(gap)
        } s: the machine slept, the clock was set forward, or the ` +
          `program was blocked; missed slots are merged into one run`,
      );
    }
    for (const { entry, slot } of this.#jobs.takeDue(now)) this.#comeDue(entry, slot);
    this.#pool.fill();
  }

  /**
   * Runs every job once with all its intervals, independently of its slots.
   *
   * @param options `signal`: once it aborts, no further job starts; runs in progress may finish.
   * @returns A promise that resolves when all runs have ended.
   */
  async runAll({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<
    RunAllReport
  > {
    const report = { ok: 0, failed: 0, timedOut: 0, notRun: 0 };
    const requests: RunRequest[] = [];
    const ends = this.#jobs.entries().map((entry) =>
      new Promise<void>((resolve) => {
        requests.push(this.#onceRequest(entry, (outcome) => {
          if (outcome === undefined) report.notRun++;
          else if (outcome.status === "ok") report.ok++;
          else report.failed++;
          if (outcome?.status === "timedOut") report.timedOut++;
          resolve();
        }));
      })
    );
    const dropWaiting = () => {
      for (const request of requests) this.#pool.drop(request);
    };
    this.#runningAll++;
    this.#arm();
    signal?.addEventListener("abort", dropWaiting, { once: true });
    try {
      for (const request of requests) this.#pool.add(request);
      if (signal?.aborted || this.#pool.isStopping) dropWaiting();
      this.#pool.fill();
      await Promise.all(ends);
      return report;
    } finally {
      signal?.removeEventListener("abort", dropWaiting);
      this.#runningAll--;
      this.#arm();
    }
  }

  /**
   * Stops starting jobs and waits for the runs in progress. After `graceMs` their signals abort; runs that ignore that
   * are logged and abandoned. May be called again to shorten the grace period.
   *
   * @param options `graceMs`: how long runs may take to finish, in milliseconds; by default until they time out.
   */
  async stop({ graceMs }: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    this.#started = false;
    const stopped = this.#pool.stop(graceMs);
    this.#arm();
    await stopped;
    this.#arm();
  }

  /** The current numbers of jobs and runs. */
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

  /** Stops without a grace period. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
  }

  #comeDue(entry: JobEntry, slot: number): void {
    const state = this.#stateOf(entry);
    const run = this.#pool.runOf(entry.job.jobId);
    if (run !== undefined && !run.hasEnded) return this.#skipRunning(entry, state, run);
    if (state.isWaiting) return this.#skipWaiting();
    state.isWaiting = true;
    this.#pool.add(this.#slotRequest(entry, state, slot));
  }

  #slotRequest(entry: JobEntry, state: JobState, slot: number): RunRequest {
    return {
      jobId: entry.job.jobId,
      prepare: () => {
        const now = this.#now();
        const run = this.#jobs.begin(entry, now);
        if (run === undefined) return undefined;
        state.isWaiting = false;
        if (this.#pool.waiting === 0) this.#isLimitLogged = false;
        this.#lateness.add(now - slot);
        return run;
      },
      onEnd: (run, outcome) => {
        if (run === undefined) state.isWaiting = false;
        else if (outcome?.status === "ok" || outcome?.status === "failed") {
          this.#checkOverlap(entry, state, run);
        }
      },
    };
  }

  #onceRequest(entry: JobEntry, onEnd: (outcome: RunOutcome | undefined) => void): RunRequest {
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
      `Due again but still running after ${seconds} s: missed slots are merged into its next run; make the job ` +
        `faster, or its intervals (${entry.job.intervals.join(", ")} s) longer`,
    );
  }

  /** Overlapping is over once a run has finished by itself before the job is due again. */
  #checkOverlap(entry: JobEntry, state: JobState, run: JobRun): void {
    if (!state.isOverlapping || run.skipped > 0) return;
    state.isOverlapping = false;
    this.#logger(entry.job.jobId).info("Keeps up with its intervals again");
  }

  #skipWaiting(): void {
    this.#skipped++;
    if (this.#isLimitLogged) return;
    this.#isLimitLogged = true;
    const { running, waiting } = this.#pool;
    this.#log.warn(
      `Jobs are due again before they could start, with ${running} running and ${waiting} waiting: raise ` +
        `maxConcurrentJobs (${this.#maxConcurrentJobs}), make the jobs faster, or their intervals longer`,
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
    const { time, step } = this.#schedulerClock.read();
    if (step < 0) {
      this.#log.warn(
        `The clock was set back by ${
          Math.round(-step / 1000)
        } s: jobs keep their pace, and no slot runs twice`,
      );
    }
    return time / 1000;
  }

  /** Ticks as long as jobs may come due or runs may time out. */
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
