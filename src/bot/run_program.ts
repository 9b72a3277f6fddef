// A main program writes to standard output.
// deno-lint-ignore-file no-console

import process from "node:process";
import { setTimeout } from "node:timers";
import { redact } from "../grafolean/redact.ts";
import { describeError } from "../util/describe_error.ts";
import { createLogger, neverThrowing, redactingSink } from "../util/log.ts";
import { canShowLine, TerminalLine } from "../util/terminal_line.ts";
import { terminalSink } from "../util/terminal_sink.ts";
import type { BotClass, RunBotOptions } from "./create_bot.ts";
import { botMain } from "./main.ts";
import { loadLogSettings } from "./settings.ts";
import { stopOnSignals } from "./stop_signals.ts";

/** Runs the program of a bot in this process, and exits with its code. See {@linkcode runBot}. */
export async function runProgram(BotClass: BotClass, options: RunBotOptions): Promise<void> {
  const tokens = new Set<string>();
  const redactTokens = (text: string): string => redact(text, tokens);
  const { logFormat } = await loadLogSettings();
  const line = new TerminalLine();
  const { logSink } = options.collector ?? {};
  const write = logSink ?? terminalSink({ format: logFormat, line });
  const showsLine = logSink === undefined && logFormat === "text" && canShowLine();
  process.on("exit", () => line.erase());
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
  const code = await botMain(BotClass, options, {
    args: process.argv.slice(2),
    env: process.env,
    print(text) {
      try {
        line.above(() => console.log(redactTokens(text)));
      } catch (error) {
        onOutputError(error as Error);
      }
    },
    sink,
    ...(showsLine && { progress: line.show }),
    stop: stop.signal,
    redact: redactTokens,
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
  process.exitCode = output.error ? code || 1 : code;
  // exit() hangs on Deno if OpenTelemetry is about to read its metrics. The end of a program with nothing left to do does not.
  const hasTelemetry = Symbol.for("opentelemetry.js.api.1") in globalThis;
  // A job that never returns must not keep the process alive.
  if (hasTelemetry) setTimeout(() => process.exit(), 1000).unref();
  else process.exit();
}
