import type { CollectedResults } from "../delivery/collected_results.ts";
import type { Logger, LogLevel, LogSink } from "../util/log.ts";

/** Options for the constructor of {@linkcode Collector}. */
export interface CollectorOptions {
  /**
   * Receives what the collector and its jobs log, with the bot token redacted. Errors that it throws are ignored.
   *
   * @default writes to standard error
   */
  readonly logSink?: LogSink;
  /**
   * The least level that is logged. Records below it are not made: at "debug" each run costs a line, whatever the `logSink`
   * does with it.
   *
   * @default "debug" with a `logSink`, "warn" without
   */
  readonly logLevel?: LogLevel;
  /**
   * How many jobs may run at a time. Jobs whose last run failed after more than a second start after the others, and take
   * up a quarter of it at most, so that devices that do not answer do not delay those that do.
   *
   * @default 64
   */
  readonly maxConcurrentJobs?: number;
  /**
   * How values are delivered. With `"post"` fresh values are first sent by POST, and Grafolean stores them with its own
   * time; a value whose request had no clear outcome is repeated by PUT and may be stored twice, a moment apart. With
   * `"put"` every value is stored exactly once, with the bot's time, but Grafolean does not treat it as fresh. Both need
   * the permission `PUT accounts/N/values`.
   *
   * @default "post"
   */
  readonly delivery?: "post" | "put";
  /**
   * A file that holds the values waiting for delivery, so that they survive a restart. One bot per file. Needs
   * `node:sqlite`: Deno, or Node 22.13 and later. Without it, or if the file cannot be used, values wait in memory.
   */
  readonly outboxFile?: string;
  /**
   * A file that keeps the last device lists, so that a bot that restarts while Grafolean is away polls at once. It holds
   * the credentials of the devices in clear text, but not the bot token; only its owner can read it. One bot per file.
   *
   * @default none: a bot that starts while Grafolean is away waits for it
   */
  readonly devicesFile?: string;
  /** How many values may wait for delivery; beyond that the oldest are dropped. @default 1_000_000 */
  readonly maxWaitingValues?: number;
  /**
   * How much memory the waiting values may take up, in bytes, give or take a fifth; beyond that the oldest are dropped.
   *
   * @default 268_435_456
   */
  readonly maxWaitingBytes?: number;
  /** How long a value may wait for delivery, in whole seconds; then it is dropped. @default no limit */
  readonly maxWaitingAge?: number;
  /** How large the `outboxFile` may become, in bytes; beyond that the oldest values are dropped. @default 1_073_741_824 */
  readonly maxOutboxFileBytes?: number;
  /** Timeout of a request to Grafolean, in seconds; three times as long for requests that read. @default 10 */
  readonly requestTimeout?: number;
  /** How long the collector may take to stop, in seconds: to finish running jobs and send waiting values. @default 8 */
  readonly shutdownTimeout?: number;
  /** Reads the bot token again after Grafolean has refused it, as it may have been replaced. */
  readonly rereadToken?: () => Promise<string>;
  /**
   * The names or ids of the devices that {@linkcode Collector.fetchJobConfigs} yields; several devices of one name are all
   * chosen. Jobs that are not for a device are not affected. An unknown one fails `runOnce`, as does a choice that leaves
   * nothing to poll.
   *
   * @default all devices
   */
  readonly devices?: readonly string[];
  /** Makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch;
  /** Receives the values; nothing is sent to Grafolean. */
  readonly dryRun?: (results: CollectedResults) => void;
}

/** Options for {@linkcode Collector.execute} and {@linkcode Collector.runOnce}. */
export interface ExecuteOptions {
  /** Stops the collector cleanly when it aborts. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode Collector.onStart} gets. */
export interface StartContext {
  /**
   * How the bot runs: `"run"` until it is stopped, `"once"` every job once, `"dry-run"` every job once without sending
   * the values, `"explain"` to list the jobs only.
   */
  readonly mode: "run" | "once" | "dry-run" | "explain";
  /** Aborts when the bot is stopped. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** The log of the bot. */
  readonly log: Logger;
}
