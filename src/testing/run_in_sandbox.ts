// deno-lint-ignore-file no-console -- prints for the user

import process from "node:process";
import type { BotClass } from "../bot/create_bot.ts";
import { loadLogSettings } from "../bot/settings.ts";
import type { CollectorOptions } from "../collector/options.ts";
import { escapeControls } from "../util/escape_controls.ts";
import { formatCount } from "../util/format_count.ts";
import { terminalSink } from "../util/terminal_sink.ts";
import type { StoredValue } from "./backend/value_table.ts";
import { firstValues } from "./first_values.ts";
import type { ListenOptions, SandboxServer } from "./listen.ts";
import { openBotStatus } from "./bot_status.ts";
import { addSampleDevices, type SampleDevice } from "./sample_devices.ts";
import { Sandbox } from "./sandbox.ts";
import type { Details } from "./sandbox_options.ts";
import { seededRandom } from "./seeded_random.ts";

/** With the same one of these ports, ids and token at each start, a page that is open goes on when `--watch` restarts the bot. */
const PORTS = [8710, 8711, 8712, 8713, 8714];

/** Options for {@linkcode runInSandbox}. */
export interface RunInSandboxOptions<Options extends CollectorOptions = CollectorOptions> {
  /** The protocol of the bot. */
  readonly protocol: string;
  /** The details of the credential of all devices. @default {} */
  readonly credential?: Details;
  /** The devices. */
  readonly devices: readonly SampleDevice[];
  /** The permissions of the bot. @default "ui", as for a bot created in Grafolean's UI */
  readonly permissions?: "ui" | "all";
  /** Options for the collector, and the bot's own. */
  readonly collector?: Options;
  /** The interval at which the jobs are refreshed, in seconds. @default 10 */
  readonly jobsRefreshInterval?: number;
  /** Stops the bot. @default one that aborts on SIGINT (Ctrl-C) and SIGTERM */
  readonly signal?: AbortSignal;
  /** Prints a line. @default console.log */
  readonly print?: (line: string) => void;
}

/**
 * Runs a bot against a Grafolean in memory with sample devices, and prints the first value of each path, until Ctrl-C;
 * with `LOG_LEVEL=debug`, every value. It needs no setup, and nothing leaves this machine except the bot's requests to its
 * devices.
 *
 * The line that it prints first has the address of a page with live charts, the status of the bot, and switches for
 * faults: http://127.0.0.1:8710/, or the next port that is not taken.
 *
 * The bot logs to standard error, as `LOG_LEVEL` and `LOG_FORMAT` say.
 *
 * @example
 * ```ts
 * import { Collector } from "@grafolean/collector";
 * import { runInSandbox } from "@grafolean/collector/testing";
 *
 * class MyBot extends Collector {
 *   override jobs() {
 *     return [];
 *   }
 * }
 *
 * await runInSandbox(MyBot, {
 *   protocol: "myprotocol",
 *   devices: [{ name: "kitchen", details: { ipv4: "127.0.0.1" }, sensors: [{ interval: 5 }] }],
 *   signal: AbortSignal.timeout(100), // without it, Ctrl-C stops the bot
 * });
 * ```
 */
export async function runInSandbox<Options extends CollectorOptions = CollectorOptions>(
  BotClass: BotClass<Options>,
  options: RunInSandboxOptions<Options>,
): Promise<void> {
  const { print = (line) => console.log(line), signal = stopSignal(), jobsRefreshInterval = 10 } =
    options;
  const { logLevel, logFormat } = await loadLogSettings({ envFile: false });
  const sandbox = new Sandbox({ random: seededRandom() });
  const { bot, names } = addSampleDevices(sandbox, options);
  const logSink = options.collector?.logSink ?? terminalSink({ format: logFormat });
  const { name } = BotClass;
  const status = await openBotStatus({ name, token: bot.token, jobsRefreshInterval, logSink });
  const server = await listen(sandbox, { page: { bot: status.answer } });
  const address = new URL("/", server.url);
  print(`See it live at ${address} (Ctrl-C stops it). The first value of each path:`);
  const printValue = (value: StoredValue) => print(formatValue(value, names));
  const removeListener = sandbox.onValues(
    logLevel === "debug"
      ? (values) => values.forEach(printValue)
      : firstValues(printValue, () => print(`  … and more on the page at ${address}`)),
  );

  const collector = new BotClass(server.url, bot.token, jobsRefreshInterval, {
    logLevel,
    ...options.collector,
    logSink,
  } as Options);
  status.setCollector(collector);
  try {
    await collector.execute({ signal });
  } finally {
    removeListener();
    await status[Symbol.asyncDispose]();
    await server.close();
  }
  const { values, runs } = collector.stats();
  print(
    `\nStopped. Runs: ${formatCount(runs.ok)} ok, ${formatCount(runs.failed)} failed. Values: ${
      formatCount(values.sent)
    } sent.`,
  );
}

/** Listens at the first port that is not taken, or any other. */
async function listen(sandbox: Sandbox, options: ListenOptions): Promise<SandboxServer> {
  for (const port of PORTS) {
    try {
      return await sandbox.listen({ ...options, port });
    } catch {
      // Somebody listens there, or the system keeps the port for itself.
    }
  }
  return await sandbox.listen(options);
}

function formatValue({ p, t, text }: StoredValue, names: ReadonlyMap<number, string>): string {
  // A value may have its own time, which may be long ago.
  const isOld = Math.abs(Date.now() / 1000 - t) > 43_200;
  const time = new Date(t * 1000).toISOString().slice(isOld ? 0 : 11, 19);
  const name = names.get(Number(/(?:^|\.)entity\.(\d+)\./.exec(p)?.[1])) ?? "";
  return escapeControls(`  ${time}  ${name.padEnd(20)} ${p.padEnd(40)} ${text}`);
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
