// A main program writes to the terminal.
// deno-lint-ignore-file no-console

import process from "node:process";
import type { BotClass } from "../bot/create_bot.ts";
import type { CollectorOptions } from "../collector/options.ts";
import { escapeControls } from "../util/escape_controls.ts";
import { filterSink } from "../util/log.ts";
import { CancelledError, TERMINAL_PROMPT } from "../util/prompt.ts";
import { terminalSink } from "../util/terminal_sink.ts";
import type { SetupDefinition } from "./definition.ts";
import { LineReader } from "./line_reader.ts";
import { setup } from "./setup.ts";

/**
 * Runs the setup of a bot as the main program: logs in to Grafolean as a person, finds or creates what the bot needs (see
 * {@linkcode SetupDefinition}), writes `BACKEND_URL` and `BOT_TOKEN` to `.env`, runs the bot once and shows its first
 * value. Asks at a terminal for what the command line leaves out; `--help` lists the options. Never returns: it exits with 0
 * for success, 1 if something failed, 2 for an invalid argument or 130 if it was cancelled.
 *
 * Nothing that exists is changed or deleted, except what the command line asks for; a second run changes nothing. The
 * password is kept in memory only.
 *
 * For Deno only. Permissions: those of the bot, to read and write `.env` and `.env.new`, and to read `.env.example`.
 *
 * @typeParam Options The options of the bot, if it has some of its own.
 * @param BotClass The class of the bot, to run it once.
 * @param definition What the bot needs.
 *
 * @example
 * ```ts ignore
 * import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
 * import { PROTOCOL, ThermoBot } from "./bot.ts";
 *
 * export const SETUP: SetupDefinition = {
 *   name: "thermo-bot",
 *   protocol: PROTOCOL,
 *   sensors: [{ name: "temperature", interval: 60 }],
 *   device: [{ name: "ipv4", question: "IP address" }],
 *   charts: () => [],
 * };
 *
 * if (import.meta.main) await runSetup(ThermoBot, SETUP);
 * ```
 */
export async function runSetup<Options extends CollectorOptions = CollectorOptions>(
  BotClass: BotClass<Options>,
  definition: SetupDefinition,
): Promise<void> {
  const cancel = new AbortController();
  Deno.addSignalListener("SIGINT", () => cancel.abort(new CancelledError()));
  // What is typed there without a prompt would be visible.
  const input = Deno.stdin.isTerminal() ? undefined : new LineReader({
    read: (buffer) => Deno.stdin.read(buffer),
    notice: (line) => console.error(line),
    signal: cancel.signal,
  });
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const code = await setup(BotClass as unknown as BotClass, definition, {
    args: Deno.args,
    env: process.env,
    envFile: ".env",
    prompt: isTerminal ? TERMINAL_PROMPT : undefined,
    readLine: () => input === undefined ? Promise.resolve(undefined) : input.next(),
    print: (line) => console.log(printable(line)),
    printError: (line) => console.error(printable(line)),
    sink: filterSink(terminalSink(), "warn"),
    signal: cancel.signal,
  });
  // A job that never returns must not keep the process alive.
  Deno.exit(code);
}

/** Names in Grafolean may contain anything. */
function printable(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
