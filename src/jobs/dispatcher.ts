import { beginTurn, isTurnOver } from "../util/turns.ts";
import type { JobMap } from "./job_map.ts";
import type { JobEntry, JobRun, RunOutcome } from "./job_run.ts";
import { Lateness } from "./lateness.ts";
import { RunPool, type RunPoolOptions } from "./run_pool.ts";
import { RunQueue } from "./run_queue.ts";
import type { SchedulerClock } from "./scheduler_clock.ts";
import { SkipLog } from "./skip_log.ts";

/** Options for {@linkcode Dispatcher}. */
interface DispatcherOptions extends Omit<RunPoolOptions, "onEnd" | "onLateReturn"> {
  /** The jobs. */
  readonly jobs: JobMap;
  /** How many may run at once. */
  readonly maxConcurrentJobs: number;
  /** Called when {@linkcode Dispatcher.hasMore} has become true outside of {@linkcode Dispatcher.startDue}. */
  readonly onMore: () => void;
}

// A job that fails within this time keeps no place from the others.
const QUICK_MS = 1000;

// A run that ends lets the next one start at once, in whatever turn that is. Runs that wait for nothing would go on like that
// without end, so whether the turn is over is checked after so many.
const RUNS_PER_CHECK = 16;

/** Starts runs: of the jobs that are due, and of those that had to wait for a place. */
export class Dispatcher {
  /** The runs in progress. */
  readonly pool: RunPool;
  /** How late they started. */
  readonly lateness = new Lateness();
  /** The slots without a run of their own. */
  readonly skipLog: SkipLog;
  /** The jobs that wait for a place. */
  readonly waiting: RunQueue;
  /** Whether more could start than the turn had time for. */
  hasMore = false;
  readonly #jobs: JobMap;
  readonly #maxConcurrentJobs: number;
  readonly #clock: SchedulerClock;
  readonly #onMore: () => void;
  /** How many jobs run that were hanging when they started. */
  #hanging = 0;
  /** How many runs have started since the last call of {@linkcode startDue} began. */
  #started = 0;
  #isStartingWaiting = false;

  /** Constructs a new instance without runs. */
  constructor(options: DispatcherOptions) {
    const { jobs, maxConcurrentJobs, onMore, ...runPoolOptions } = options;
    this.#jobs = jobs;
    this.#maxConcurrentJobs = maxConcurrentJobs;
    this.#clock = options.schedulerClock;
    this.#onMore = onMore;
    this.waiting = new RunQueue(maxConcurrentJobs);
    this.skipLog = new SkipLog(options.problems, maxConcurrentJobs);
    this.pool = new RunPool({
      ...runPoolOptions,
      onEnd: (run, outcome) => this.#onEnd(run, outcome),
      onLateReturn: ({ job: { jobId } }) => this.#forgetIfRemoved(jobId),
    });
  }

  /**
   * Starts what waits and what is due, in a turn of its own.
   *
   * @returns Whether anything was due.
   */
  startDue(): boolean {
    let now = this.#clock.read();
    beginTurn();
    this.hasMore = false;
    this.#started = 0;
    this.#startWaiting();
    let isDue = false;
    for (let entry; (entry = this.#jobs.due(now)) !== undefined; now = this.#clock.read()) {
      isDue = true;
      // A job may have stopped the scheduler.
      if (this.pool.isStopping || !this.#hasTime()) break;
      this.#startOrQueue(entry, now);
    }
    this.skipLog.report(this.pool.size, this.waiting);
    this.#startWaiting();
    return isDue;
  }

  #startOrQueue(entry: JobEntry, now: number): void {
    const { run } = entry;
    const slot = this.#jobs.queueNext(entry, now);
    if (run !== undefined && !this.pool.timeOutBefore(slot, run)) {
      this.skipLog.whileRunning(run, entry.hungFor > 0, now);
    } else if (this.waiting.size === 0 && entry.hungFor === 0 && this.#hasPlace) {
      this.#start(entry, slot, now);
    } else if (this.waiting.has(entry.job.jobId)) this.skipLog.whileWaiting(entry.hungFor > 0);
    else this.waiting.push(entry, slot);
  }

  /** Starts what waits, up to the concurrency limit. */
  #startWaiting(): void {
    // A run that waits for nothing ends within the loop below. To start the next one there, and so on, would overflow the
    // stack.
    if (this.#isStartingWaiting) return;
    this.#isStartingWaiting = true;
    try {
      while (this.waiting.size > 0 && this.#hasPlace) {
        if (!this.#hasTime()) break;
        const now = this.#clock.read();
        const entry = this.waiting.shift(now, this.#hanging);
        if (entry === undefined) break;
        // runAll() may be running it; then its next slot is soon enough.
        if (entry.run === undefined) this.#start(entry, entry.waitsSince, now);
      }
    } finally {
      this.#isStartingWaiting = false;
    }
    this.skipLog.started(this.waiting);
  }

  #start(entry: JobEntry, slot: number, now: number): void {
    const begun = this.#jobs.begin(entry, now);
    if (begun === undefined) return;
    const [affecting, lastSlot] = begun;
    const isHanging = entry.hungFor > 0;
    if (isHanging) this.#hanging++;
    else this.lateness.add((now - slot) / 1000);
    this.#started++;
    const lateness = isHanging ? undefined : Math.round(now - slot);
    this.pool.start(entry, affecting, lastSlot, isHanging, lateness);
  }

  get #hasPlace(): boolean {
    return this.pool.size < this.#maxConcurrentJobs && !this.pool.isStopping;
  }

  #hasTime(): boolean {
    const isCheckDue = this.#started > 0 && this.#started % RUNS_PER_CHECK === 0;
    this.hasMore = isCheckDue && isTurnOver();
    return !this.hasMore;
  }

  #onEnd(run: JobRun, { status }: RunOutcome): void {
    const { entry, wasHanging } = run;
    if (wasHanging) this.#hanging--;
    // A job that has changed since may answer.
    if (entry.job === run.job) entry.hungFor = hungFor(run, status);
    if (!this.#jobs.has(entry)) {
      this.#jobs.left(entry);
      this.#forgetIfRemoved(run.job.jobId);
    }
    if (status === "ok" || status === "failed") this.skipLog.ended(run);
    entry.hasProblems = status !== "ok" || run.skipped > 0;
    if (this.waiting.size === 0 || this.hasMore) return;
    this.#startWaiting();
    if (this.hasMore) this.#onMore();
  }

  /** Forgets what a run has reported since its job was removed. */
  #forgetIfRemoved(jobId: string): void {
    if (this.#jobs.get(jobId) === undefined) this.pool.runLog.forget(jobId);
  }
}

function hungFor(run: JobRun, status: RunOutcome["status"]): number {
  if (status !== "timedOut" && status !== "failed") return 0;
  const { elapsed } = run;
  return status === "timedOut" || elapsed > QUICK_MS ? elapsed : 0;
}
