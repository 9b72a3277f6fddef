import type { ResultsStats } from "../delivery/results_stats.ts";
import type { LatenessSummary } from "../jobs/lateness.ts";
import type { Problem } from "../util/problem.ts";

/** The state of a {@linkcode Collector}. All counts start at 0 when it is started. */
export interface CollectorStats {
  /** The jobs. */
  readonly jobs: {
    /** How many jobs there are. */
    readonly known: number;
    /** How many are running. */
    readonly running: number;
    /** How many are due and wait: because of `maxConcurrentJobs`, or, if their last run failed slowly, for their turn. */
    readonly waiting: number;
    /** How many failed in their last run. */
    readonly failing: number;
  };
  /** The runs of jobs. */
  readonly runs: {
    /** Runs that succeeded. */
    readonly ok: number;
    /** Runs that failed, including those that timed out. */
    readonly failed: number;
    /** Slots without a run of their own, as the job was still running or waiting. */
    readonly skipped: number;
    /** Runs that timed out. */
    readonly timedOut: number;
  };
  /** How much later than their slots the last runs started, in seconds; without jobs whose run before failed slowly. */
  readonly lateness: LatenessSummary;
  /** The refreshes of the jobs. */
  readonly refresh: RefreshStats;
  /** The values. */
  readonly values: ResultsStats;
  /**
   * The problems that have not ended, with the bot token redacted: at most 100, first those of the whole bot, then those of
   * accounts (scope `account ID`), last those of single jobs (`job ID`).
   */
  readonly problems: readonly Problem[];
}

/** The state of the job refreshes. */
export interface RefreshStats {
  /**
   * Whether the last refresh succeeded; `false` too if its devices come from the
   * {@linkcode CollectorOptions.devicesFile}, and `null` before the first.
   */
  readonly ok: boolean | null;
  /** When the last refresh ended, in UNIX seconds; `null` before the first. */
  readonly at: number | null;
  /** Why the last refresh failed; `null` if it did not. */
  readonly error: string | null;
}

/** The outcome of {@linkcode Collector.runOnce}. */
export interface RunOnceReport {
  /** Jobs that succeeded. */
  readonly ok: number;
  /** Jobs that failed, including those that timed out. */
  readonly failed: number;
  /** Jobs that were not run, as the signal aborted before. */
  readonly notRun: number;
  /** Values that Grafolean has stored, those left by the previous run included, or that were passed to `dryRun`. */
  readonly sent: number;
  /** Values that were invalid or that Grafolean refused. */
  readonly refused: number;
  /** Values that were not delivered in time. */
  readonly waiting: number;
}

/** The stats of a collector that was never started. */
export const NO_STATS: CollectorStats = {
  jobs: { known: 0, running: 0, waiting: 0, failing: 0 },
  runs: { ok: 0, failed: 0, skipped: 0, timedOut: 0 },
  lateness: { p50: 0, p99: 0, max: 0 },
  refresh: { ok: null, at: null, error: null },
  values: {
    handedOver: 0,
    sent: 0,
    refused: 0,
    dropped: 0,
    waiting: 0,
    quarantined: 0,
    oldestAge: null,
    durable: false,
    place: "memory",
  },
  problems: [],
};
