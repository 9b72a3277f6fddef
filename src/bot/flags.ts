import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";

/** The options on the command line of a bot. */
export interface BotFlags {
  /** Run every job once and exit. */
  readonly once: boolean;
  /** Run every job once, print the values instead of sending them, and exit. */
  readonly dryRun: boolean;
  /** Print the values as JSON lines. */
  readonly json: boolean;
  /** Report the health of the running bot. */
  readonly health: boolean;
  /** Show the help. */
  readonly help: boolean;
  /** Show the version. */
  readonly version: boolean;
}

/**
 * Parses the arguments of a bot.
 *
 * @throws {ConfigError} If an argument is unknown.
 */
export function parseFlags(args: readonly string[]): BotFlags {
  const { "dry-run": dryRun, once, json, health, help, version } = parseStrictArgs(args, {
    boolean: ["once", "dry-run", "json", "health", "help", "version"],
    alias: { help: "h", version: "V" },
    tokenAdvice: "set BOT_TOKEN instead, because others can read a command line",
  });
  if (json && !dryRun) throw new ConfigError(["--json needs --dry-run, whose output it formats"]);
  return { once, dryRun, json, health, help, version };
}

/** Returns the text of `--help`. */
export function helpText(name: string): string {
  return `Usage: ${name} [options]

Polls the devices configured in Grafolean and sends their values until stopped.

Options:
  --once          run every job once, send the values and exit
  --dry-run       run every job once, print the values, send nothing and exit
  --json          with --dry-run: print JSON lines instead of a table
  --health        report the health of the running bot and exit
  -h, --help      show this help
  -V, --version   show the version

Settings, from the environment or from .env in the current directory:
  BACKEND_URL             base URL, such as https://grafolean.example.com/api
  BOT_TOKEN               token of the bot, from its page in Grafolean
  BOT_TOKEN_FROM_FILE     or a file that holds it
  JOBS_REFRESH_INTERVAL   seconds between refreshes of the jobs (120)
  LOG_LEVEL               debug, info, warn or error (info)
  OUTBOX_FILE             file for values waiting for delivery (in memory)
  HEALTH_FILE             file for the health report (none)

Exit codes: 0 done, 1 something failed, 2 an option or a setting is wrong`;
}
