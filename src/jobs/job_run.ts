import type { Logger } from "../util/log.ts";
import type { Values } from "../values/values.ts";
import type { CheckedJob } from "./validate_job.ts";

/** How a run came to its end. */
export type RunOutcome =
  | { readonly status: "ok" }
  /** The function threw or rejected. */
  | { readonly status: "failed"; readonly error: unknown }
  /** It took too long, and nobody waits for it any more. */
  | { readonly status: "timedOut" }
  /** It was told to end before it was done. */
  | { readonly status: "aborted" };

/** What a {@linkcode JobRun} is made of. */
export interface JobRunOptions {
  /** The job as it was known when the run started. */
  readonly job: CheckedJob;
  /** The intervals that the run is for, ascending, in seconds. */
  readonly affectingIntervals: readonly number[];
  /** The slot that the run is for, in UNIX seconds. */
  readonly scheduledAt: number;
  /** When it started by the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** What the job says its things to. */
  readonly log: Logger;
  /** Takes the values that the job sends. */
  readonly send: (accountId: number, values: Values) => Promise<void>;
}

/** A job function at work. Whatever it does, nothing of it escapes: neither an exception nor a rejection. */
export class JobRun {
  /** The job as it was known when the run started. */
  readonly job: CheckedJob;
  /** When it started by the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** When it has to be done by the monotonic clock, in milliseconds. */
  readonly deadline: number;
  /** Resolves when the run is over for everybody else: it has returned, or was given up. */
  readonly ended: Promise<RunOutcome>;
  /** For which intervals it runs, in seconds. */
  readonly affectingIntervals: readonly number[];
  /** How many times the job came due during the run. */
  skipped = 0;
  readonly #options: JobRunOptions;
  readonly #controller = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #refusal: { readonly error: unknown } | undefined;
  #end!: (outcome: RunOutcome) => void;
  #isOver = false;

  /** Makes a run that has not started yet. */
  constructor(options: JobRunOptions) {
    this.#options = options;
    this.job = options.job;
    this.affectingIntervals = options.affectingIntervals;
    this.startedAt = options.startedAt;
    this.deadline = options.startedAt + options.job.timeout * 1000;
    this.ended = new Promise((resolve) => {
      this.#end = (outcome) => {
        this.#isOver = true;
        resolve(outcome);
      };
    });
  }

  /**
   * Calls the function.
   *
   * @returns Resolves when the function has returned and its values are in safe keeping, which may be never.
   */
  async perform(): Promise<void> {
    try {
      await this.#call();
      // A job that does not wait for its values is waited for all the same, and hears of it when they were refused.
      while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
      this.#end(this.#refusal ? { status: "failed", ...this.#refusal } : { status: "ok" });
    } catch (error) {
      this.#end(
        this.#controller.signal.aborted ? { status: "aborted" } : { status: "failed", error },
      );
    }
  }

  /** Whether the run is over for everybody else. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells the function that it should end, and goes on waiting for it; does nothing if it is over. */
  abort(reason: DOMException): void {
    if (this.#isOver) return;
    this.#controller.abort(reason);
  }

  /** Tells the function that it should end, and waits for it no longer; does nothing if it is over. */
  giveUp(status: "timedOut" | "aborted", reason: DOMException): void {
    if (this.#isOver) return;
    this.#end({ status });
    this.#controller.abort(reason);
  }

  #call(): unknown {
    const { job, affectingIntervals, scheduledAt, log, send } = this.#options;
    return Reflect.apply(job.performJob, job.source, [[...affectingIntervals], job.jobParams, {
      jobId: job.jobId,
      scheduledAt,
      signal: this.#controller.signal,
      log,
      sendResults: (accountId: number, values: Values): Promise<void> => {
        const sent = send(accountId, values);
        this.#sending.add(sent);
        // A refusal is noted here, so that it is no unhandled rejection where the job does not wait for it.
        sent.catch((error) => this.#refusal ??= { error }).then(() => this.#sending.delete(sent));
        return sent;
      },
    }]);
  }
}
