import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { Values } from "../values/values.ts";
import type { Queueable } from "./due_queue.ts";
import type { JobContext } from "./job.ts";
import { RunContext } from "./run_context.ts";
import { RunSends } from "./run_sends.ts";
import type { SchedulerClock } from "./scheduler_clock.ts";
import type { ValidJob } from "./validate_job.ts";

/** A scheduled job. All times are in milliseconds. */
export interface JobEntry extends Queueable {
  /** The job as of the last update. */
  job: ValidJob;
  /** The origin of its slots. */
  origin: number;
  /** Slots up to here have been handled: when the last run started, or the job was added. -Infinity before a first run. */
  handledUpTo: number;
  /** The slot that it waits for a place since, if it waits. */
  waitsSince: number;
  /** How long the last run of a hanging job took to fail; 0 for a job that is not hanging. */
  hungFor: number;
  /** The run in progress, if any; perhaps of an earlier job with its id. */
  run: JobRun | undefined;
  /** Whether it may have problems that a run ends when it succeeds, some of an earlier scheduler perhaps. */
  hasProblems: boolean;
}

/** How a run ended. */
export type RunOutcome =
  | { readonly status: "ok" }
  /** The function threw or rejected. */
  | { readonly status: "failed"; readonly error: unknown }
  /** It exceeded its timeout and was abandoned. */
  | { readonly status: "timedOut" }
  /** It was cancelled. */
  | { readonly status: "aborted" };

/** Where the values of jobs go. */
export interface ResultsIntake {
  /**
   * Accepts values that a job sends.
   *
   * @returns A promise that resolves once they are persisted, and rejects if they cannot be used.
   */
  accept(
    job: Pick<JobContext, "jobId" | "name" | "log">,
    accountId: number,
    values: Values,
  ): Promise<void>;
}

/** What the runs of all jobs share. */
export interface RunServices {
  /** Accepts the values that jobs send. */
  readonly intake: ResultsIntake;
  /** Creates the logger of a job. */
  readonly loggerOf: (job: ValidJob) => Logger;
  /** The problems of the jobs. */
  readonly problems: ProblemLog;
  /** The clocks and timers. */
  readonly clock: Clock;
  /** The time to schedule by, which has just been read when a run starts. */
  readonly schedulerClock: SchedulerClock;
  /** Called once for each run: when the function has returned, or the run was abandoned. */
  readonly onEnd: (run: JobRun, outcome: RunOutcome) => void;
  /** Called when the function of an abandoned run has returned, which may be never. */
  readonly onLateReturn: (run: JobRun) => void;
}

const OK: RunOutcome = { status: "ok" };

/** One run of a job. It contains every exception and rejection of the job function. */
export class JobRun {
  /** The entry of the job, or of a later one with the same id. */
  entry: JobEntry;
  /** The job as of the start of the run. */
  readonly job: ValidJob;
  /** The intervals that the run covers, in seconds, ascending; handed to the job. */
  readonly affectingIntervals: number[];
  /** The latest of their slots, in UNIX milliseconds. */
  readonly slot: number;
  /** Whether it takes up one of the places of hanging jobs. */
  readonly wasHanging: boolean;
  /**
   * How much later than its slot it started, in whole milliseconds, which take up no memory of their own; `undefined` for a
   * run without a slot, or of a hanging job.
   */
  readonly lateness: number | undefined;
  /** Its index in the list of running ones; only the {@linkcode RunPool} changes it. */
  index = -1;
  /** The number of times the job came due during the run. */
  skipped = 0;
  readonly #services: RunServices;
  /** When it started, in milliseconds on the monotonic clock. */
  readonly #startedAt: number;
  #state: "running" | "abandoned" | "returned" = "running";
  #outcome: RunOutcome | undefined;
  #ended: Promise<RunOutcome> | undefined;
  #resolveEnded: ((outcome: RunOutcome) => void) | undefined;
  #abortController: AbortController | undefined;
  #log: Logger | undefined;
  #sends: RunSends | undefined;

  /** Constructs a new instance; {@linkcode start} starts the run. */
  constructor(
    services: RunServices,
    entry: JobEntry,
    affectingIntervals: number[],
    slot: number,
    wasHanging: boolean,
    lateness: number | undefined,
  ) {
    this.entry = entry;
    this.job = entry.job;
    this.affectingIntervals = affectingIntervals;
    this.slot = slot;
    this.wasHanging = wasHanging;
    this.lateness = lateness;
    this.#services = services;
    this.#startedAt = services.schedulerClock.monotonic;
  }

  /** Whether its function is running, is running although the run was abandoned, or has returned. */
  get state(): "running" | "abandoned" | "returned" {
    return this.#state;
  }

  /** Resolves when the function has returned or the run was abandoned. */
  get ended(): Promise<RunOutcome> {
    return this.#ended ??= new Promise((resolve) => {
      if (this.#outcome === undefined) this.#resolveEnded = resolve;
      else resolve(this.#outcome);
    });
  }

  /** How long ago it started, in whole milliseconds. */
  get elapsed(): number {
    return Math.round(this.#services.clock.monotonic() - this.#startedAt);
  }

  /** The same in seconds. */
  get seconds(): number {
    return this.elapsed / 1000;
  }

  /** The slot in UNIX seconds. */
  get scheduledAt(): number {
    return this.slot / 1000;
  }

  /** The signal of the run. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The logger of the job. */
  get log(): Logger {
    return this.#log ??= this.#services.loggerOf(this.job);
  }

  /** The problems of the bot. */
  get problems(): ProblemLog {
    return this.#services.problems;
  }

  /** Calls the job function. A run without anything to wait for has ended when this returns. */
  start(): void {
    const { performJob, source, jobParams } = this.job;
    let outcome = OK;
    try {
      const context = new RunContext(this);
      const returned: unknown = performJob.call(
        source,
        this.affectingIntervals,
        jobParams,
        context,
      );
      if (isThenable(returned) || this.#sends !== undefined) return void this.#wait(returned);
    } catch (error) {
      outcome = this.#failure(error);
    }
    this.#returned(outcome);
  }

  /** Aborts the signal of the run and keeps waiting for the function; does nothing once the run has ended. */
  abort(reason: DOMException): void {
    if (this.#state === "running") this.#controller.abort(reason);
  }

  /** Aborts the signal of the run and stops waiting for the function; does nothing once the run has ended. */
  abandon(status: "timedOut" | "aborted", reason: DOMException): void {
    if (this.#state !== "running") return;
    this.#state = "abandoned";
    this.#end({ status });
    this.#controller.abort(reason);
  }

  /** Sends values. */
  send(context: JobContext, accountId: number, values: Values): Promise<void> {
    const sent = this.#services.intake.accept(context, accountId, values);
    (this.#sends ??= new RunSends()).add(sent);
    return sent;
  }

  get #controller(): AbortController {
    return this.#abortController ??= new AbortController();
  }

  /** Waits for what the function has returned, and for its values. */
  async #wait(returned: unknown): Promise<void> {
    let outcome = OK;
    try {
      await returned;
      if (this.#sends !== undefined) await this.#sends.stored();
    } catch (error) {
      outcome = this.#failure(error);
    }
    this.#returned(outcome);
  }

  #failure(error: unknown): RunOutcome {
    const isAborted = this.#abortController?.signal.aborted ?? false;
    return isAborted ? { status: "aborted" } : { status: "failed", error };
  }

  #returned(outcome: RunOutcome): void {
    const isLate = this.#state === "abandoned";
    this.#state = "returned";
    if (isLate) this.#services.onLateReturn(this);
    else this.#end(outcome);
  }

  #end(outcome: RunOutcome): void {
    this.#outcome = outcome;
    this.#services.onEnd(this, outcome);
    this.#resolveEnded?.(outcome);
  }
}

function isThenable(value: unknown): boolean {
  const isObject = typeof value === "object" || typeof value === "function";
  return isObject && value !== null && "then" in value;
}
