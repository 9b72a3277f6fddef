import { holdsToken } from "../grafolean/bot_token.ts";
import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";
import type { SetupDefinition } from "./definition.ts";

/** The parsed command line of a setup, as {@linkcode setupHelp} explains it; `undefined` for what it leaves out. */
export interface SetupFlags {
  readonly url: string | undefined;
  readonly user: string | undefined;
  readonly account: string | undefined;
  readonly createAccount: string | undefined;
  readonly bot: string | undefined;
  readonly device: string | undefined;
  /** The fields of a new device and those of a new credential, by name. */
  readonly details: ReadonlyMap<string, string>;
  readonly credential: string | undefined;
  /** By name of the sensor, in seconds. */
  readonly intervals: ReadonlyMap<string, number>;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly help: boolean;
}

const SECRET_ADVICE =
  "enter secrets at the prompt or pass them on standard input, as other users can read the " +
  "command line";

// Grafolean stores it as a 32-bit number.
const MAX_INTERVAL = 2 ** 31 - 1;

/**
 * Parses the arguments of a setup.
 *
 * @throws {ConfigError} With all invalid arguments; it does not repeat what may be a secret.
 */
export function parseSetupFlags(args: readonly string[], definition: SetupDefinition): SetupFlags {
  const isSecret = (text: string) =>
    /^--?pass/i.test(text) || (holdsToken(text) && !/[/\\]/.test(text));
  if (args.some(isSecret)) {
    // Stop here: any other message could repeat the secret.
    throw new ConfigError([`There is no option for passwords and tokens: ${SECRET_ADVICE}`]);
  }
  const flags = parseStrictArgs(args, {
    string: ["url", "user", "account", "create-account", "bot", "device", "credential"],
    list: ["detail", "interval"],
    boolean: ["dry-run", "yes", "help"],
    alias: { help: "h", yes: "y" },
    tokenAdvice: SECRET_ADVICE,
  });
  const problems: string[] = [];
  const details = parsePairs("--detail FIELD=VALUE", flags.detail, problems);
  for (const name of details.keys()) problems.push(...detailProblem(name, definition));
  const intervals = new Map<string, number>();
  for (const [sensor, text] of parsePairs("--interval SENSOR=SECONDS", flags.interval, problems)) {
    const seconds = Number(text);
    if (!/^\d+$/.test(text) || seconds < 1 || seconds > MAX_INTERVAL) {
      problems.push(`The interval of "${sensor}" is not valid: expected whole seconds, from 1`);
    }
    intervals.set(sensor, seconds);
  }
  if (flags.account !== undefined && flags["create-account"] !== undefined) {
    problems.push("--account and --create-account exclude each other: use one of them");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const { "create-account": createAccount, "dry-run": dryRun } = flags;
  return { ...flags, createAccount, dryRun, details, intervals };
}

/** Parses `NAME=VALUE`, of which the name may contain `=`. */
function parsePairs(
  usage: string,
  texts: readonly string[],
  problems: string[],
): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    // The name of a sensor may contain "=", and so may the value of a field.
    const at = usage.startsWith("--interval") ? text.lastIndexOf("=") : text.indexOf("=");
    if (at < 1) problems.push(`Invalid value: use ${usage}`);
    else pairs.set(text.slice(0, at).trim(), text.slice(at + 1).trim());
  }
  return pairs;
}

function detailProblem(name: string, { device, credential = [] }: SetupDefinition): string[] {
  const fields = [...device, ...credential];
  const known = fields.filter((field) => field.name === name);
  if (known.some(({ secret }) => secret)) return [`"${name}" is a secret: ${SECRET_ADVICE}`];
  if (known.length > 0) return [];
  const names = fields.filter(({ secret }) => !secret).map((field) => field.name);
  return [`Unknown field "${name}": expected one of ${[...new Set(names)].join(", ")}`];
}

/** The help of the setup of a bot. */
export function setupHelp(definition: SetupDefinition): string {
  const { name, protocol, device, credential = [], sensors } = definition;
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? "" : `\n${title}:\n${items.map((item) => `  ${item}`).join("\n")}\n`;
  const fieldLines = [
    ...new Map([...credential, ...device].map((field) => [field.name, field])).values(),
  ]
    .map(({ name, question, secret }) =>
      `${name}: ${question}${secret ? " (from standard input)" : ""}`
    );
  const sensorLines = sensors.map(({ name, interval }) =>
    `${name}: ${interval === null ? "not periodic" : `every ${interval} s`}`
  );
  return `Usage: deno task setup [options]

Creates in Grafolean what ${name} needs and is missing: the bot with its permissions,
its token in .env, a credential, sensors, a first device with the protocol ${protocol}, and a
dashboard with charts. Then runs the bot once and shows its first value. Changes and deletes nothing
that exists, so run it again at any time. Asks for what you leave out.

Options:
      --url URL              URL of Grafolean (default: BACKEND_URL)
      --user NAME            user name of an administrator (not the e-mail address)
      --account NAME|ID      account to use (default: that of the bot, or the only one)
      --create-account NAME  create this account, unless there is one of this name
      --bot NAME|ID          bot to use or create (default: that of the token in .env, or that of
                             the protocol)
      --device NAME|ID       device to create, or to add the protocol to (default: one that the bot
                             polls already, best with charts)
      --detail FIELD=VALUE   field of a new credential or device, or of the one of --device
                             (repeatable)
      --credential NAME      credential to use or create
      --interval SENSOR=SECONDS
                             how often to poll a sensor, for an existing one too (repeatable)
      --dry-run              show what would be created, and create nothing
  -y, --yes                  ask nothing, use the defaults
  -h, --help                 show this help
${list("Fields", fieldLines)}${list("Sensors", sensorLines)}
There is no option for the password, as other users can read the command line. Without a terminal,
or with --yes, it is the first line of standard input; the next lines are the secret fields of a new
credential: deno task setup --user admin < password-file

Exit codes: 0 done, 1 something failed, 2 invalid argument, 130 cancelled`;
}
