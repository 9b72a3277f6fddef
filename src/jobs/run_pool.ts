import type { Clock } from "../util/clock.ts";
import { describeError } from "../util/describe_error.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { waitFor } from "../util/wait_for.ts";
import type { Values } from "../values/values.ts";
import { FailureLog } from "./failure_log.ts";
import { JobRun, type PreparedRun, type RunOutcome } from "./job_run.ts";
import { ReadyQueue } from "./ready_queue.ts";

/** Options for {@linkcode RunPool}. */
interface RunPoolOptions {
  /** How many jobs may run at once. */
  readonly maxConcurrentJobs: number;
  /** Creates the logger of a job, or the general one. */
  readonly logger: (jobId?: string) => Logger;
  /** The problems of the jobs. */
  readonly problems: ProblemLog;
  /** Accepts the values that jobs send. */
  readonly send: (jobId: string, accountId: number, values: Values) => Promise<void>;
  /** The clocks and timers. */
  readonly clock: Clock;
}

/** A run that starts as soon as the concurrency limit allows. */
export interface RunRequest {
  /** The id of the job. */
  readonly jobId: string;
  /** Called when the run may start. Returns what to run, or `undefined` if there is nothing left to do. */
  prepare(): PreparedRun | undefined;
  /** Called with the run and its outcome when it has ended; both are `undefined` if it was not started. */
  onEnd(run: JobRun | undefined, outcome: RunOutcome | undefined): void;
}

/** The runs that have ended, by outcome. */
interface RunCounts {
  /** Runs that succeeded. */
  ok: number;
  /** Runs that failed, timed out or were cancelled. */
  failed: number;
  /** Runs that timed out. */
  timedOut: number;
}

// Deadlines are checked once a second. Without this tolerance, a job whose timeout is its interval would miss its next
// slot whenever that tick comes a little earlier within its second.
const TICK_JITTER_MS = 50;

// How long jobs have to return after their signals abort.
const ABORT_GRACE_MS = 100;

/** Runs jobs up to a concurrency limit, first come, first served. Runs of the same job never overlap. */
export class RunPool {
  /** The runs that have ended, by outcome. */
  readonly counts: RunCounts = { ok: 0, failed: 0, timedOut: 0 };
  readonly #options: RunPoolOptions;
  readonly #ready = new ReadyQueue<RunRequest>();
  /** By job id, not by job, so that a job that is removed and added again finds its old run. */
  readonly #running = new Map<string, JobRun>();
  /** Requests whose turn came while the same job was running. */
  readonly #blocked = new Map<string, Set<RunRequest>>();
  /** The number of abandoned runs of a job that are still running, and whether that was logged. */
  readonly #abandoned = new Map<string, { count: number; isLogged: boolean }>();
  readonly #failures: FailureLog;
  #stopping = 0;

  /** Constructs a new instance. */
  constructor(options: RunPoolOptions) {
    this.#options = options;
    this.#failures = new FailureLog(() => options.clock.monotonic(), options.logger());
  }

  /** The number of runs in progress. */
  get running(): number {
    return this.#running.size;
  }

  /** The number of requests waiting to start. */
  get waiting(): number {
    return this.#ready.size;
  }

  /** The number of jobs whose last run failed. */
  get failing(): number {
    return this.#failures.count;
  }

  /** The number of abandoned runs that are still running. */
  get abandoned(): number {
    let sum = 0;
    for (const { count } of this.#abandoned.values()) sum += count;
    return sum;
  }

  /** Whether a stop is in progress, during which nothing starts. */
  get isStopping(): boolean {
    return this.#stopping > 0;
  }

  /** The run of a job that is in progress, if any. */
  runOf(jobId: string): JobRun | undefined {
    return this.#running.get(jobId);
  }

  /** Appends a request; {@linkcode fill} starts it. */
  add(request: RunRequest): void {
    this.#ready.push(request);
  }

  /** Removes a request, unless it has started. */
  drop(request: RunRequest): void {
    const wasWaiting = this.#ready.delete(request) ||
      this.#blocked.get(request.jobId)?.delete(request);
    if (wasWaiting) request.onEnd(undefined, undefined);
  }

  /** Forgets the failures of a removed job. */
  forget(jobId: string): void {
    this.#failures.forget(jobId);
  }

  /** Starts waiting requests up to the concurrency limit. */
  fill(): void {
    while (this.#stopping === 0 && this.#running.size < this.#options.maxConcurrentJobs) {
      const request = this.#ready.shift();
      if (request === undefined) return;
      if (this.#running.has(request.jobId)) this.#block(request);
      else this.#begin(request);
    }
  }

  /** Abandons the runs that have timed out. */
  timeOut(): void {
    const now = this.#options.clock.monotonic();
    for (const run of this.#running.values()) {
      if (now < run.deadline - TICK_JITTER_MS) continue;
      const { jobId, timeout } = run.job;
      run.abandon(
        "timedOut",
        new DOMException(`Job "${jobId}" timed out after ${timeout} s`, "TimeoutError"),
      );
    }
  }

  /**
   * Removes all waiting requests and waits for the runs in progress. After `graceMs` milliseconds, if given, their
   * signals abort; runs that ignore that are logged and abandoned.
   */
  async stop(graceMs?: number): Promise<void> {
    const { clock } = this.#options;
    this.#stopping++;
    try {
      const blocked = [...this.#blocked.values()].flatMap((requests) => [...requests]);
      this.#blocked.clear();
      for (const request of [...this.#ready.clear(), ...blocked]) {
        request.onEnd(undefined, undefined);
      }
      const runs = [...this.#running.values()];
      if (runs.length === 0) return;
      const ended = Promise.all(runs.map((run) => run.ended));
      if (await waitFor(ended, { ms: graceMs, clock })) return;
      const reason = new DOMException(
        "The bot is stopping and cannot wait any longer",
        "AbortError",
      );
      for (const run of runs) run.abort(reason);
      if (await waitFor(ended, { ms: ABORT_GRACE_MS, clock })) return;
      const ignoring = runs.filter((run) => !run.hasEnded);
      if (ignoring.length > 0) {
        this.#options.logger().warn(
          `Not waiting any longer for ${listIds(ignoring)}, still running: make jobs stop when ` +
            `context.signal aborts`,
        );
      }
      for (const run of ignoring) run.abandon("aborted", reason);
      await ended;
    } finally {
      this.#stopping--;
    }
  }

  #block(request: RunRequest): void {
    const blocked = this.#blocked.get(request.jobId);
    if (blocked === undefined) this.#blocked.set(request.jobId, new Set([request]));
    else blocked.add(request);
  }

  #begin(request: RunRequest): void {
    const prepared = request.prepare();
    if (prepared === undefined) return request.onEnd(undefined, undefined);
    const { send, logger, clock, problems } = this.#options;
    const { jobId } = prepared.job;
    const log = logger(jobId);
    const run = new JobRun({
      ...prepared,
      startedAt: clock.monotonic(),
      log,
      problems,
      send: (accountId, values) => send(jobId, accountId, values),
    });
    this.#running.set(jobId, run);
    const abandoned = this.#abandoned.get(jobId);
    if (abandoned !== undefined && !abandoned.isLogged) {
      abandoned.isLogged = true;
      const { count } = abandoned;
      const earlier = count === 1
        ? "an earlier run that timed out is"
        : `${count} earlier runs that timed out are`;
      log.warn(
        `Starting although ${earlier} still running: make the job stop when context.signal aborts`,
      );
    }
    const returned = run.perform();
    run.ended.then((outcome) => {
      this.#running.delete(jobId);
      this.#count(outcome);
      this.#logOutcome(run, outcome, log);
      if (outcome.status === "timedOut" || outcome.status === "aborted") {
        this.#trackAbandoned(run, returned, log);
      }
      request.onEnd(run, outcome);
      for (const blocked of this.#blocked.get(jobId) ?? []) this.#ready.push(blocked);
      this.#blocked.delete(jobId);
      this.fill();
    });
  }

  #count({ status }: RunOutcome): void {
    if (status === "ok") this.counts.ok++;
    else this.counts.failed++;
    if (status === "timedOut") this.counts.timedOut++;
  }

  #logOutcome(run: JobRun, outcome: RunOutcome, log: Logger): void {
    const { jobId, timeout } = run.job;
    const seconds = this.#secondsSince(run);
    switch (outcome.status) {
      case "ok":
        this.#failures.succeeded(jobId, log);
        return log.debug(
          `Done in ${seconds} s (intervals: ${run.affectingIntervals.join(", ")} s)`,
        );
      case "failed":
        return this.#failures.failed(
          jobId,
          `Failed after ${seconds} s: ${describeError(outcome.error)}`,
          log,
        );
      case "timedOut":
        return this.#failures.failed(
          jobId,
          `Timed out after ${timeout} s: make the job faster, or set a longer timeout`,
          log,
        );
      case "aborted":
        return log.info(`Cancelled after ${seconds} s`);
    }
  }

  /** Counts an abandoned run until its function returns. */
  #trackAbandoned(run: JobRun, returned: Promise<void>, log: Logger): void {
    const { jobId } = run.job;
    const record = this.#abandoned.get(jobId) ?? { count: 0, isLogged: false };
    this.#abandoned.set(jobId, record);
    record.count++;
    record.isLogged = false;
    returned.then(() => {
      record.count--;
      if (record.count === 0) this.#abandoned.delete(jobId);
      log.debug(`An abandoned run returned after ${this.#secondsSince(run)} s`);
    });
  }

  #secondsSince(run: JobRun): number {
    return Math.round(this.#options.clock.monotonic() - run.startedAt) / 1000;
  }
}

function listIds(runs: readonly JobRun[]): string {
  const shown = runs.slice(0, 10).map((run) => `"${run.job.jobId}"`).join(", ");
  const rest = runs.length - 10;
  return `job${runs.length === 1 ? "" : "s"} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`;
}
