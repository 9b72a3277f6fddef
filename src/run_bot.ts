/**
 * The main program of a bot.
 *
 * @module
 */

// A main program talks to people on standard output and standard error.
// deno-lint-ignore-file no-console

import process from "node:process";
import { type BotFlags, helpText, parseFlags } from "./bot_flags.ts";
import type { Collector } from "./collector.ts";
import type { CollectorOptions } from "./collector_options.ts";
import { type BotConfig, loadConfig, loadVariables } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { consoleSink } from "./console_sink.ts";
import { describeError } from "./describe_error.ts";
import { GrafoleanError } from "./grafolean/grafolean_error.ts";
import { waitForGrafolean } from "./grafolean/wait_for_grafolean.ts";
import { HealthReporter } from "./health/health_reporter.ts";
import { readHealth } from "./health/read_health.ts";
import { createLogger, filterSink, type LogSink } from "./log.ts";
import type { CollectedResults } from "./results/results_desk.ts";
import { resultsAsJson, resultsAsTable } from "./results/results_printer.ts";
import { VERSION } from "./version.ts";

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
}

/**
 * Runs a bot as a program: reads its settings and arguments, waits for Grafolean, and lets it collect until it is told to
 * end by SIGINT (Ctrl-C) or SIGTERM. A second signal ends it at once. Never returns: it ends the process with 0, with 1
 * when something failed, or with 2 when a setting is wrong.
 *
 * Arguments: `--once` runs every job once and sends the values; `--dry-run` runs every job once and prints them, with
 * `--json` as JSON lines; `--health` tells how the bot is that runs with the same `HEALTH_FILE`, and ends with 1 when
 * something is wrong with it; `--help`; `--version`. Settings: see {@linkcode loadConfig}.
 *
 * On Deno it needs `--allow-net`, `--allow-env` for the settings and `NO_COLOR`, and `--allow-read=.env`; with an
 * `OUTBOX_FILE`, `HEALTH_FILE` or `BOT_TOKEN_FROM_FILE` also the permissions for these files.
 *
 * @param BotClass The class of the bot.
 *
 * @example
 * ```ts ignore
 * import { Collector, runBot } from "@grafolean/collector";
 *
 * class MyBot extends Collector {
 *   override jobs() {
 *     return [];
 *   }
 * }
 *
 * await runBot(MyBot, { name: "mybot", version: "1.0.0" });
 * ```
 */
export async function runBot(BotClass: BotClass, options: RunBotOptions = {}): Promise<void> {
  const stop = new AbortController();
  const end = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  const code = await botMain(BotClass, options, {
    args: process.argv.slice(2),
    env: process.env,
    print: (line) => console.log(line),
    sink: consoleSink({ color: process.stderr.isTTY === true && !wantsNoColor() }),
    stop: stop.signal,
  });
  // A job that never returns must not keep the process from ending.
  process.exit(code);
}

/**
 * The main program of a bot, without the process around it.
 *
 * @returns The exit code.
 */
export async function botMain(
  BotClass: BotClass,
  options: RunBotOptions,
  world: BotWorld,
): Promise<number> {
  try {
    const { name = "bot", version } = options;
    const flags = parseFlags(world.args);
    if (flags.help) {
      world.print(helpText(name));
      return 0;
    }
    if (flags.version) {
      world.print(
        `${version === undefined ? name : `${name} ${version}`} (@grafolean/collector ${VERSION})`,
      );
      return 0;
    }
    if (flags.health) return await tellHealth(world);
    if (flags.once || flags.dryRun) return await collectOnce(BotClass, options, flags, world);
    return await collect(BotClass, options, world);
  } catch (error) {
    if (world.stop.aborted) return 0;
    const log = createLogger(world.sink);
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
  await using health = file === undefined ? undefined : new HealthReporter({
    file,
    name: options.name ?? "bot",
    log: createLogger(world.sink),
  });
  const { config, logSink, log } = await prepare({
    ...world,
    sink: (record) => {
      health?.hear(record);
      world.sink(record);
    },
  });
  const bot = new BotClass(config.backendUrl, config.botToken, config.jobsRefreshInterval, {
    ...collectorOptions(config, options.collector),
    logSink,
  });
  const { jobsRefreshInterval } = config;
  health?.collecting({ jobsRefreshInterval, stats: () => bot.stats() });
  log.info(`collecting for ${config.backendUrl}`);
  await bot.execute({ signal: world.stop });
  const { sent, rejected } = bot.stats().values;
  log.info(`ended: ${sent} values were sent, ${rejected} were not taken`);
  return 0;
}

async function collectOnce(
  BotClass: BotClass,
  options: RunBotOptions,
  flags: BotFlags,
  world: BotWorld,
): Promise<number> {
  const { print, stop } = world;
  const { config, logSink, log } = await prepare(world);
  const collected: CollectedResults[] = [];
  const bot = new BotClass(config.backendUrl, config.botToken, config.jobsRefreshInterval, {
    ...collectorOptions(config, options.collector),
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
    `${ok} jobs ran, ${failed} failed, ${notRun} were not run; ` +
      `${sent} values ${
        flags.dryRun ? "collected" : "sent"
      }, ${rejected} not taken, ${waiting} not delivered`,
  );
  return failed > 0 || notRun > 0 || waiting > 0 ? 1 : 0;
}

/** Reads the settings and waits for Grafolean. */
async function prepare({ env, sink, stop }: Pick<BotWorld, "env" | "sink" | "stop">) {
  const config = await loadConfig({ env, signal: stop, log: createLogger(sink) });
  const logSink = filterSink(sink, config.logLevel);
  const log = createLogger(logSink);
  await waitForGrafolean(config.backendUrl, { signal: stop, log });
  return { config, logSink, log };
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

function collectorOptions(config: BotConfig, more: CollectorOptions | undefined): CollectorOptions {
  const { outboxFile, rereadToken } = config;
  return {
    ...more,
    ...(outboxFile === undefined ? {} : { outboxFile }),
    ...(rereadToken === undefined ? {} : { rereadToken }),
  };
}

function wantsNoColor(): boolean {
  try {
    return Boolean(process.env["NO_COLOR"]);
  } catch {
    return true; // Deno did not let us look.
  }
}
