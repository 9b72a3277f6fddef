import type { Clock } from "../util/clock.ts";
import type { LogSink } from "../util/log.ts";
import type { CollectedResults } from "../delivery/results_desk.ts";

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
