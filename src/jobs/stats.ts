import type { LatenessSummary } from "./lateness.ts";
import type { ValidJob } from "./validate_job.ts";

/** The current numbers of a scheduler. */
export interface SchedulerStats {
  /** Scheduled jobs. */
  readonly jobs: number;
  /** Runs in progress. */
  readonly running: number;
  /** Jobs that are due but wait: because of the concurrency limit, or, if their last run failed slowly, for their turn. */
  readonly waiting: number;
  /** Jobs whose last run failed. */
  readonly failing: number;
  /** Runs that timed out or were cancelled, and whose function is still running. */
  readonly abandoned: number;
  /** Runs since the start, by outcome. */
  readonly runs: {
    /** Runs that succeeded. */
    readonly ok: number;
    /** Runs that failed, timed out or were cancelled. */
    readonly failed: number;
    /** How often a job came due while it was still running or waiting. */
    readonly skipped: number;
    /** Runs that timed out. */
    readonly timedOut: number;
  };
  /** How much later than their slots the last runs started, in seconds; without jobs whose run before failed slowly. */
  readonly lateness: LatenessSummary;
}

/** A scheduled job, as it is now. */
export interface ScheduledJob {
  /** The job; the same object until it changes. */
  readonly job: ValidJob;
  /** When it is due next, in UNIX seconds; `undefined` while jobs do not run at their slots. */
  readonly nextRun: number | undefined;
  /** Whether it runs, or is due and waits for its turn. */
  readonly state: "idle" | "running" | "waiting";
}

/** What one update of the jobs changed. */
export interface UpdateReport {
  /** New jobs. */
  readonly added: number;
  /** Replaced jobs. */
  readonly changed: number;
  /** Removed jobs. */
  readonly removed: number;
  /** Jobs left alone. */
  readonly unchanged: number;
  /** Jobs without an interval, which were left out. */
  readonly leftOut: number;
  /** Invalid jobs, which were left out with a warning. */
  readonly refused: number;
}

/** The outcomes of running every job once. */
export interface RunAllReport {
  /** Runs that succeeded. */
  readonly ok: number;
  /** Runs that failed, timed out or were cancelled. */
  readonly failed: number;
  /** Runs that timed out. */
  readonly timedOut: number;
  /** Jobs that were not started. */
  readonly notRun: number;
}
