import type { LatenessSummary } from "../jobs/lateness.ts";
import type { RefreshStats } from "./job_refresher.ts";
import type { Clock } from "../util/clock.ts";
import type { LogSink } from "../util/log.ts";
import type { CollectedResults, ResultsStats } from "../delivery/results_desk.ts";

/** What a {@linkcode Collector} can be told besides where the backend is. */
export interface CollectorOptions {
  /**
   * Takes what the collector and its jobs have to say; the bot token is taken out of it before. What it throws is
   * ignored.
   *
   * @default warnings and errors are written to standard error
   */
  readonly logSink?: LogSink;
  /** How many jobs may run at the same time. @default 64 */
  readonly maxConcurrentJobs?: number;
  /**
   * How values are delivered. With `"post"` the first try of fresh values is a POST, and Grafolean gives them its own
   * time; a value whose try had no clear answer is repeated by PUT, so it can be there twice, a moment apart. With
   * `"put"` every value is there exactly once with the time of the bot, but Grafolean does not treat it as fresh. Both
   * need the permission `PUT accounts/N/values`.
   *
   * @default "post"
   */
  readonly delivery?: "post" | "put";
  /**
   * A file where values wait while the backend is away, so that they outlive the process. One bot per file. Needs
   * `node:sqlite`: Deno, or Node from 22.13. Without it, or where the file cannot be used, they wait in memory.
   */
  readonly outboxFile?: string;
  /** The most values that may wait; the oldest are dropped first. @default 1_000_000 */
  readonly maxWaitingValues?: number;
  /** The most bytes that may wait, about. @default 268_435_456 */
  readonly maxWaitingBytes?: number;
  /** How long one request to Grafolean may take, in seconds; requests that read may take three times as long. @default 10 */
  readonly requestTimeout?: number;
  /** How long the end may take: running jobs finish and waiting values are sent, in seconds. @default 8 */
  readonly shutdownTimeout?: number;
  /** Reads the bot token again after Grafolean has refused it; it may have been replaced. */
  readonly rereadToken?: () => Promise<string>;
  /** Makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch;
  /** Takes the values instead of Grafolean, to which nothing is sent then. */
  readonly dryRun?: (results: CollectedResults) => void;
  /** The clocks, for tests. @default the clocks of the runtime */
  readonly clock?: Clock;
}

/** How a collector is doing. All counts begin anew when it is started. */
export interface CollectorStats {
  /** The jobs. */
  readonly jobs: {
    /** How many are known. */
    readonly known: number;
    /** How many are running now. */
    readonly running: number;
    /** How many are due, and wait for a place among those that run. */
    readonly waiting: number;
    /** How many have failed at their last run. */
    readonly failing: number;
  };
  /** The runs of jobs. */
  readonly runs: {
    /** Those that did their work. */
    readonly ok: number;
    /** Those that failed, including those that took too long. */
    readonly failed: number;
    /** Slots that had no run of their own, because the job was still running or had to wait for a place. */
    readonly skipped: number;
    /** Those that took longer than their timeout. */
    readonly timedOut: number;
  };
  /** How much later than their slots the last runs have started, in seconds. */
  readonly lateness: LatenessSummary;
  /** The refreshes of the jobs. */
  readonly refresh: RefreshStats;
  /** The values. */
  readonly values: ResultsStats;
}

/** What came of running every job once. */
export interface RunOnceReport {
  /** Runs that did their work. */
  readonly ok: number;
  /** Runs that failed, including those that took too long. */
  readonly failed: number;
  /** Jobs that were not run, because it was cut short. */
  readonly notRun: number;
  /** Values that Grafolean has stored, or a dry run has taken. */
  readonly sent: number;
  /** Values that could not be taken or were refused. */
  readonly rejected: number;
  /** Values that could not be delivered in time. */
  readonly waiting: number;
}
