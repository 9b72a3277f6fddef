import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { Values } from "../values/values.ts";
import type { JobContext, JobProblems } from "./job.ts";
import { problemsOf } from "./job_problems.ts";
import { RunContext } from "./run_context.ts";
import type { ValidJob } from "./validate_job.ts";

/** How a run ended. */
export type RunOutcome =
  | { readonly status: "ok" }
  /** The function threw or rejected. */
  | { readonly status: "failed"; readonly error: unknown }
  /** It exceeded its timeout and was abandoned. */
  | { readonly status: "timedOut" }
  /** It was cancelled. */
  | { readonly status: "aborted" };

/** What to run. */
export interface PreparedRun {
  /** The job as of the start of the run. */
  readonly job: ValidJob;
  /** The intervals that the run covers, in seconds, ascending. */
  readonly affectingIntervals: readonly number[];
  /** The latest of their slots, in UNIX milliseconds. */
  readonly slot: number;
}

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
}

/** Follows a {@linkcode JobRun}. */
interface RunListener {
  /** Called once: when the function has returned, or the run was abandoned. */
  onEnd(run: JobRun, outcome: RunOutcome): void;
  /** Called when the function of an abandoned run has returned, which may be never. */
  onLateReturn(run: JobRun): void;
}

/** One run of a job. It contains every exception and rejection of the job function. */
export class JobRun implements PreparedRun {
  readonly job: ValidJob;
  readonly affectingIntervals: readonly number[];
  readonly slot: number;
  /** When it started, in milliseconds on the monotonic clock. */
  readonly startedAt: number;
  /** Resolves when the function has returned or the run was abandoned. */
  readonly ended: Promise<RunOutcome>;
  /** The number of times the job came due during the run. */
  skipped = 0;
  readonly #services: RunServices;
  readonly #listener: RunListener;
  #resolve!: (outcome: RunOutcome) => void;
  #state: "running" | "abandoned" | "returned" = "running";
  #abortController: AbortController | undefined;
  #log: Logger | undefined;
  /** The number of sends that have not been settled. */
  #sending = 0;
  #onSent: (() => void) | undefined;
  #refusal: { readonly error: unknown } | undefined;

  /** Constructs a new instance; {@linkcode start} starts the run. */
  constructor(prepared: PreparedRun, services: RunServices, listener: RunListener) {
    this.job = prepared.job;
    this.affectingIntervals = prepared.affectingIntervals;
    this.slot = prepared.slot;
    this.startedAt = services.clock.monotonic();
    this.#services = services;
    this.#listener = listener;
    this.ended = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Whether its function is running, is running although the run was abandoned, or has returned. */
  get state(): "running" | "abandoned" | "returned" {
    return this.#state;
  }

  /** How long ago it started, in whole milliseconds. */
  get elapsed(): number {
    return Math.round(this.#services.clock.monotonic() - this.startedAt);
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

  /** The problems of the job. */
  get problems(): JobProblems {
    return problemsOf(this.#services.problems, this.job.scope, this.log);
  }

  /** Calls the job function. */
  start(): void {
    this.#perform().then((outcome) => {
      const isLate = this.#state === "abandoned";
      this.#state = "returned";
      if (isLate) this.#listener.onLateReturn(this);
      else this.#end(outcome);
    });
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

  /** Sends values, which counts as a part of the run even if the function does not wait for it. */
  send(context: JobContext, accountId: number, values: Values): Promise<void> {
    const sent = this.#services.intake.accept(context, accountId, values);
    this.#sending++;
    const settle = (): void => {
      if (--this.#sending === 0) this.#onSent?.();
    };
    // Handled here, or it would be an unhandled rejection when the job does not await it.
    sent.then(settle, (error) => {
      this.#refusal ??= { error };
      settle();
    });
    return sent;
  }

  get #controller(): AbortController {
    return this.#abortController ??= new AbortController();
  }

  async #perform(): Promise<RunOutcome> {
    const { job, affectingIntervals } = this;
    try {
      const args = [[...affectingIntervals], job.jobParams, new RunContext(this)];
      await Reflect.apply(job.performJob, job.source, args);
      while (this.#sending > 0) await new Promise<void>((sent) => this.#onSent = sent);
      return this.#refusal === undefined
        ? { status: "ok" }
        : { status: "failed", ...this.#refusal };
    } catch (error) {
      const isAborted = this.#abortController?.signal.aborted ?? false;
      return isAborted ? { status: "aborted" } : { status: "failed", error };
    }
  }

  #end(outcome: RunOutcome): void {
    this.#listener.onEnd(this, outcome);
    this.#resolve(outcome);
  }
}
