import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";

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
