import type { SettingsTable } from "../toolkit/settings.ts";
import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";
import { wrap } from "../util/wrap.ts";
import { describeSetting, SETTINGS } from "./settings.ts";

/** The options on the command line of a bot; {@linkcode helpText} tells what each does. */
export type BotFlags = Readonly<
  Record<"once" | "dryRun" | "json" | "health" | "help" | "version", boolean>
>;

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

/**
 * Returns the text of `--help`.
 *
 * @param name The name of the bot.
 * @param own The bot's own settings.
 */
export function helpText(name: string, own: SettingsTable = {}): string {
  const settings = [...Object.values(SETTINGS), ...Object.values(own)];
  const width = Math.max(...settings.map(({ name }) => name.length)) + 4;
  const lines = settings.flatMap((setting) =>
    wrap(describeSetting(setting), 80 - width).map((line, index) =>
      (index === 0 ? `  ${setting.name}` : "").padEnd(width) + line
    )
  );
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
${lines.join("\n")}

Exit codes: 0 done, 1 something failed, 2 an option, a setting or the token is
invalid, 128+N quit by a second signal N; the last log line says why`;
}
