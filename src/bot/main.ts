import type { Collector } from "../collector/collector.ts";
import type { CollectorOptions } from "../collector/options.ts";
import type { CollectedResults } from "../delivery/results_desk.ts";
import { waitForGrafolean } from "../grafolean/wait_for_grafolean.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { createLogger, filterSink, type Logger, type LogSink } from "../util/log.ts";
import { VERSION } from "../util/version.ts";
import { type BotConfig, loadConfig, loadVariables } from "./config.ts";
import { resultsAsJson, resultsAsTable } from "./dry_run_output.ts";
import { type BotFlags, helpText, parseFlags } from "./flags.ts";
import { readHealth } from "./health.ts";
import { HealthReporter } from "./health_reporter.ts";

/** The class of a bot: a {@linkcode Collector} with its `jobs()`. */
export type BotClass = new (
  backendUrl: string,
  botToken: string,
  jobsRefreshInterval?: number,
  options?: CollectorOptions,
) => Collector;

/** Options for {@linkcode runBot}. */
export interface RunBotOptions {
  /** The name of the bot in its help and logs. @default "bot" */
  readonly name?: string;
  /** The version of the bot. */
  readonly version?: string;
  /** Options of the collector that are not settings, such as `maxConcurrentJobs`. */
  readonly collector?: CollectorOptions;
}

/** What the program takes from its process, so that tests can stand in for it. */
interface BotIo {
  /** The arguments after the name of the program. */
  readonly args: readonly string[];
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Receives log records of every level. */
  readonly sink: LogSink;
  /** Aborts when the program should stop. */
  readonly stop: AbortSignal;
  /** Called with each token before it is used, so that output can redact it. */
  readonly onToken: (token: string) => void;
}

// How long a bot that runs only once waits for Grafolean, as somebody is waiting for the bot.
const WAIT_TIMEOUT_S = 60;

/**
 * Runs the program of a bot.
 *
 * @returns The exit code.
 */
export async function botMain(
  BotClass: BotClass,
  options: RunBotOptions,
  io: BotIo,
): Promise<number> {
  const { args, print, sink, stop } = io;
  const log = createLogger(sink);
  let once = false;
  try {
    const { name = "bot", version } = options;
    const flags = parseFlags(args);
    if (flags.help) {
      print(helpText(name));
      return 0;
    }
    if (flags.version) {
      print(fullName(name, version));
      return 0;
    }
    if (flags.health) return await printHealth(io);
    once = flags.once || flags.dryRun;
    if (once) return await collectOnce(BotClass, options, flags, io);
    return await collect(BotClass, options, io);
  } catch (error) {
    if (stop.aborted && error === stop.reason) {
      // Stopped during the start, which is a failure only for a bot that should run once.
      return once ? 1 : 0;
    }
    if (error instanceof ConfigError) {
      for (const problem of error.problems) log.error(problem);
      return 2;
    }
    log.error(describeError(error));
    // An unknown token is an invalid setting too.
    return error instanceof GrafoleanError && error.status === 401 ? 2 : 1;
  }
}

async function collect(
  BotClass: BotClass,
  options: RunBotOptions,
  io: BotIo,
): Promise<number> {
  const { HEALTH_FILE: file } = await loadVariables(["HEALTH_FILE"], { env: io.env });
  const health = file === undefined ? undefined : new HealthReporter({
    file,
    name: options.name ?? "bot",
    log: createLogger(io.sink),
  });
  // Not `await using`: Node 20 does not support it.
  try {
    const { config, logSink, log } = await prepare(options, {
      ...io,
      sink: (record) => {
        health?.onRecord(record);
        io.sink(record);
      },
    });
    const { backendUrl, botToken, jobsRefreshInterval } = config;
    const bot = new BotClass(backendUrl, botToken, jobsRefreshInterval, {
      ...collectorOptions(config, options.collector, io),
      logSink,
    });
    health?.onCollecting({ jobsRefreshInterval, stats: () => bot.stats() });
    await bot.execute({ signal: io.stop });
    const { sent, refused, waiting } = bot.stats().values;
    log.info(`Stopped: ${summary("value", { sent, refused, "not delivered": waiting })}`);
    return 0;
  } finally {
    await health?.[Symbol.asyncDispose]();
  }
}

async function collectOnce(
  BotClass: BotClass,
  options: RunBotOptions,
  flags: BotFlags,
  io: BotIo,
): Promise<number> {
  const { print, stop } = io;
  const { config, logSink, log } = await prepare(options, io, WAIT_TIMEOUT_S);
  const collected: CollectedResults[] = [];
  const bot = new BotClass(config.backendUrl, config.botToken, config.jobsRefreshInterval, {
    ...collectorOptions(config, options.collector, io),
    logSink,
    ...(flags.dryRun && {
      dryRun: (results: CollectedResults) => {
        if (flags.json) resultsAsJson(results).forEach((line) => print(line));
        else collected.push(results);
      },
    }),
  });
  const report = await bot.runOnce({ signal: stop });
  if (flags.dryRun && !flags.json) resultsAsTable(collected).forEach((line) => print(line));
  const { ok, failed, notRun, sent, refused, waiting } = report;
  const jobs = summary("job", { ok, failed, "not run": notRun });
  const values = summary("value", {
    [flags.dryRun ? "collected" : "sent"]: sent,
    refused,
    "not delivered": waiting,
  });
  log.info(`${jobs}; ${values}`);
  return failed > 0 || notRun > 0 || waiting > 0 ? 1 : 0;
}

interface Prepared {
  readonly config: BotConfig;
  /** Receives every record, and passes on those of `LOG_LEVEL` and above. */
  readonly logSink: LogSink;
  readonly log: Logger;
}

/**
 * Reads the settings and waits for Grafolean.
 *
 * @param deadline How long to wait for Grafolean, in seconds. @default forever
 */
async function prepare(
  { name = "bot", version, collector }: RunBotOptions,
  { env, sink, stop, onToken }: Pick<BotIo, "env" | "sink" | "stop" | "onToken">,
  deadline?: number,
): Promise<Prepared> {
  const config = await loadConfig({ env, signal: stop, log: createLogger(sink) });
  onToken(config.botToken);
  const logSink = filterSink(sink, config.logLevel);
  const log = createLogger(logSink);
  log.info(`Starting ${fullName(name, version)} with backend ${config.backendUrl}`);
  stop.addEventListener("abort", () => {
    log.info("Stopping: finishing jobs and sending queued values (Ctrl-C again to quit now)");
  }, { once: true });
  await waitForGrafolean(config.backendUrl, {
    signal: stop,
    log,
    deadline,
    fetch: collector?.fetch,
  });
  return { config, logSink, log };
}

function fullName(name: string, version: string | undefined): string {
  return `${name}${version === undefined ? "" : ` ${version}`} (@grafolean/collector ${VERSION})`;
}

/** Lists counts without zeros, such as `2 jobs ok, 1 failed`. */
function summary(unit: string, counts: Readonly<Record<string, number>>): string {
  const [first, ...others] = Object.entries(counts).filter(([, count]) => count > 0);
  if (first === undefined) return `no ${unit}s`;
  const [what, count] = first;
  return [`${count} ${unit}${count === 1 ? "" : "s"} ${what}`]
    .concat(others.map(([what, count]) => `${count} ${what}`)).join(", ");
}

async function printHealth({ env, print }: BotIo): Promise<number> {
  const { HEALTH_FILE: file } = await loadVariables(["HEALTH_FILE"], { env });
  if (file === undefined) {
    throw new ConfigError([
      "HEALTH_FILE is not set: --health needs the HEALTH_FILE of the running bot",
    ]);
  }
  const { ok, line } = await readHealth(file);
  print(line);
  return ok ? 0 : 1;
}

function collectorOptions(
  { outboxFile, rereadToken }: BotConfig,
  more: CollectorOptions | undefined,
  { onToken }: Pick<BotIo, "onToken">,
): CollectorOptions {
  return {
    ...more,
    ...(outboxFile === undefined ? {} : { outboxFile }),
    ...(rereadToken && {
      rereadToken: async () => {
        const token = await rereadToken();
        onToken(token.trim());
        return token;
      },
    }),
  };
}
