// A main program talks to people on standard output and standard error.
// deno-lint-ignore-file no-console

import { constants } from "node:os";
import process from "node:process";
import { type BotClass, botMain, type RunBotOptions } from "./main.ts";
import { consoleSink, wantsColor } from "../util/console_sink.ts";
import { describeError } from "../util/describe_error.ts";
import { redact } from "../grafolean/redact.ts";
import { createLogger, redactingSink } from "../util/log.ts";

/**
 * Runs a bot as a program: reads its settings and arguments, waits for Grafolean, and lets it collect until it is told to
 * end by SIGINT (Ctrl-C) or SIGTERM. A second signal ends it at once. Never returns: it ends the process with 0, with 1
 * when something failed, or with 2 when a setting is wrong.
 *
 * Arguments: `--once` runs every job once and sends the values; `--dry-run` runs every job once and prints them, with
 * `--json` as JSON lines; `--health` tells how the bot is that runs with the same `HEALTH_FILE`, and ends with 1 when
 * something is wrong with it; `--help`; `--version`. Settings: see {@linkcode loadConfig}.
 *
 * Values and what was asked for go to standard output, everything that is said to standard error, as lines of time,
 * level, job and message; coloured on a terminal unless `NO_COLOR` is set. What a job leaves behind unhandled, such as a
 * promise that nobody waits for, is said there as well, and the bot goes on. The token is taken out of all that the
 * library prints, and `BOT_TOKEN` out of the environment, once it has been read: programs that the bot runs do not get it.
 *
 * Permissions on Deno: `--allow-net` (or the hosts of Grafolean and of the devices),
 * `--allow-env=BACKEND_URL,BOT_TOKEN,BOT_TOKEN_FROM_FILE,JOBS_REFRESH_INTERVAL,LOG_LEVEL,OUTBOX_FILE,HEALTH_FILE,NO_COLOR`
 * and `--allow-read=.env`, of which each can be left out where the settings are in the other place. To read: the
 * `BOT_TOKEN_FROM_FILE`. To read and write: the `OUTBOX_FILE`, and `HEALTH_FILE` with its neighbour of the same name and
 * `.new`. What is not allowed is taken for not set.
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
  const tokens = new Set<string>();
  const hide = (text: string): string => redact(text, tokens);
  const sink = redactingSink(
    options.collector?.logSink ??
      consoleSink({ color: wantsColor() }),
    hide,
  );
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
      stop.abort();
    });
  }
  const log = createLogger(sink);
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    process.on(event, (error: unknown) => {
      log.error(
        `Something has failed that no job waits for: ${
          describeError(error)
        }; the bot goes on, but a job should wait for all that it starts`,
      );
    });
  }
  const code = await botMain(BotClass, options, {
    args: process.argv.slice(2),
    env: process.env,
    print: (line) => console.log(hide(line)),
    sink,
    stop: stop.signal,
    onToken(token) {
      tokens.add(token);
      forgetVariable("BOT_TOKEN");
    },
  });
  // A job that never returns must not keep the process from ending.
  process.exit(code);
}

/** Takes a variable out of the environment, which programs that the bot runs inherit. */
function forgetVariable(name: string): void {
  try {
    delete process.env[name];
  } catch {
    // Deno did not let us look, so the token came from elsewhere.
  }
}
