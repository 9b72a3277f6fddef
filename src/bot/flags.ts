import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "../util/errors.ts";
import { holdsToken } from "../grafolean/bot_token.ts";
import { nearest } from "../util/nearest.ts";

/** What a bot is asked to do. */
export interface BotFlags {
  /** Run every job once. */
  readonly once: boolean;
  /** Run every job once and print the values instead of sending them. */
  readonly dryRun: boolean;
  /** Print them as JSON lines. */
  readonly json: boolean;
  /** Say how the bot is that runs with the same settings. */
  readonly health: boolean;
  /** Say how the bot is used. */
  readonly help: boolean;
  /** Say which version it is. */
  readonly version: boolean;
}

const NO_OPTION = "There is an argument that is not an option: see --help";

const FLAGS = ["once", "dry-run", "json", "health", "help", "version"] as const;

/**
 * Reads the arguments of a bot.
 *
 * @throws {ConfigError} If there are others.
 */
export function parseFlags(args: readonly string[]): BotFlags {
  const problems: string[] = [];
  const flags = parseArgs([...args], {
    boolean: FLAGS,
    alias: { help: "h", version: "V" },
    unknown: (argument) => {
      problems.push(unknownArgument(argument));
      return false;
    },
  });
  if (flags._.length > 0) problems.push(NO_OPTION); // those after "--"
  if (flags.json && !flags["dry-run"] && problems.length === 0) {
    problems.push("--json says how --dry-run prints: use both");
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return {
    once: flags.once,
    dryRun: flags["dry-run"],
    json: flags.json,
    health: flags.health,
    help: flags.help,
    version: flags.version,
  };
}

/** How a bot is used. */
export function helpText(name: string): string {
  return `Usage: ${name} [options]

Polls what Grafolean says and sends it the values, until it is told to stop.

Options:
  --once          run every job once, send the values, and end
  --dry-run       run every job once, print the values, send nothing, and end
  --json          with --dry-run: print JSON lines instead of a table
  --health        say how the bot is that writes this HEALTH_FILE, and end
  -h, --help      show this help
  -V, --version   show the version

Settings, from the environment or from .env in the current directory:
  BACKEND_URL             Grafolean, such as https://grafolean.example.com/api
  BOT_TOKEN               token of the bot, from its page in Grafolean
  BOT_TOKEN_FROM_FILE     or a file that holds it
  JOBS_REFRESH_INTERVAL   seconds after which the jobs are asked for again (120)
  LOG_LEVEL               debug, info, warn or error (info)
  OUTBOX_FILE             file for values that wait for Grafolean (in memory)
  HEALTH_FILE             file where the bot writes how it is (none)

Exit codes: 0 done, 1 something failed, 2 a setting is wrong`;
}

function unknownArgument(argument: string): string {
  // Whatever is not an option, or is the value of one, may be the token itself: it is not repeated.
  if (!argument.startsWith("-")) return NO_OPTION;
  if (holdsToken(argument.split("=")[0]!)) return NO_OPTION;
  const shown = argument.replace(/=.*$/s, "");
  const word = shown.replace(/^-+/, "").toLowerCase();
  if (/^(bot[-_]?)?token/.test(word)) {
    return `${shown} is not known: set BOT_TOKEN instead, because others can read a command line`;
  }
  const meant = nearest(word, FLAGS);
  return `${shown} is not known${
    meant === undefined ? "" : ` (did you mean --${meant}?)`
  }: see --help`;
}
