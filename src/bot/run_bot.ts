import type { CollectorOptions } from "../collector/options.ts";
import type { BotClass, RunBotOptions } from "./create_bot.ts";

/**
 * Runs a bot as the main program: reads arguments and settings, waits for Grafolean, and runs the jobs until SIGINT
 * (Ctrl-C), SIGTERM, or SIGHUP where it has a terminal. Then running jobs finish and values are sent, within 8 s; another
 * signal after half a second quits at once. Nothing is to run after it: the process exits with 0 for success, 1 if something
 * failed, 2 if an option, a setting or the token is invalid, or 128 and the number of the signal that quit it. The last log
 * line says why.
 *
 * `--help` lists the arguments, and the settings, which come from the environment and from `.env`. Values, help and health
 * go to standard output, logs to standard error. On a terminal these are colored unless `NO_COLOR` is set, and a line below
 * them shows how far long work is. The bot keeps running when its log cannot be written, and after unhandled rejections and
 * exceptions of jobs, which are logged. The bot token is redacted in everything that the library prints, and `BOT_TOKEN` is
 * removed from the environment, so that child processes do not inherit it.
 *
 * Permissions on Deno: `--allow-net` (or the hosts of Grafolean and the devices); `--allow-env` (or the settings,
 * `NO_COLOR` and `TERM`) or `--allow-read=.env`, depending on where the settings are; to read `BOT_TOKEN_FROM_FILE`; to
 * read and write `OUTBOX_FILE`, and `DEVICES_FILE` and `HEALTH_FILE` with and without `.new` at the end. A setting that may
 * not be read counts as not set.
 *
 * @typeParam Options The options of the bot, if it has some of its own.
 * @param BotClass The class of the bot.
 * @param options Name and version of the bot, its own settings, and options of its collector.
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
export async function runBot<Options extends CollectorOptions = CollectorOptions>(
  BotClass: BotClass<Options>,
  options: RunBotOptions<Options> = {},
): Promise<void> {
  // Whoever needs only a collector, such as a test, does not wait for it.
  const { runProgram } = await import("./run_program.ts");
  // The program adds settings to the options of the bot, and takes none away.
  await runProgram(BotClass as unknown as BotClass, options);
}
