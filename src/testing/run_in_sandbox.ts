// It is made to be looked at.
// deno-lint-ignore-file no-console

import process from "node:process";
import type { CollectorOptions } from "../collector/options.ts";
import { consoleSink, wantsColor } from "../util/console_sink.ts";
import { filterSink, LOG_LEVELS, type LogLevel } from "../util/log.ts";
import type { BotClass } from "../bot/main.ts";
import type { Details } from "./installation_options.ts";
import { Sandbox } from "./sandbox.ts";
import type { StoredValue } from "./backend/value_table.ts";

/** A device for {@linkcode runInSandbox}. */
export interface SampleDevice {
  /** Its name. */
  readonly name: string;
  /** Its details, such as its address. @default {} */
  readonly details?: Details;
  /** Its sensors. */
  readonly sensors: readonly SampleSensor[];
}

/** A sensor of a {@linkcode SampleDevice}. */
export interface SampleSensor {
  /** How often to measure, in seconds; `null` is not at all by itself. */
  readonly interval: number | null;
  /** Its details. @default {} */
  readonly details?: Details;
}

/** What {@linkcode runInSandbox} can be told. */
export interface RunInSandboxOptions {
  /** The protocol of the bot. */
  readonly protocol: string;
  /** The details of the credential that all devices use. @default {} */
  readonly credential?: Details;
  /** The devices. */
  readonly devices: readonly SampleDevice[];
  /** What the bot may do in its account. @default "ui", as for a bot made in Grafolean's UI */
  readonly permissions?: "ui" | "all";
  /** Settings of the collector. */
  readonly collector?: CollectorOptions;
  /** How often the jobs are asked for again, in seconds. @default 10 */
  readonly jobsRefreshInterval?: number;
  /** Ends it. @default SIGINT (Ctrl-C) and SIGTERM do */
  readonly signal?: AbortSignal;
  /** Takes what is shown, line by line. @default console.log */
  readonly print?: (line: string) => void;
}

/**
 * Runs a bot against a Grafolean in memory that has some sample devices, and shows the values as they are stored, until
 * Ctrl-C. Nothing has to be set up for it, and nothing leaves this machine but what the bot does to its devices.
 *
 * What the bot logs goes to standard error; `LOG_LEVEL` says how much of it.
 *
 * @param BotClass The class of the bot.
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
 *   signal: AbortSignal.timeout(100), // left out, Ctrl-C ends it
 * });
 * ```
 */
export async function runInSandbox(
  BotClass: BotClass,
  options: RunInSandboxOptions,
): Promise<void> {
  const { print = (line) => console.log(line), signal = untilTold() } = options;
  const sandbox = new Sandbox();
  const { token, names } = setUp(sandbox, options);
  const server = await sandbox.listen();
  print(`A Grafolean in memory listens at ${server.url}. Try this bot on it in another terminal:

  BACKEND_URL=${server.url} BOT_TOKEN=${token} deno task dry-run

Values as they are stored (Ctrl-C ends):`);
  const listening = sandbox.onValues((values) => {
    for (const value of values) print(lineOf(value, names));
  });

  const collector = new BotClass(server.url, token, options.jobsRefreshInterval ?? 10, {
    logSink: filterSink(consoleSink({ color: wantsColor() }), logLevel()),
    ...options.collector,
  });
  try {
    await collector.execute({ signal });
  } finally {
    listening();
    await server.close();
  }
  const { values, runs } = collector.stats();
  print(`\nGoodbye. Runs: ${runs.ok} ok, ${runs.failed} failed. Values: ${values.sent} sent.`);
}

function setUp(
  sandbox: Sandbox,
  { protocol, credential, devices, permissions = "ui" }: RunInSandboxOptions,
): { token: string; names: ReadonlyMap<number, string> } {
  const account = sandbox.addAccount({ name: "Sandbox" });
  const bot = sandbox.addBot({ protocol, account, permissions });
  const login = sandbox.addCredential(account, { protocol, details: credential ?? {} });
  const names = new Map<number, string>();
  for (const { name, details = {}, sensors } of devices) {
    const { id } = sandbox.addEntity(account, {
      name,
      details,
      protocols: {
        [protocol]: {
          credential: login,
          bot,
          sensors: sensors.map(({ interval, details = {} }) =>
            sandbox.addSensor(account, { protocol, defaultInterval: interval, details })
          ),
        },
      },
    });
    names.set(id, name);
  }
  return { token: bot.token, names };
}

function lineOf({ p, t, text }: StoredValue, names: ReadonlyMap<number, string>): string {
  const time = new Date(t * 1000).toISOString().slice(11, 19);
  const name = names.get(Number(/^entity\.(\d+)\./.exec(p)?.[1])) ?? "";
  return `  ${time}  ${name.padEnd(20)} ${p.padEnd(40)} ${text}`;
}

function logLevel(): LogLevel {
  try {
    const wanted = process.env["LOG_LEVEL"]?.toLowerCase();
    return LOG_LEVELS.find((level) => level === wanted) ?? "info";
  } catch {
    return "info"; // Deno did not let us look.
  }
}

function untilTold(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
