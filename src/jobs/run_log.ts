import { describeError } from "../util/describe_error.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope, ownJobScope } from "../util/problem_scope.ts";
import type { JobRun, RunOutcome } from "./job_run.ts";

/** The runs that have ended, by outcome. */
interface RunCounts {
  /** Runs that succeeded. */
  ok: number;
  /** Runs that failed, timed out or were cancelled. */
  failed: number;
  /** Runs that timed out. */
  timedOut: number;
}

// Keys of problems.
const FAILED = "failed run";
const ABANDONED = "abandoned runs";

/** Counts and logs how runs end, and keeps track of abandoned runs whose function is still running. */
export class RunLog {
  /** The runs that have ended, by outcome. */
  readonly counts: RunCounts = { ok: 0, failed: 0, timedOut: 0 };
  readonly #problems: ProblemLog;
  readonly #logsRuns: boolean;
  /** The ids of the jobs whose last run failed. */
  readonly #failing = new Set<string>();
  /** The number of abandoned runs of a job that are still running. */
  readonly #abandoned = new Map<string, number>();

  /** Constructs a new instance. */
  constructor(problems: ProblemLog, logsRuns: boolean) {
    this.#problems = problems;
    this.#logsRuns = logsRuns;
  }

  /** The number of jobs whose last run failed. */
  get failing(): number {
    return this.#failing.size;
  }

  /** The number of abandoned runs that are still running. */
  get abandoned(): number {
    let sum = 0;
    for (const count of this.#abandoned.values()) sum += count;
    return sum;
  }

  /** Records that a run starts. */
  started(run: JobRun): void {
    if (this.#abandoned.size === 0) return;
    const count = this.#abandoned.get(run.job.jobId);
    if (count === undefined) return;
    const earlier = count === 1
      ? "An earlier run that timed out is"
      : `${count} earlier runs that timed out are`;
    this.#problems.raise(
      ABANDONED,
      `${earlier} still running beside the new one: make the job stop when context.signal aborts`,
      { kind: "abandoned runs", scope: jobScope(run.job.jobId), log: run.log },
    );
  }

  /** Records how a run ended. */
  ended(run: JobRun, outcome: RunOutcome): void {
    const { jobId } = run.job;
    if (outcome.status === "ok") this.counts.ok++;
    else this.counts.failed++;
    if (outcome.status === "timedOut") this.counts.timedOut++;
    if (run.state === "abandoned") {
      this.#abandoned.set(jobId, (this.#abandoned.get(jobId) ?? 0) + 1);
    }
    switch (outcome.status) {
      case "ok":
        return this.#succeeded(run);
      case "failed":
        return this.#failed(run, `Failed after ${run.seconds} s: ${describeError(outcome.error)}`);
      case "timedOut":
        return this.#failed(
          run,
          `Timed out after ${run.job.timeout} s: make the job faster, or set a longer timeout`,
        );
      case "aborted":
        return run.log.info(`Cancelled after ${run.seconds} s`);
    }
  }

  /** Records that the function of an abandoned run has returned. */
  returned(run: JobRun): void {
    const { jobId } = run.job;
    run.log.debug(`An abandoned run returned after ${run.seconds} s`);
    const left = (this.#abandoned.get(jobId) ?? 0) - 1;
    if (left > 0) {
      this.#abandoned.set(jobId, left);
    } else {
      this.#abandoned.delete(jobId);
      this.#problems.clear(ABANDONED, { scope: jobScope(jobId) });
    }
  }

  /** Forgets the problems of a removed job. */
  forget(jobId: string): void {
    this.#failing.delete(jobId);
    const scope = jobScope(jobId);
    this.#problems.forget(scope);
    this.#problems.forget(ownJobScope(scope));
  }

  #succeeded(run: JobRun): void {
    const { job: { jobId }, entry, affectingIntervals } = run;
    if (this.#logsRuns) {
      run.log.debug(`Done in ${run.seconds} s (intervals: ${affectingIntervals.join(", ")} s)`);
    }
    if (!entry.hasProblems) return;
    this.#failing.delete(jobId);
    this.#problems.clear(FAILED, { scope: jobScope(jobId) });
  }

  #failed(run: JobRun, message: string): void {
    const { job: { jobId }, log } = run;
    const scope = jobScope(jobId);
    this.#failing.add(jobId);
    this.#problems.raise(FAILED, message, { kind: "failing jobs", level: "error", scope, log });
  }
}
