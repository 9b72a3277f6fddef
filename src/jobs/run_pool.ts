import { describeError } from "../util/describe_error.ts";
import type { Logger } from "../util/log.ts";
import type { Values } from "../values/values.ts";
import type { CheckedJob } from "./validate_job.ts";
import { FailureLog } from "./failure_log.ts";
import { JobRun, type RunOutcome } from "./job_run.ts";
import { ReadyQueue } from "./ready_queue.ts";
import type { Timers } from "../util/clock.ts";
import { waitFor, type WaitLimits } from "../util/wait_for.ts";

/** What a {@linkcode RunPool} needs. */
export interface RunPoolOptions {
  /** How many jobs may run at the same time. */
  readonly places: number;
  /** Makes the logger of a job, or the general one. */
  readonly logger: (jobId?: string) => Logger;
  /** Takes the values that jobs send. */
  readonly send: (jobId: string, accountId: number, values: Values) => Promise<void>;
  /** A clock that nobody sets, in milliseconds. */
  readonly monotonic: () => number;
  /** Where timers come from. */
  readonly timers: Timers;
}

/** A run that should start as soon as there is a place. */
export interface RunRequest {
  /** The id of the job. */
  readonly jobId: string;
  /** Called when a place is free: says what is to be done now, or `undefined` when there is nothing to do any more. */
  prepare(): PreparedRun | undefined;
  /** Told what came of it; `undefined` when it was not started. */
  onEnd(run: JobRun | undefined, outcome: RunOutcome | undefined): void;
}

/** What a run is for. */
export interface PreparedRun {
  /** The job as it is now. */
  readonly job: CheckedJob;
  /** The intervals that the run is for, ascending, in seconds. */
  readonly affectingIntervals: readonly number[];
  /** The slot that the run is for, in UNIX seconds. */
  readonly scheduledAt: number;
}

/** What came of the runs that have ended. */
export interface RunCounts {
  /** Runs that did their work. */
  ok: number;
  /** Runs that failed, including those that timed out or were told to end. */
  failed: number;
  /** Runs that took too long. */
  timedOut: number;
}

// Deadlines are looked at once a second. A job whose timeout is its interval is to be given up when its next slot comes,
// not a tick later because that came a hair earlier within its second; in milliseconds.
const TICK_JITTER = 50;

// How long jobs get to react when they are told to end, in milliseconds.
const REACTION_MS = 100;

/** Runs jobs in a limited number of places, first come first served, and never one beside itself. */
export class RunPool {
  /** What came of the runs that have ended. */
  readonly counts: RunCounts = { ok: 0, failed: 0, timedOut: 0 };
  readonly #options: RunPoolOptions;
  readonly #ready = new ReadyQueue<RunRequest>();
  /** By job id, not by job: one that is removed and comes back finds its old run here. */
  readonly #running = new Map<string, JobRun>();
  /** Requests whose turn has come while the same job was running. */
  readonly #blocked = new Map<string, Set<RunRequest>>();
  /** How many runs of a job were given up and have not returned, and whether that was said. */
  readonly #abandoned = new Map<string, { count: number; said: boolean }>();
  readonly #failures: FailureLog;
  #stopping = 0;

  /** Makes a pool in which nothing runs. */
  constructor(options: RunPoolOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.monotonic, options.logger());
  }

  /** Runs under way. */
  get running(): number {
    return this.#running.size;
  }

  /** Requests that wait for a place. */
  get waiting(): number {
    return this.#ready.size;
  }

  /** Jobs whose last run has failed. */
  get failing(): number {
    return this.#failures.count;
  }

  /** Runs that were given up and have not returned. */
  get abandoned(): number {
    let sum = 0;
    for (const { count } of this.#abandoned.values()) sum += count;
    return sum;
  }

  /** Whether it is being stopped: nothing is started until that is done. */
  get isStopping(): boolean {
    return this.#stopping > 0;
  }

  /** The run of a job that is under way. */
  runOf(jobId: string): JobRun | undefined {
    return this.#running.get(jobId);
  }

  /** Puts a request at the end of the line; {@linkcode fill} starts it. */
  add(request: RunRequest): void {
    this.#ready.push(request);
  }

  /** Takes back a request; does nothing if it has started. */
  drop(request: RunRequest): void {
    const wasHere = this.#ready.delete(request) ||
      this.#blocked.get(request.jobId)?.delete(request);
    if (wasHere) request.onEnd(undefined, undefined);
  }

  /** Forgets what was said about a job that is not known any more. */
  forget(jobId: string): void {
    this.#failures.forget(jobId);
  }

  /** Starts what is waiting while there are places. */
  fill(): void {
    while (this.#stopping === 0 && this.#running.size < this.#options.places) {
      const request = this.#ready.shift();
      if (request === undefined) return;
      if (this.#running.has(request.jobId)) this.#block(request);
      else this.#begin(request);
    }
  }

  /** Gives up the runs that have taken too long. */
  timeOut(): void {
    const now = this.#options.monotonic();
    for (const run of this.#running.values()) {
      if (now < run.deadline - TICK_JITTER) continue;
      const { jobId, timeout } = run.job;
      run.giveUp(
        "timedOut",
        new DOMException(
          `Job "${jobId}" took longer than its timeout of ${timeout} s`,
          "TimeoutError",
        ),
      );
    }
  }

  /**
   * Drops what is waiting, and resolves when what is running has ended. When the limits are reached, the signals of the
   * runs abort; those that ignore that are named in the log and given up.
   */
  async stop(limits: Omit<WaitLimits, "timers">): Promise<void> {
    const { timers } = this.#options;
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
      if (await waitFor(ended, { ...limits, timers })) return;
      const reason = new DOMException("The bot is ending and can wait no longer", "AbortError");
      for (const run of runs) run.abort(reason);
      if (await waitFor(ended, { ms: REACTION_MS, timers })) return;
      const ignoring = runs.filter((run) => !run.isOver);
      if (ignoring.length > 0) {
        this.#options.logger().warn(
          `Not waiting any longer for ${listIds(ignoring)}, still running: make jobs end when ` +
            `context.signal aborts`,
        );
      }
      for (const run of ignoring) run.giveUp("aborted", reason);
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
    const { send, logger, monotonic } = this.#options;
    const { jobId } = prepared.job;
    const log = logger(jobId);
    const run = new JobRun({
      ...prepared,
      startedAt: monotonic(),
      log,
      send: (accountId, values) => send(jobId, accountId, values),
    });
    this.#running.set(jobId, run);
    const abandoned = this.#abandoned.get(jobId);
    if (abandoned !== undefined && !abandoned.said) {
      abandoned.said = true;
      log.warn(
        `Starts although ${runs(abandoned.count)} of it that timed out ${
          abandoned.count === 1 ? "has" : "have"
        } not ended: make it end when context.signal aborts`,
      );
    }
    const returned = run.perform();
    run.ended.then((outcome) => {
      this.#running.delete(jobId);
      this.#count(outcome);
      this.#say(run, outcome, log);
      if (outcome.status === "timedOut" || outcome.status === "aborted") {
        this.#abandon(run, returned, log);
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

  #say(run: JobRun, outcome: RunOutcome, log: Logger): void {
    const { jobId, timeout } = run.job;
    const seconds = this.#secondsSince(run);
    switch (outcome.status) {
      case "ok":
        this.#failures.succeeded(jobId, log);
        return log.debug(
          `Done in ${seconds} s for the intervals ${run.affectingIntervals.join(", ")} s`,
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
          `Took longer than its timeout of ${timeout} s and was given up: make it faster, or set a longer timeout`,
          log,
        );
      case "aborted":
        return log.info(`Was told to end after ${seconds} s, before it was done`);
    }
  }

  /** Keeps count of a run that nobody waits for until its function returns. */
  #abandon(run: JobRun, returned: Promise<void>, log: Logger): void {
    const { jobId } = run.job;
    const record = this.#abandoned.get(jobId) ?? { count: 0, said: false };
    this.#abandoned.set(jobId, record);
    record.count++;
    record.said = false;
    returned.then(() => {
      record.count--;
      if (record.count === 0) this.#abandoned.delete(jobId);
      log.debug(`A run that was given up has ended after ${this.#secondsSince(run)} s`);
    });
  }

  #secondsSince(run: JobRun): number {
    return Math.round(this.#options.monotonic() - run.startedAt) / 1000;
  }
}

function runs(count: number): string {
  return count === 1 ? "a run" : `${count} runs`;
}

function listIds(runs: readonly JobRun[]): string {
  const shown = runs.slice(0, 10).map((run) => `"${run.job.jobId}"`).join(", ");
  const rest = runs.length - 10;
  return `job${runs.length === 1 ? "" : "s"} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`;
}
