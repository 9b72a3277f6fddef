// A main program writes to standard output.
// deno-lint-ignore-file no-console

import process from "node:process";
import type { CollectorOptions } from "../collector/options.ts";
import { redact } from "../grafolean/redact.ts";
import { consoleSink, wantsColor } from "../util/console_sink.ts";
import { describeError } from "../util/describe_error.ts";
import { createLogger, neverThrowing, redactingSink } from "../util/log.ts";
import type { BotClass, RunBotOptions } from "./create_bot.ts";
import { botMain } from "./main.ts";
import { stopOnSignals } from "./stop_signals.ts";

/**
 * Runs a bot as the main program: reads arguments and settings, waits for Grafolean, and runs the jobs until SIGINT
 * (Ctrl-C), SIGTERM, or SIGHUP where it has a terminal. Then running jobs finish and values are sent, within 8 s; another
 * signal after half a second quits at once. Never returns: it exits with 0 for success, 1 if something failed, 2 if an
 * option, a setting or the token is invalid, or 128 and the number of the signal that quit it. The last log line says why.
 *
 * `--help` lists the arguments, and the settings, which come from the environment and from `.env`. Values, help and health
 * go to standard output, logs to standard error, colored on a terminal unless `NO_COLOR` is set. The bot keeps running when
 * its log cannot be written, and after unhandled rejections and exceptions of jobs, which are logged. The bot token is
 * redacted in everything that the library prints, and `BOT_TOKEN` is removed from the environment, so that child processes
 * do not inherit it.
 *
 * Permissions on Deno: `--allow-net` (or the hosts of Grafolean and the devices); `--allow-env` (or the settings and
 * `NO_COLOR`) or `--allow-read=.env`, depending on where the settings are; to read `BOT_TOKEN_FROM_FILE`; to read and
 * write `OUTBOX_FILE`, and `DEVICES_FILE` and `HEALTH_FILE` with and without `.new` at the end. A setting that may not be
 * read counts as not set.
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
  const tokens = new Set<string>();
  const redactTokens = (text: string): string => redact(text, tokens);
  const write = options.collector?.logSink ?? consoleSink({ color: wantsColor() });
  // The disk may be full, or the terminal gone.
  const sink = neverThrowing(redactingSink(write, redactTokens));
  process.stderr.on("error", () => {});
  const log = createLogger(sink);
  const output: { error?: Error } = {};
  const onOutputError = (error: Error & { readonly code?: unknown }): void => {
    // A program that has read enough, such as `head`, is no error.
    if (error.code !== "EPIPE") output.error ??= error;
  };
  // Where Deno throws, Node reports the error to the stream, a moment later.
  process.stdout.on("error", onOutputError);
  const stop = new AbortController();
  stopOnSignals(stop, log);
  const logUnhandled = (what: string) => (error: unknown): void => {
    const advice = "the bot keeps running, but a job should await everything it starts";
    log.error(`${what}: ${describeError(error)}; ${advice}`);
  };
  process.on("unhandledRejection", logUnhandled("Unhandled rejection"));
  process.on("uncaughtException", logUnhandled("Uncaught exception"));
  // The program adds settings to the options of the bot, and takes none away.
  const code = await botMain(BotClass as unknown as BotClass, options, {
    args: process.argv.slice(2),
    env: process.env,
    print(line) {
      try {
        console.log(redactTokens(line));
      } catch (error) {
        onOutputError(error as Error);
      }
    },
    sink,
    stop: stop.signal,
    onToken(token) {
      tokens.add(token);
      try {
        // Child processes inherit the environment.
        delete process.env["BOT_TOKEN"];
      } catch {
        // Without the permission to read it, the token came from elsewhere.
      }
    },
  });
  await new Promise((resolve) => setTimeout(resolve));
  if (output.error) log.error(`Cannot write to standard output: ${output.error.message}`);
  // A job that never returns must not keep the process alive.
  process.exit(output.error ? code || 1 : code);
}
