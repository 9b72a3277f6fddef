import { describeError } from "../util/describe_error.ts";
import type { JobRun, RunOutcome } from "./job_run.ts";

/** Who observes the runs of jobs. */
export interface RunObserver {
  /** A run has started. */
  readonly onStart?: (jobId: string) => void;
  /** A run has ended. */
  readonly onRun?: (run: EndedRun) => void;
}

/** A run that has ended. */
export interface EndedRun {
  /** The id of the job. */
  readonly jobId: string;
  /** How it ended. */
  readonly outcome: "ok" | "failed" | "timedOut" | "cancelled";
  /** When it started, in UNIX seconds. */
  readonly startedAt: number;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /**
   * How much later than its slot it started, in seconds; `undefined` for a run without a slot, or of a job whose last run
   * failed slowly, which waits for its turn.
   */
  readonly lateness: number | undefined;
  /** Why it failed; `undefined` if it succeeded or was cancelled. */
  readonly error: string | undefined;
}

/**
 * Describes a run that has just ended.
 *
 * @param now The time in UNIX milliseconds.
 */
export function endedRun(run: JobRun, outcome: RunOutcome, now: number): EndedRun {
  const { job: { jobId, timeout }, elapsed, lateness } = run;
  const { status } = outcome;
  return {
    jobId,
    outcome: status === "aborted" ? "cancelled" : status,
    startedAt: (now - elapsed) / 1000,
    seconds: elapsed / 1000,
    lateness: lateness === undefined ? undefined : lateness / 1000,
    error: status === "failed"
      ? describeError(outcome.error)
      : status === "timedOut"
      ? `Timed out after ${timeout} s`
      : undefined,
  };
}
