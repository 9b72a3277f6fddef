import { stat } from "node:fs/promises";
import { type Collector, setProgress } from "../collector/collector.ts";
import type { CollectorOptions } from "../collector/options.ts";
import type { CollectedResults } from "../delivery/collected_results.ts";
import { checkBackendUrl, waitForGrafolean } from "../grafolean/wait_for_grafolean.ts";
import type { SettingsTable } from "../toolkit/settings.ts";
import { createLogger, type LogLevel, type LogSink } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { ShowProgress } from "../util/progress.ts";
import { VERSION } from "../util/version.ts";
import type { BotFlags } from "./flags.ts";
import type { BotSettings } from "./settings.ts";
import type { StatusPort } from "./status_port.ts";
import { readTokenFile, waitForTokenFile } from "./token_file.ts";

/** The class of a bot: a {@linkcode Collector} with its `jobs()`. */
export type BotClass<Options extends CollectorOptions = CollectorOptions> = new (
  backendUrl: string,
  botToken: string,
  jobsRefreshInterval?: number,
  options?: Options,
) => Collector<Options>;

/** Options for {@linkcode runBot}. */
export interface RunBotOptions<Options extends CollectorOptions = CollectorOptions> {
  /** The name of the bot in its help and logs. @default "bot" */
  readonly name?: string;
  /** The version of the bot. */
  readonly version?: string;
  /**
   * What the bot does, in a sentence for `--help`.
   *
   * @default "Collects values of the devices configured in Grafolean, and sends them until stopped."
   */
  readonly about?: string;
  /**
   * The bot's own settings: `--help` lists them, and the bot does not start if one of them is invalid. The bot reads them
   * itself, by `loadSettings` of `./toolkit`.
   */
  readonly settings?: SettingsTable;
  /**
   * Shows the status of the bot on a port: `statusPort()` of `@grafolean/collector/status`.
   *
   * @default none
   */
  readonly status?: StatusPort;
  /** Options of the collector that are not settings, such as `maxConcurrentJobs`, and the bot's own. */
  readonly collector?: Options;
}

/** What the program takes from its process, so that tests can stand in for it. */
export interface BotIo {
  /** The arguments after the name of the program. */
  readonly args: readonly string[];
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Receives log records of every level. */
  readonly sink: LogSink;
  /** Shows the progress of long work. @default the log */
  readonly progress?: ShowProgress;
  /** Aborts when the program should stop. */
  readonly stop: AbortSignal;
  /** Called with each token before it is used, so that output can redact it. */
  readonly onToken: (token: string) => void;
  /** Redacts these tokens in a text. */
  readonly redact: (text: string) => string;
}

/** Everything that a run of a bot depends on. */
export interface Program {
  /** The class of the bot. */
  readonly BotClass: BotClass;
  /** The options of {@linkcode runBot}. */
  readonly options: RunBotOptions;
  /** The arguments. */
  readonly flags: BotFlags;
  /** The settings. */
  readonly settings: BotSettings;
  /** The process. */
  readonly io: BotIo;
}

interface CreateBotOptions {
  /** Receives what the bot logs. */
  readonly logSink: LogSink;
  /** The least level that is logged. */
  readonly logLevel: LogLevel;
  /** Logs what the bot waits for. */
  readonly problems: ProblemLog;
  /** How long to wait for the token and for Grafolean, in seconds. @default forever */
  readonly deadline?: number;
  /** Receives the values instead of Grafolean. */
  readonly dryRun?: (results: CollectedResults) => void;
}

/** Creates a bot as soon as its token is known and Grafolean is ready. */
export async function createBot(
  { BotClass, options, flags, settings, io }: Program,
  { logSink, logLevel, problems, deadline, dryRun }: CreateBotOptions,
): Promise<Collector> {
  const { name = "bot", version, collector } = options;
  const { backendUrl, botTokenFile, jobsRefreshInterval, outboxFile } = settings;
  const { devicesFile = collector?.devicesFile } = settings;
  const { stop, onToken } = io;
  const botToken = settings.botToken ??
    await waitForTokenFile(botTokenFile!, {
      signal: stop,
      problems,
      deadline,
      // Names a wrong URL or a missing permission while somebody is watching.
      beforeWait: () => checkBackendUrl(backendUrl, { signal: stop, fetch: collector?.fetch }),
    });
  onToken(botToken);
  const log = createLogger(logSink, { level: logLevel });
  log.info(`Starting ${fullName(name, version)} with backend ${backendUrl}`);
  stop.addEventListener("abort", () => {
    log.info("Stopping: finishing jobs and sending queued values (Ctrl-C again to quit now)");
  }, { once: true });
  // A bot that knows its devices polls them at once. Not access(), which needs more permissions.
  const hasDevices = devicesFile !== undefined &&
    await stat(devicesFile).then(() => true, () => false);
  if (deadline !== undefined || !hasDevices) {
    await waitForGrafolean(backendUrl, {
      problems,
      signal: stop,
      deadline,
      fetch: collector?.fetch,
    });
  }
  const bot = new BotClass(backendUrl, botToken, jobsRefreshInterval, {
    ...collector,
    logSink,
    logLevel,
    ...(dryRun && { dryRun }),
    ...(flags.devices.length > 0 && { devices: flags.devices }),
    ...(outboxFile !== undefined && { outboxFile }),
    ...(devicesFile !== undefined && { devicesFile }),
    ...(botTokenFile !== undefined && {
      rereadToken: async () => {
        const token = await readTokenFile(botTokenFile);
        onToken(token);
        return token;
      },
    }),
  });
  if (io.progress !== undefined) setProgress(bot, io.progress);
  return bot;
}

/** Returns the name of a bot with the versions of bot and library. */
export function fullName(name: string, version: string | undefined): string {
  return `${name}${version === undefined ? "" : ` ${version}`} (@grafolean/collector ${VERSION})`;
}
