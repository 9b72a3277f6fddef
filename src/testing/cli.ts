import process from "node:process";
import { parseArgs } from "node:util";
import type { Details } from "./installation_options.ts";
import { addSampleDevices } from "./sample_devices.ts";
import { Sandbox } from "./sandbox.ts";
import type { StoredValue } from "./backend/value_table.ts";

const HELP = `A Grafolean in memory, with devices to try a bot on.

Options:
  --protocol NAME    the protocol of the bot (http)
  --devices N        how many devices there are (3)
  --interval SECONDS how often the first sensor is due; the second takes five times as long (5)
  --device JSON      details of each device ({"ipv4":"127.0.0.1"})
  --credential JSON  details of the credential ({})
  --sensor JSON      details of the sensors ({"url":"…"} with the address of the sandbox itself)
  --port N           the port to listen on (any free one)
  --help             this text

Ids and the token are the same at each start, and with --port so is the URL: a bot that runs sees
a backend that was away.
`;

/** What {@linkcode runSandbox} is handed by the program around it. */
export interface RunSandboxOptions {
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Takes what the program prints. */
  readonly write: (text: string) => void;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/**
 * Runs the sandbox until the signal aborts, and prints values as they arrive.
 *
 * @returns The exit code: 0, or 2 for wrong arguments.
 */
export async function runSandbox({ args, write, signal }: RunSandboxOptions): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    write(HELP);
    return 0;
  }
  const sandbox = new Sandbox({ random: sameAtEachStart() });
  const server = await sandbox.listen({ port: options.port });
  const { account, bot } = addSampleDevices(sandbox, {
    ...options,
    sensor: options.sensor ?? { url: `${server.url}/status/info` },
  });
  write(`A Grafolean in memory listens at ${server.url}
Account ${account.id} has ${options.count} devices for a bot of the protocol "${options.protocol}":

BACKEND_URL=${server.url}
BOT_TOKEN=${bot.token}

Values as they are stored (Ctrl-C ends):
`);
  sandbox.onValues((values) => write(values.map(formatValue).join("")));
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
  write(`\n${sandbox.countValues()} values in ${sandbox.requests.count} requests. Goodbye.\n`);
  return 0;
}

/** Random numbers from 0 to 1, the same ones each time. */
function sameAtEachStart(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function formatValue({ t, method, p, text }: StoredValue): string {
  return `  ${new Date(t * 1000).toISOString()}  ${method.padEnd(4)}  ${p.padEnd(44)} ${text}\n`;
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      protocol: { type: "string", default: "http" },
      devices: { type: "string", default: "3" },
      interval: { type: "string", default: "5" },
      device: { type: "string", default: '{"ipv4":"127.0.0.1"}' },
      credential: { type: "string", default: "{}" },
      sensor: { type: "string" },
      port: { type: "string", default: "0" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    help: values.help,
    protocol: values.protocol,
    count: whole("devices", values.devices, 0, 1_000_000),
    interval: whole("interval", values.interval, 1, 1_000_000),
    port: whole("port", values.port, 0, 65_535),
    device: details("device", values.device),
    credential: details("credential", values.credential),
    sensor: values.sensor === undefined ? undefined : details("sensor", values.sensor),
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new RangeError(
    `Cannot use "${text}" as --${name}: give a whole number from ${min} to ${max}`,
  );
}

function details(name: string, text: string): Details {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Details;
  }
  throw new TypeError(`Cannot use "${text}" as --${name}: give an object in JSON`);
}

if (import.meta.main) {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  process.exitCode = await runSandbox({
    args: process.argv.slice(2),
    write: (text) => process.stdout.write(text),
    signal: stop.signal,
  });
}
