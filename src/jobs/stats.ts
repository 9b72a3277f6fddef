import type { LatenessSummary } from "./lateness.ts";

/** How the scheduler is doing. */
export interface SchedulerStats {
  /** Jobs that are known. */
  readonly jobs: number;
  /** Runs under way. */
  readonly running: number;
  /** Runs that are due and wait for a place. */
  readonly waiting: number;
  /** Jobs whose last run has failed. */
  readonly failing: number;
  /** Runs that were given up and whose function has still not returned. */
  readonly abandoned: number;
  /** What came of the runs since the start. */
  readonly runs: {
    /** Runs that did their work. */
    readonly ok: number;
    /** Runs that failed, including those that timed out. */
    readonly failed: number;
    /** How often a job came due while it was running, or waiting for a place. */
    readonly skipped: number;
    /** Runs that took too long. */
    readonly timedOut: number;
  };
  /** How much later than their slots the last runs started, in seconds. */
  readonly lateness: LatenessSummary;
}

/** What one refresh of the jobs did. */
export interface UpdateReport {
  /** How many jobs are new. */
  readonly added: number;
  /** How many were replaced. */
  readonly changed: number;
  /** How many are gone. */
  readonly removed: number;
  /** How many stayed as they were. */
  readonly unchanged: number;
  /** How many are not valid, and were left out with a warning. */
  readonly refused: number;
}

/** What came of running every job once. */
export interface RunAllReport {
  /** Runs that did their work. */
  readonly ok: number;
  /** Runs that failed, including those that timed out. */
  readonly failed: number;
  /** Runs that took too long. */
  readonly timedOut: number;
  /** Jobs that were not started, because it was cut short. */
  readonly notRun: number;
}
