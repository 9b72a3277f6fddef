import type { Logger } from "../util/log.ts";
import type { Values } from "../values/values.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { problemsOf } from "./job_problems.ts";
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
  /** The latest of their slots, in UNIX seconds. */
  readonly scheduledAt: number;
}

/** Options for {@linkcode JobRun}. */
interface JobRunOptions extends PreparedRun {
  /** When it started, in milliseconds on the monotonic clock. */
  readonly startedAt: number;
  /** The logger of the job. */
  readonly log: Logger;
  /** The problems of all jobs. */
  readonly problems: ProblemLog;
  /** Accepts the values that the job sends. */
  readonly send: (accountId: number, values: Values) => Promise<void>;
}

/** One run of a job. It contains every exception and rejection of the job function. */
export class JobRun {
  /** The job as of the start of the run. */
  readonly job: ValidJob;
  /** When it started, in milliseconds on the monotonic clock. */
  readonly startedAt: number;
  /** When it times out, in milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** Resolves when the function has returned or the run was abandoned. */
  readonly ended: Promise<RunOutcome>;
  /** The intervals that it covers, in seconds, ascending. */
  readonly affectingIntervals: readonly number[];
  /** The number of times the job came due during the run. */
  skipped = 0;
  readonly #options: JobRunOptions;
  readonly #controller = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #refusal: { readonly error: unknown } | undefined;
  #end!: (outcome: RunOutcome) => void;
  #hasEnded = false;

  /** Constructs a new instance; {@linkcode perform} starts the run. */
  constructor(options: JobRunOptions) {
    this.#options = options;
    this.job = options.job;
    this.affectingIntervals = options.affectingIntervals;
    this.startedAt = options.startedAt;
    this.deadline = options.startedAt + options.job.timeout * 1000;
    this.ended = new Promise((resolve) => {
      this.#end = (outcome) => {
        this.#hasEnded = true;
        resolve(outcome);
      };
    });
  }

  /**
   * Calls the job function.
   *
   * @returns A promise that resolves when the function has returned and its values are stored, which may be never.
   */
  async perform(): Promise<void> {
    try {
      await this.#call();
      // A job that does not await its values still fails if they are refused.
      while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
      this.#end(this.#refusal ? { status: "failed", ...this.#refusal } : { status: "ok" });
    } catch (error) {
      this.#end(
        this.#controller.signal.aborted ? { status: "aborted" } : { status: "failed", error },
      );
    }
  }

  /** Whether the function has returned or the run was abandoned. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Aborts the signal of the run and keeps waiting for the function; does nothing once the run has ended. */
  abort(reason: DOMException): void {
    if (this.#hasEnded) return;
    this.#controller.abort(reason);
  }

  /** Aborts the signal of the run and stops waiting for the function; does nothing once the run has ended. */
  abandon(status: "timedOut" | "aborted", reason: DOMException): void {
    if (this.#hasEnded) return;
    this.#end({ status });
    this.#controller.abort(reason);
  }

  #call(): unknown {
    const { job, affectingIntervals, scheduledAt, log, problems, send } = this.#options;
    return Reflect.apply(job.performJob, job.source, [[...affectingIntervals], job.jobParams, {
      jobId: job.jobId,
      name: job.name,
      scheduledAt,
      signal: this.#controller.signal,
      log,
      problems: problemsOf(problems, job.jobId, log),
      sendResults: (accountId: number, values: Values): Promise<void> => {
        const sent = send(accountId, values);
        this.#sending.add(sent);
        // Handled here, or it would be an unhandled rejection when the job does not await it.
        sent.catch((error) => this.#refusal ??= { error }).then(() => this.#sending.delete(sent));
        return sent;
      },
    }]);
  }
}
