import type { Collector } from "../collector/collector.ts";
import type { SettingsTable } from "../toolkit/settings.ts";
import type { Logger } from "../util/log.ts";
import type { Problem } from "../util/problem.ts";
import type { HealthStatus } from "./health.ts";

/** What shows the status of a running bot to others: the result of `statusPort()` of `@grafolean/collector/status`. */
export interface StatusPort {
  /** Its settings, which `--help` lists. */
  readonly settings: SettingsTable;
  /**
   * Called when the bot starts, before it waits for its token or for Grafolean.
   *
   * @returns Disposed of when the bot has stopped.
   * @throws {ConfigError} If a setting is invalid, or the bot has no permission for the port.
   */
  open(bot: RunningBot): Promise<AsyncDisposable>;
  /**
   * Asks a bot that runs with the same settings, in another process, whether it is healthy.
   *
   * @param env The environment variables.
   * @param name The name of the bot.
   * @returns Its status; `undefined` if the settings say that nothing is shown.
   * @throws {ConfigError} If a setting is invalid.
   */
  readHealth(env: RunningBot["env"], name: string): Promise<HealthStatus | undefined>;
}

/** A running bot, for those who show its status. */
export interface RunningBot {
  /** The name of the bot. */
  readonly name: string;
  /** Its version, if it has one. */
  readonly version: string | undefined;
  /** When it was started, in UNIX seconds. */
  readonly startedAt: number;
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The log. */
  readonly log: Logger;
  /** Hides the bot token in a text. */
  readonly redact: (text: string) => string;
  /** Its collector; `undefined` while it waits for its token or for Grafolean. */
  readonly collector: Collector | undefined;
  /** Calls a function with the collector before that starts, or at once if there is one: so nothing that happens is missed. */
  onCollector(use: (collector: Collector) => void): void;
  /** All problems that have not ended, with the bot token redacted; while it has no collector, what it waits for. */
  problems(): Iterable<Problem>;
  /** Whether it is healthy now. */
  health(): BotHealth;
}

/** Whether a bot is healthy now. */
export interface BotHealth extends HealthStatus {
  /** Whether it waits for its token or for Grafolean, or collects. */
  readonly state: "waiting" | "collecting";
  /** Since when `ok` is what it is, in UNIX seconds. */
  readonly since: number;
}
