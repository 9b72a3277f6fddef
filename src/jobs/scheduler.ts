import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";
import { createLogger, type Logger, type LogSink, neverThrowing } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { ownJobScope } from "../util/problem_scope.ts";
import { inTurns } from "../util/turns.ts";
import type { Job } from "./job.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { JobDiff } from "./job_diff.ts";
import { JobMap } from "./job_map.ts";
import type { JobRun, ResultsIntake, RunOutcome } from "./job_run.ts";
import { Lateness } from "./lateness.ts";
import { runAll } from "./run_all.ts";
import { RunPool } from "./run_pool.ts";
import { RunQueue } from "./run_queue.ts";
import { SchedulerClock } from "./scheduler_clock.ts";
import { SkipLog } from "./skip_log.ts";
import type { RunAllReport, SchedulerStats, UpdateReport } from "./stats.ts";
import type { ValidJob } from "./validate_job.ts";

/** Options for {@linkcode JobScheduler}. */
export interface JobSchedulerOptions {
  /** Receives the log of the scheduler and the jobs. */
  readonly sink: LogSink;
  /** Accepts the values that jobs send. */
  readonly intake: ResultsIntake;
  /** The problems of the bot. @default one of its own */
  readonly problems?: ProblemLog | undefined;
  /**
   * How many jobs may run at once; the others wait, see {@linkcode RunQueue}.
   *
   * @default 64
   */
  readonly maxConcurrentJobs?: number | undefined;
  /** The clocks and timers. @default those of the runtime */
  readonly clock?: Clock | undefined;
}

/** An update of the jobs that changes nothing before it is applied. */
export interface JobUpdate {
  /** Adds a wanted job. */
  add(job: Job): void;
  /** Makes exactly the added jobs the scheduled ones. Returns what has changed. */
  apply(): Promise<UpdateReport>;
}

// Jobs that come due within this time after others wait for its end, so that a busy bot wakes 50 times a second.
const COALESCE_MS = 20;

// A longer gap between two ticks is logged.
const MAX_GAP_MS = 5000;

// A job that fails within this time keeps no place from the others.
const QUICK_MS = 1000;

// The key of a problem.
const REFUSED = "refused jobs";

/**
 * Runs the jobs of a bot at their slots.
 *
 * Runs of the same job never overlap. Slots missed because the job was still running, the concurrency limit was reached
 * or the machine slept are merged into the next run.
 */
export class JobScheduler implements AsyncDisposable {
  readonly #jobs = new JobMap();
  readonly #waiting: RunQueue;
  readonly #pool: RunPool;
  /** The ids of the jobs that run and were hanging when they started. */
  readonly #hanging = new Set<string>();
  readonly #problems: ProblemLog;
  readonly #log: Logger;
  readonly #loggerOf: (job: ValidJob) => Logger;
  readonly #maxConcurrentJobs: number;
  readonly #schedulerClock: SchedulerClock;
  readonly #heartbeat: Heartbeat;
  readonly #lateness = new Lateness();
  readonly #skipLog: SkipLog;
  #started = false;
  #runningAll = 0;
  #lastTick: number | undefined;

  /**
   * Constructs a new instance without jobs.
   *
   * @throws {RangeError} If `maxConcurrentJobs` is not a whole number above 0.
   */
  constructor(options: JobSchedulerOptions) {
    const { intake, maxConcurrentJobs = 64, clock = SYSTEM_CLOCK } = options;
    if (!Number.isInteger(maxConcurrentJobs) || maxConcurrentJobs < 1) {
      throw new RangeError(
        `Cannot run "${maxConcurrentJobs}" jobs at a time: set maxConcurrentJobs to a whole number above 0`,
      );
    }
    const sink = neverThrowing(options.sink);
    const now = () => clock.now();
    const log = this.#log = createLogger(sink, { now });
    this.#loggerOf = ({ jobId, name }) => createLogger(sink, { now, jobId, jobName: name });
    this.#maxConcurrentJobs = maxConcurrentJobs;
    this.#waiting = new RunQueue(maxConcurrentJobs);
    this.#problems = options.problems ?? new ProblemLog(log);
    this.#skipLog = new SkipLog(this.#problems, maxConcurrentJobs);
    this.#schedulerClock = new SchedulerClock(clock);
    this.#pool = new RunPool({
      intake,
      loggerOf: this.#loggerOf,
      log,
      problems: this.#problems,
      clock,
      onEnd: (run, outcome) => this.#onEnd(run, outcome),
      onLateReturn: (run) => this.#forgetRemoved(run),
    });
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
    const diff = this.#jobs.diff(wanted);
    const report = reportOf(diff);
    for (const _ of this.#apply(diff));
    this.#problems.report(REFUSED, diff.refused, { kind: REFUSED });
    return report;
  }

  /** Like {@linkcode update}, for thousands of jobs: they are added one by one, and runs start in between. */
  prepareUpdate(): JobUpdate {
    const diff = this.#jobs.diff();
    return {
      add: (job) => diff.add(job),
      apply: async () => {
        const report = reportOf(diff);
        await inTurns(this.#apply(diff), () => {});
        await this.#problems.reportInTurns(REFUSED, diff.refused, { kind: REFUSED });
        return report;
      },
    };
  }

  /** Yields after each job, so that the others can go on. */
  *#apply(diff: JobDiff): Generator<void> {
    for (const job of diff.added) {
      this.#jobs.add(job, this.#now());
      yield;
    }
    for (const job of diff.changed) {
      this.#jobs.change(job, this.#now());
      this.#waiting.changed(job.jobId);
      this.#problems.forget(ownJobScope(job.scope));
      yield;
    }
    for (const jobId of diff.removed) {
      this.#jobs.remove(jobId);
      this.#waiting.delete(jobId);
      this.#pool.runLog.forget(jobId);
      yield;
    }
    for (const job of diff.leftOut) {
      this.#loggerOf(job).debug("Left out, as it has no interval");
      yield;
    }
    this.#setWake(this.#now());
  }

  /** Starts running jobs at their slots; keeps the process alive until {@linkcode stop}. */
  start(): void {
    this.#started = true;
    const now = this.#lastTick = this.#now();
    this.#arm();
    this.#setWake(now);
  }

  /** Times out runs and starts what is due. Called every second once started; tests may call it themselves. */
  tick(): void {
    this.#problems.tick();
    this.#pool.timeOut();
    if (this.#pool.isStopping) return;
    this.#warnGap(this.#now());
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
    this.#runningAll++;
    this.#arm();
    try {
      return await runAll({
        jobs: this.#jobs,
        pool: this.#pool,
        maxConcurrentJobs: this.#maxConcurrentJobs,
        now: () => this.#now(),
        signal,
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
    this.#waiting.clear();
    const stopped = this.#pool.stop(graceMs);
    this.#arm();
    await stopped;
    this.#arm();
  }

  /** The current numbers of jobs and runs. */
  stats(): SchedulerStats {
    const { counts, failing, abandoned } = this.#pool.runLog;
    return {
      jobs: this.#jobs.size,
      running: this.#pool.size,
      waiting: this.#waiting.size,
      failing,
      abandoned,
      runs: { ...counts, skipped: this.#skipLog.count },
      lateness: this.#lateness.summary(),
    };
  }

  /** Stops without a grace period. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
  }

  /** Starts what is due. */
  #startDue(): void {
    const now = this.#now();
    const due = this.#jobs.takeDue(now);
    for (const each of due) {
      const { entry, slot } = each;
      const { jobId } = entry.job;
      this.#pool.timeOutBefore(slot, jobId);
      const run = this.#pool.get(jobId);
      if (run !== undefined) this.#skipLog.whileRunning(run, entry.hungFor > 0, now);
      else if (this.#waiting.has(jobId)) this.#skipLog.whileWaiting(entry.hungFor > 0);
      else this.#waiting.push(each);
    }
    this.#skipLog.report(this.#pool.size, this.#waiting);
    this.#fill();
    // A timeout may fire a little early, before anything is due.
    this.#setWake(now, due.length === 0 ? 0 : COALESCE_MS);
  }

  #setWake(now: number, atLeastMs = 0): void {
    if (this.#started) this.#heartbeat.wakeIn(Math.max(atLeastMs, this.#jobs.nextDue - now));
  }

  /** Starts what waits, up to the concurrency limit. */
  #fill(): void {
    while (this.#waiting.size > 0 && this.#hasPlace) {
      const now = this.#now();
      const next = this.#waiting.shift(now, this.#hanging.size);
      if (next === undefined) break;
      const { entry, slot } = next;
      // runAll() may be running it; then its next slot is soon enough.
      if (this.#pool.get(entry.job.jobId) !== undefined) continue;
      const prepared = this.#jobs.begin(entry, now);
      if (prepared === undefined) continue;
      if (entry.hungFor > 0) this.#hanging.add(entry.job.jobId);
      else this.#lateness.add((now - slot) / 1000);
      this.#pool.start(prepared);
    }
    this.#skipLog.started(this.#waiting);
  }

  get #hasPlace(): boolean {
    return this.#pool.size < this.#maxConcurrentJobs && !this.#pool.isStopping;
  }

  #onEnd(run: JobRun, { status }: RunOutcome): void {
    this.#hanging.delete(run.job.jobId);
    this.#jobs.ended(run.job, hungFor(run, status));
    this.#forgetRemoved(run);
    if (status === "ok" || status === "failed") this.#skipLog.ended(run);
    this.#fill();
  }

  /** Forgets what a run has reported since its job was removed. */
  #forgetRemoved({ job: { jobId } }: JobRun): void {
    if (!this.#jobs.hasId(jobId)) this.#pool.runLog.forget(jobId);
  }

  #warnGap(now: number): void {
    const gap = now - (this.#lastTick ?? now);
    this.#lastTick = now;
    if (gap <= MAX_GAP_MS) return;
    const seconds = Math.round(gap / 1000);
    this.#log.warn(
      `No job could start for ${seconds} s: the machine slept, the clock was set forward, or the ` +
        `program was blocked; missed slots are merged into one run`,
    );
  }

  /** The time to schedule by, in UNIX milliseconds. */
  #now(): number {
    const { time, step } = this.#schedulerClock.read();
    if (step < 0) {
      const seconds = Math.round(-step / 1000);
      this.#log.warn(
        `The clock was set back by ${seconds} s: jobs keep their pace, and no slot runs twice`,
      );
    }
    return time;
  }

  /** Keeps ticking as long as jobs may come due or runs may time out. */
  #arm(): void {
    if (this.#started || this.#runningAll > 0 || this.#pool.isStopping) this.#heartbeat.start();
    else this.#heartbeat.stop();
  }
}

function hungFor({ elapsed }: JobRun, status: RunOutcome["status"]): number {
  return status === "timedOut" || (status === "failed" && elapsed > QUICK_MS) ? elapsed : 0;
}

function reportOf(diff: JobDiff): UpdateReport {
  return {
    added: diff.added.length,
    changed: diff.changed.length,
    removed: diff.removed.length,
    unchanged: diff.unchanged,
    leftOut: diff.leftOut.length,
    refused: diff.refused.length,
  };
}
