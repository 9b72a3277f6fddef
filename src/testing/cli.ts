import process from "node:process";
import { describeError } from "../util/describe_error.ts";
import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";
import type { StoredValue } from "./backend/value_table.ts";
import { addSampleDevices } from "./sample_devices.ts";
import { firstValues } from "./first_values.ts";
import { Sandbox } from "./sandbox.ts";
import type { Details } from "./sandbox_options.ts";
import { seededRandom } from "./seeded_random.ts";

/** Not secret: the sandbox listens on this machine only, and has nothing to protect. */
const ADMINISTRATOR = { name: "Administrator", username: "admin", password: "sandbox" };

const HELP = `Runs a Grafolean in memory, with devices to try a bot on, and a page to watch it.

Options:
  --protocol NAME      protocol of the bot (http)
  --devices N          number of devices (3)
  --interval SECONDS   interval of the first sensor; that of the second is five times as long (5)
  --device JSON        details of each device ({"ipv4":"127.0.0.1"})
  --credential JSON    details of the credential ({})
  --sensor JSON        details of the sensors ({"url":"…"} with a URL of the sandbox itself)
  --empty              an account as in a new Grafolean, without bots and devices; only --port goes with it
  --port N             port to listen on (any free one)
  -h, --help           show this help

An administrator can log in: user name ${ADMINISTRATOR.username}, password ${ADMINISTRATOR.password}. With --empty, that is for
deno task setup of a project, which creates what its bot needs.

Ids, token and password are the same at each start. With --port, so is the URL: a running bot sees
the backend go down and come back.
`;

interface RunSandboxOptions {
  readonly args: readonly string[];
  readonly write: (text: string) => void;
  /** Stops the sandbox. */
  readonly signal: AbortSignal;
}

/**
 * Runs the sandbox until the signal aborts, and prints the first value of each path.
 *
 * @returns The exit code: 0, or 2 for invalid arguments.
 */
export async function runSandbox({ args, write, signal }: RunSandboxOptions): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [describeError(error)];
    write(`${problems.join("\n")}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    write(HELP);
    return 0;
  }
  const sandbox = new Sandbox({ random: seededRandom() });
  const server = await sandbox.listen({ port: options.port, page: true });
  const content = options.empty
    ? addAccount(sandbox, server.url)
    : addDevices(sandbox, server.url, options);
  sandbox.addPerson(ADMINISTRATOR);
  const { username, password } = ADMINISTRATOR;
  write(`See it live at ${new URL("/", server.url)} (Ctrl-C stops it)

${content}
Its administrator, for deno task setup: user name ${username}, password ${password}

The first value of each path:
`);
  sandbox.onValues(firstValues(
    (value) => write(formatValue(value)),
    () => write("  … and more on the page\n"),
  ));
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
  write(`\nStopped after ${sandbox.countValues()} values in ${sandbox.requests.count} requests\n`);
  return 0;
}

/** Adds an account as it is in a new Grafolean, and describes it. */
function addAccount(sandbox: Sandbox, url: string): string {
  const account = sandbox.addAccount({ name: "Sandbox", defaults: true });
  return `Its account ${account.id} has no bots and no devices yet. The .env of a project:

BACKEND_URL=${url}
`;
}

/** Adds an account with a bot and devices, and describes it. */
function addDevices(sandbox: Sandbox, url: string, options: Options): string {
  const { protocol, count, interval, device, credential } = options;
  const details = options.sensor ?? { url: `${url}/status/info` };
  const sensors = [interval, interval * 5].map((interval) => ({ interval, details }));
  const devices = Array.from(
    { length: count },
    (_, index) => ({ name: `device ${index + 1}`, details: device, sensors }),
  );
  const { account, bot } = addSampleDevices(sandbox, { protocol, devices, credential });
  return `Its account ${account.id} has ${count} devices for a bot of the protocol "${protocol}". The bot's .env:

BACKEND_URL=${url}
BOT_TOKEN=${bot.token}
`;
}

function formatValue({ t, method, p, text }: StoredValue): string {
  return `  ${new Date(t * 1000).toISOString()}  ${method.padEnd(4)}  ${p.padEnd(44)} ${text}\n`;
}

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  const { help, empty, protocol = "http", ...texts } = parseStrictArgs(args, {
    string: ["protocol", "devices", "interval", "device", "credential", "sensor", "port"],
    boolean: ["help", "empty"],
    alias: { help: "h" },
  });
  return {
    help,
    empty,
    protocol,
    count: whole("devices", texts.devices ?? "3", 0, 1_000_000),
    interval: whole("interval", texts.interval ?? "5", 1, 1_000_000),
    port: whole("port", texts.port ?? "0", 0, 65_535),
    device: details("device", texts.device ?? '{"ipv4":"127.0.0.1"}'),
    credential: details("credential", texts.credential ?? "{}"),
    sensor: texts.sensor === undefined ? undefined : details("sensor", texts.sensor),
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new ConfigError([
    `Cannot use "${text}" as --${name}: expected a whole number from ${min} to ${max}`,
  ]);
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
  // Not repeated: a credential may hold a password.
  throw new ConfigError([`Cannot use this --${name}: expected a JSON object`]);
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
