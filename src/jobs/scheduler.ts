import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";
import {
  createLogger,
  type Logger,
  type LogLevel,
  type LogSink,
  neverThrowing,
} from "../util/log.ts";
import { Observers } from "../util/observers.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Job } from "./job.ts";
import { Heartbeat } from "./heartbeat.ts";
import { JobMap } from "./job_map.ts";
import { JobUpdate } from "./job_update.ts";
import type { ResultsIntake } from "./job_run.ts";
import { runAll } from "./run_all.ts";
import type { RunObserver } from "./run_observer.ts";
import type { RunPool } from "./run_pool.ts";
import { SchedulerClock } from "./scheduler_clock.ts";
import type { RunAllReport, ScheduledJob, SchedulerStats, UpdateReport } from "./stats.ts";
import type { ValidJob } from "./validate_job.ts";

/** Options for {@linkcode JobScheduler}. */
export interface JobSchedulerOptions {
  /** Receives the log of the scheduler and the jobs. */
  readonly sink: LogSink;
  /** Records below this level are not made. @default "debug" */
  readonly logLevel?: LogLevel | undefined;
  /** Accepts the values that jobs send. */
  readonly intake: ResultsIntake;
  /** The problems of the bot. @default one of its own */
  readonly problems?: ProblemLog | undefined;
  /** Those who observe the runs. @default nobody */
  readonly observers?: Observers<RunObserver> | undefined;
  /**
   * How many jobs may run at once; the others wait, see {@linkcode RunQueue}.
   *
   * @default 64
   */
  readonly maxConcurrentJobs?: number | undefined;
  /** The clocks and timers. @default those of the runtime */
  readonly clock?: Clock | undefined;
}

// Jobs that come due within this time after others wait for its end, as a wake costs as much as 50 runs: a thousandth of the
// shortest interval, so that a busy bot wakes 50 times a second, and one with intervals of minutes rarely.
const MIN_COALESCE_MS = 20;
const MAX_COALESCE_MS = 300;

// A longer gap between two ticks is logged.
const MAX_GAP_MS = 5000;

/**
 * Runs the jobs of a bot at their slots.
 *
 * Runs of the same job never overlap. Slots missed because the job was still running, the concurrency limit was reached
 * or the machine slept are merged into the next run.
 */
export class JobScheduler implements AsyncDisposable {
  readonly #jobs = new JobMap();
  readonly #dispatcher: Dispatcher;
  readonly #pool: RunPool;
  readonly #problems: ProblemLog;
  readonly #log: Logger;
  readonly #loggerOf: (job: ValidJob) => Logger;
  readonly #maxConcurrentJobs: number;
  readonly #clock: SchedulerClock;
  readonly #heartbeat: Heartbeat;
  #coalesceMs = MIN_COALESCE_MS;
  #started = false;
  #runningAll = 0;
  #stops = 0;
  #lastTick: number | undefined;

  /**
   * Constructs a new instance without jobs.
   *
   * @throws {RangeError} If `maxConcurrentJobs` is not a whole number above 0.
   */
  constructor(options: JobSchedulerOptions) {
    const { intake, logLevel: level = "debug", maxConcurrentJobs = 64, clock = SYSTEM_CLOCK } =
      options;
    if (!Number.isInteger(maxConcurrentJobs) || maxConcurrentJobs < 1) {
      throw new RangeError(
        `Cannot run "${maxConcurrentJobs}" jobs at a time: set maxConcurrentJobs to a whole number above 0`,
      );
    }
    const sink = neverThrowing(options.sink);
    const now = () => clock.now();
    const log = this.#log = createLogger(sink, { now, level });
    this.#loggerOf = ({ jobId, name }) => createLogger(sink, { now, level, jobId, jobName: name });
    this.#maxConcurrentJobs = maxConcurrentJobs;
    this.#problems = options.problems ?? new ProblemLog(log);
    this.#clock = new SchedulerClock(clock, (ms) =>
      log.warn(
        `The clock was set back by ${
          Math.round(ms / 1000)
        } s: jobs keep their pace, and no slot runs twice`,
      ));
    this.#dispatcher = new Dispatcher({
      jobs: this.#jobs,
      maxConcurrentJobs,
      intake,
      loggerOf: this.#loggerOf,
      logsRuns: level === "debug",
      log,
      problems: this.#problems,
      observers: options.observers ?? new Observers(),
      clock,
      schedulerClock: this.#clock,
      onMore: () => this.#setWake(),
    });
    this.#pool = this.#dispatcher.pool;
    this.#heartbeat = new Heartbeat({
      beat: () => this.#started ? this.tick() : this.#pool.timeOut(),
      wake: () => this.#startDue(),
      clock,
    });
  }

  /**
   * Adds, replaces and removes jobs so that exactly the wanted ones are scheduled. A replaced job keeps the phase of
   * its slots and does not count as hanging any more; a run in progress may finish.
   *
   * @returns What has changed.
   * @throws Whatever the iterable throws, and then changes nothing.
   */
  update(wanted: Iterable<Job>): UpdateReport {
    const update = this.prepareUpdate();
    for (const job of wanted) update.add(job);
    return update.applyAtOnce();
  }

  /** Like {@linkcode update}, for thousands of jobs: they are added one by one, and runs start in between. */
  prepareUpdate(): JobUpdate {
    return new JobUpdate({
      jobs: this.#jobs,
      dispatcher: this.#dispatcher,
      problems: this.#problems,
      loggerOf: this.#loggerOf,
      now: () => this.#clock.read(),
      onApplied: () => this.#onApplied(),
    });
  }

  /** Starts running jobs at their slots; keeps the process alive until {@linkcode stop}. */
  start(): void {
    this.#started = true;
    this.#lastTick = this.#clock.read();
    this.#arm();
    this.#setWake();
  }

  /** Times out runs and starts what is due. Called every second once started; tests may call it themselves. */
  tick(): void {
    this.#problems.tick();
    this.#pool.timeOut();
    if (this.#pool.isStopping) return;
    this.#warnGap();
    this.#startDue();
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
    const stops = this.#stops;
    this.#runningAll++;
    this.#arm();
    try {
      return await runAll({
        jobs: this.#jobs,
        pool: this.#pool,
        maxConcurrentJobs: this.#maxConcurrentJobs,
        now: () => this.#clock.read(),
        isStopped: () => signal?.aborted === true || this.#stops > stops,
      });
    } finally {
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
    this.#stops++;
    this.#dispatcher.waiting.clear();
    const stopped = this.#pool.stop(graceMs);
    this.#arm();
    await stopped;
    this.#arm();
  }

  /** The current numbers of jobs and runs. */
  stats(): SchedulerStats {
    const { waiting, skipLog, lateness } = this.#dispatcher;
    const { counts, failing, abandoned } = this.#pool.runLog;
    return {
      jobs: this.#jobs.size,
      running: this.#pool.size,
      waiting: waiting.size,
      failing,
      abandoned,
      runs: { ...counts, skipped: skipLog.count },
      lateness: lateness.summary(),
    };
  }

  /** The scheduled jobs. May be listed bit by bit, while runs start and jobs change. */
  *jobs(): Generator<ScheduledJob> {
    const { waiting } = this.#dispatcher;
    this.#clock.read();
    for (const { job, run, due } of this.#jobs) {
      yield {
        job,
        nextRun: this.#started ? this.#clock.wallTimeOf(due) / 1000 : undefined,
        state: run !== undefined ? "running" : waiting.has(job.jobId) ? "waiting" : "idle",
      };
    }
  }

  /** Stops without a grace period. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
  }

  #startDue(): void {
    const isDue = this.#dispatcher.startDue();
    // A timeout may fire a little early, before anything is due.
    this.#setWake(isDue ? this.#coalesceMs : 0);
  }

  #onApplied(): void {
    // A thousandth of these seconds are as many milliseconds.
    const { shortestInterval } = this.#jobs;
    this.#coalesceMs = Math.min(Math.max(shortestInterval, MIN_COALESCE_MS), MAX_COALESCE_MS);
    this.#setWake();
  }

  #setWake(atLeastMs = 0): void {
    if (!this.#started) return;
    const ms = Math.max(atLeastMs, this.#jobs.nextDue - this.#clock.read());
    this.#heartbeat.wakeIn(this.#dispatcher.hasMore ? 0 : ms);
  }

  #warnGap(): void {
    const now = this.#clock.read();
    const gap = now - (this.#lastTick ?? now);
    this.#lastTick = now;
    if (gap <= MAX_GAP_MS) return;
    const seconds = Math.round(gap / 1000);
    this.#log.warn(
      `No job could start for ${seconds} s: the machine slept, the clock was set forward, or the ` +
        `program was blocked; missed slots are merged into one run`,
    );
  }

  /** Keeps ticking as long as jobs may come due or runs may time out. */
  #arm(): void {
    if (this.#started || this.#runningAll > 0 || this.#pool.isStopping) this.#heartbeat.start();
    else this.#heartbeat.stop();
  }
}
