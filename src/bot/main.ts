import { explainBot } from "../collector/collector.ts";
import type { CollectedResults } from "../delivery/collected_results.ts";
import { loadSettings, type SettingsTable } from "../toolkit/settings.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { escapeControls } from "../util/escape_controls.ts";
import { createLogger } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";
import {
  type BotClass,
  type BotIo,
  createBot,
  fullName,
  type Program,
  type RunBotOptions,
} from "./create_bot.ts";
import { helpText, parseFlags } from "./flags.ts";
import { LiveBot } from "./live_bot.ts";
import { endRun, endRunOnce } from "./outcome.ts";
import { loadBotSettings, SETTINGS } from "./settings.ts";

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
  const { args, env, print, sink, stop } = io;
  const { name = "bot", version, about, status } = options;
  const own = joinTables(status?.settings, options.settings);
  const log = createLogger(sink);
  let once = false;
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      print(helpText(name, own, about));
      return 0;
    }
    if (flags.version) {
      print(fullName(name, version));
      return 0;
    }
    if (flags.health) return await printHealth(options, io);
    once = flags.once || flags.dryRun || flags.explain;
    const settings = await loadBotSettings({ env }, own);
    const run = flags.explain ? explain : once ? collectOnce : collect;
    return await run({ BotClass, options, flags, settings, io });
  } catch (error) {
    if (stop.aborted && error === stop.reason) {
      // A failure only for a bot that should run once.
      if (once) log.error("Stopped before the jobs could run");
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

/** Joins tables whose keys may be the same. */
function joinTables(...tables: readonly (SettingsTable | undefined)[]): SettingsTable {
  const all = tables.flatMap((table = {}) => Object.values(table));
  return Object.fromEntries(all.map((setting) => [setting.name, setting]));
}

async function collect(program: Program): Promise<number> {
  const { options: { name = "bot", version, status }, settings, io } = program;
  const { healthFile: file, jobsRefreshInterval, logLevel } = settings;
  const { sink, stop, env, redact } = io;
  const log = createLogger(sink, { level: logLevel });
  const problems = new ProblemLog(log);
  const live = new LiveBot({ name, version, env, log, redact, jobsRefreshInterval, problems });
  const opened: AsyncDisposable[] = [];
  // Not `await using`: Node 20 does not support it.
  try {
    if (status !== undefined) opened.push(await status.open(live));
    else if (await isSet("HEALTH_PORT", env)) {
      log.warn(
        "HEALTH_PORT has no effect, as main.ts does not use it: add `status: statusPort()` of @grafolean/collector/status to runBot()",
      );
    }
    if (file !== undefined) {
      const { HealthReporter } = await import("./health_reporter.ts");
      opened.push(new HealthReporter({ file, bot: live, problems }));
    }
    const bot = await createBot(program, { logSink: sink, logLevel, problems });
    live.setCollector(bot);
    await bot.execute({ signal: stop });
    return endRun(bot.stats().values, log);
  } finally {
    live[Symbol.dispose]();
    for (const each of opened) await each[Symbol.asyncDispose]();
  }
}

async function isSet(name: string, env: BotIo["env"]): Promise<boolean> {
  const { value } = await loadSettings({ value: { name, about: "", parse: String } }, { env });
  return value !== undefined;
}

async function collectOnce(program: Program): Promise<number> {
  const { flags, settings, io: { print, sink, stop } } = program;
  const { logLevel } = settings;
  const log = createLogger(sink, { level: logLevel });
  const { resultsAsJson, resultsAsTable } = await import("./dry_run_output.ts");
  const collected: CollectedResults[] = [];
  const dryRun = (results: CollectedResults): void => {
    if (flags.json) resultsAsJson(results).forEach((line) => print(line));
    else collected.push(results);
  };
  const bot = await createBot(program, {
    logSink: sink,
    logLevel,
    problems: new ProblemLog(log),
    deadline: WAIT_TIMEOUT_S,
    ...(flags.dryRun && { dryRun }),
  });
  const report = await bot.runOnce({ signal: stop });
  if (flags.dryRun && !flags.json) resultsAsTable(collected).forEach((line) => print(line));
  return endRunOnce(report, bot.stats().values, flags.dryRun, log);
}

/** Prints why devices are polled or not. The bot may be running meanwhile: what that has open is left alone. */
async function explain(program: Program): Promise<number> {
  const { flags, settings, io: { print, sink, stop } } = program;
  // What is wrong is part of the output.
  const logLevel = settings.logLevel === "debug" ? "debug" : "error";
  const bot = await createBot(program, {
    logSink: sink,
    logLevel,
    problems: new ProblemLog(createLogger(sink, { level: "warn" })),
    deadline: WAIT_TIMEOUT_S,
    dryRun: () => {},
  });
  const explanation = await explainBot(bot, { signal: stop });
  const { explanationAsJson, explanationAsText } = await import("./explain_output.ts");
  const lines = flags.json
    ? explanationAsJson(explanation)
    : explanationAsText(explanation, { isChosen: flags.devices.length > 0 }).map(escapeControls);
  for (const line of lines) print(line);
  const { unknownDevices } = explanation;
  if (unknownDevices.length > 0) throw new ConfigError(unknownDevices);
  return 0;
}

async function printHealth(
  { name = "bot", status }: RunBotOptions,
  { env, print }: BotIo,
): Promise<number> {
  const { healthFile } = await loadSettings({ healthFile: SETTINGS.healthFile }, { env });
  const { readHealth } = await import("./health.ts");
  const health = healthFile === undefined
    ? await status?.readHealth(env, name)
    : await readHealth(healthFile);
  if (health === undefined) {
    throw new ConfigError([
      status === undefined
        ? "HEALTH_FILE is not set: --health needs the HEALTH_FILE of the running bot"
        : "Neither HEALTH_FILE nor HEALTH_PORT is set: --health needs one of those of the running bot",
    ]);
  }
  print(escapeControls(health.line));
  return health.ok ? 0 : 1;
}
