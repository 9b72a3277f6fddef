import type { SettingsTable } from "../toolkit/settings.ts";
import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";
import { wrap } from "../util/wrap.ts";
import { describeSetting, SETTINGS } from "./settings.ts";

/** The options on the command line of a bot; {@linkcode helpText} tells what each does. */
export interface BotFlags extends
  Readonly<
    Record<"once" | "dryRun" | "explain" | "json" | "health" | "help" | "version", boolean>
  > {
  /** The names or ids of the chosen devices; none for all. */
  readonly devices: readonly string[];
}

const ABOUT =
  "Collects values of the devices configured in Grafolean, and sends them until stopped.";

/**
 * Parses the arguments of a bot.
 *
 * @throws {ConfigError} If an argument is unknown.
 */
export function parseFlags(args: readonly string[]): BotFlags {
  const {
    "dry-run": dryRun,
    device: devices,
    once,
    explain,
    json,
    health,
    help,
    version,
  } = parseStrictArgs(explainedDevice(args), {
    boolean: ["once", "dry-run", "explain", "json", "health", "help", "version"],
    list: ["device"],
    alias: { help: "h", version: "V" },
    tokenAdvice: "set BOT_TOKEN instead, because others can read a command line",
  });
  const problems: string[] = [];
  if (json && !dryRun && !explain) {
    problems.push("--json needs --dry-run or --explain, whose output it formats");
  }
  if (devices.length > 0 && !once && !dryRun && !explain) {
    problems.push("--device needs --once, --dry-run or --explain, which it limits");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { once, dryRun, explain, json, health, help, version, devices };
}

/** Turns the device after `--explain`, which may be left out, into one after `--device`. */
function explainedDevice(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith("--explain=")) return ["--explain", arg.replace("--explain", "--device")];
    const isDevice = args[index - 1] === "--explain" && !arg.startsWith("-");
    return [isDevice ? `--device=${arg}` : arg];
  });
}

/**
 * Returns the text of `--help`.
 *
 * @param name The name of the bot.
 * @param own The bot's own settings.
 * @param about What the bot does, in a sentence.
 */
export function helpText(name: string, own: SettingsTable = {}, about = ABOUT): string {
  const settings = [...Object.values(SETTINGS), ...Object.values(own)];
  const width = Math.max(...settings.map(({ name }) => name.length)) + 4;
  const lines = settings.flatMap((setting) =>
    wrap(describeSetting(setting), 80 - width).map((line, index) =>
      (index === 0 ? `  ${setting.name}` : "").padEnd(width) + line
    )
  );
  return `Usage: ${name} [options]

${wrap(about, 80).join("\n")}

Options:
  --once              run every job once and send the values
  --dry-run           run every job once, print the values and send nothing
  --explain [DEVICE]  print why each device is polled or not, and when
  --device NAME|ID    only this device, with --once, --dry-run or --explain; may
                      be repeated
  --json              print JSON lines, with --dry-run or --explain
  --health            report the health of the running bot
  -h, --help          show this help
  -V, --version       show the version

Settings, from the environment or from .env in the current directory:
${lines.join("\n")}

Exit codes: 0 done, 1 something failed, 2 an option, a setting or the token is
invalid, 128+N quit by a second signal N; the last log line says why`;
}
