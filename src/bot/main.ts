import { type BotFlags, helpText, parseFlags } from "./flags.ts";
import type { Collector } from "../collector/collector.ts";
import type { CollectorOptions } from "../collector/options.ts";
import { type BotConfig, loadConfig, loadVariables } from "./config.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { describeError } from "../util/describe_error.ts";
import { waitForGrafolean } from "../grafolean/wait_for_grafolean.ts";
import { HealthReporter } from "./health_reporter.ts";
import { readHealth } from "./read_health.ts";
import { createLogger, filterSink, type Logger, type LogSink } from "../util/log.ts";
import type { CollectedResults } from "../delivery/results_desk.ts";
import { resultsAsJson, resultsAsTable } from "./dry_run_output.ts";
import { VERSION } from "../util/version.ts";

/** A class of bots: {@linkcode Collector} with its `jobs()`. */
export type BotClass = new (
  backendUrl: string,
  botToken: string,
  jobsRefreshInterval?: number,
  options?: CollectorOptions,
) => Collector;

/** What {@linkcode runBot} can be told. */
export interface RunBotOptions {
  /** The name of the bot in its help. @default "bot" */
  readonly name?: string;
  /** The version of the bot. */
  readonly version?: string;
  /** Settings of the collector that do not come from the environment, such as `maxConcurrentJobs`. */
  readonly collector?: CollectorOptions;
}

/** The world around a main program, so that it can be tested. */
export interface BotWorld {
  /** The arguments after the name of the program. */
  readonly args: readonly string[];
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Takes log records of every level. */
  readonly sink: LogSink;
  /** Aborts when the program is told to end. */
  readonly stop: AbortSignal;
  /** Is told each token of the bot before it is used: from now on nobody may come to see it. */
  readonly onToken: (token: string) => void;
}

// Whoever wants a bot to do something once waits for it: when Grafolean is not there for so many seconds, it has failed.
const PATIENCE = 60;

/**
 * Does what the arguments say.
 *
 * @returns The exit code.
 */
export async function botMain(
  BotClass: BotClass,
  options: RunBotOptions,
  world: BotWorld,
): Promise<number> {
  const { args, print, sink, stop } = world;
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
    if (flags.health) return await tellHealth(world);
    once = flags.once || flags.dryRun;
    if (once) return await collectOnce(BotClass, options, flags, world);
    return await collect(BotClass, options, world);
  } catch (error) {
    if (stop.aborted && error === stop.reason) {
      // Before there was anything to do: fine for a bot that was to run until then.
      return once ? 1 : 0;
    }
    if (error instanceof ConfigError) {
      for (const problem of error.problems) log.error(problem);
      return 2;
    }
    log.error(describeError(error));
    // Grafolean does not know the token: a wrong setting as well.
    return error instanceof GrafoleanError && error.status === 401 ? 2 : 1;
  }
}

async function collect(
  BotClass: BotClass,
  options: RunBotOptions,
  world: BotWorld,
): Promise<number> {
  const { HEALTH_FILE: file } = await loadVariables(["HEALTH_FILE"], { env: world.env });
  const health = file === undefined ? undefined : new HealthReporter({
    file,
    name: options.name ?? "bot",
    log: createLogger(world.sink),
  });
  // Not `await using`: Node 20 does not know it.
  try {
    return await collectReporting(health, BotClass, options, world);
  } finally {
    await health?.[Symbol.asyncDispose]();
  }
}

async function collectReporting(
  health: HealthReporter | undefined,
  BotClass: BotClass,
  options: RunBotOptions,
  world: BotWorld,
): Promise<number> {
  const { config, logSink, log } = await prepare(options, {
    ...world,
    sink: (record) => {
      health?.hear(record);
      world.sink(record);
    },
  });
  const bot = new BotClass(config.backendUrl, config.botToken, config.jobsRefreshInterval, {
    ...collectorOptions(config, options.collector, world),
    logSink,
  });
  const { jobsRefreshInterval } = config;
  health?.collecting({ jobsRefreshInterval, stats: () => bot.stats() });
  await bot.execute({ signal: world.stop });
  const { sent, rejected, waiting } = bot.stats().values;
  log.info(`Ended: ${sent} values sent, ${rejected} refused, ${waiting} not delivered`);
  return 0;
}

async function collectOnce(
  BotClass: BotClass,
  options: RunBotOptions,
  flags: BotFlags,
  world: BotWorld,
): Promise<number> {
  const { print, stop } = world;
  const { config, logSink, log } = await prepare(options, world, PATIENCE);
  const collected: CollectedResults[] = [];
  const bot = new BotClass(config.backendUrl, config.botToken, config.jobsRefreshInterval, {
    ...collectorOptions(config, options.collector, world),
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
  const { ok, failed, notRun, sent, rejected, waiting } = report;
  log.info(
    `${ok + failed} jobs ran, ${failed} of them failed, ${notRun} were not run; ${sent} values ${
      flags.dryRun ? "collected" : "sent"
    }, ${rejected} refused, ${waiting} not delivered`,
  );
  return failed > 0 || notRun > 0 || waiting > 0 ? 1 : 0;
}

interface Prepared {
  readonly config: BotConfig;
  /** Passes on what the settings want to be logged. */
  readonly logSink: LogSink;
  readonly log: Logger;
}

/**
 * Reads the settings and waits for Grafolean.
 *
 * @param deadline How long to wait, in seconds.
 */
async function prepare(
  { name = "bot", version, collector }: RunBotOptions,
  { env, sink, stop, onToken }: Pick<BotWorld, "env" | "sink" | "stop" | "onToken">,
  deadline?: number,
): Promise<Prepared> {
  const config = await loadConfig({ env, signal: stop, log: createLogger(sink) });
  onToken(config.botToken);
  const logSink = filterSink(sink, config.logLevel);
  const log = createLogger(logSink);
  log.info(`${fullName(name, version)} starts, for ${config.backendUrl}`);
  stop.addEventListener("abort", () => {
    log.info(
      "Ending: running jobs may finish and waiting values are sent; a second signal ends at once",
    );
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

async function tellHealth({ env, print }: BotWorld): Promise<number> {
  const { HEALTH_FILE: file } = await loadVariables(["HEALTH_FILE"], { env });
  if (file === undefined) {
    throw new ConfigError(["HEALTH_FILE is not set: expected the path of the file for --health"]);
  }
  const { ok, line } = await readHealth(file);
  print(line);
  return ok ? 0 : 1;
}

function collectorOptions(
  { outboxFile, rereadToken }: BotConfig,
  more: CollectorOptions | undefined,
  { onToken }: Pick<BotWorld, "onToken">,
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
