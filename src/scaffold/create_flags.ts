import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "../util/errors.ts";
import { holdsToken } from "../grafolean/bot_token.ts";
import { nearest } from "../util/nearest.ts";
import { TEMPLATES } from "./templates.ts";

/** What was said on the command line; what was not is `undefined`. */
export interface CreateFlags {
  /** The name of the bot. */
  readonly name: string | undefined;
  /** The name of the template. */
  readonly template: string | undefined;
  /** The protocol. */
  readonly protocol: string | undefined;
  /** The base URL of Grafolean. */
  readonly backendUrl: string | undefined;
  /** Where the project goes. */
  readonly dir: string | undefined;
  /** Do not ask. */
  readonly yes: boolean;
  /** Overwrite files that are there. */
  readonly force: boolean;
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Make a git repository. */
  readonly git: boolean;
  /** Say how it is used. */
  readonly help: boolean;
}

const TEXTS = ["template", "protocol", "backend-url", "dir"] as const;
const SWITCHES = ["yes", "force", "dry-run", "help"] as const;
const TOKEN_LATER =
  "the token is asked for, or put into .env later, because others can read a command line";
const ALL = [...TEXTS, ...SWITCHES, "no-git"];

/**
 * Reads the arguments of `scaffold.ts`.
 *
 * @throws {ConfigError} If there are others, each named with what may have been meant.
 */
export function parseCreateFlags(args: readonly string[]): CreateFlags {
  if (args.some((argument) => holdsToken(argument) && !/[/\\]/.test(argument))) {
    // Nothing is said about it but that: what is said may be logged.
    throw new ConfigError([
      `one of the arguments looks like a token: ${TOKEN_LATER}. This one is better replaced`,
    ]);
  }
  const problems: string[] = [];
  const flags = parseArgs([...args], {
    string: [...TEXTS, "_"],
    boolean: [...SWITCHES, "git"],
    negatable: ["git"],
    default: { git: true },
    alias: { help: "h", yes: "y", force: "f", template: "t" },
    unknown: (argument) => {
      if (!argument.startsWith("-")) return true;
      problems.push(unknownFlag(argument));
      return false;
    },
  });
  for (const name of TEXTS) {
    const value: string | undefined = flags[name];
    if (value?.trim() === "") {
      problems.push(`--${name} is given without a value: say --${name} VALUE`);
    }
  }
  const names = flags._.map(String);
  if (names.length > 1) {
    problems.push(
      `${names.map((name) => JSON.stringify(name)).join(" and ")} are given as names: ` +
        "a bot has one, and a name with spaces cannot be used",
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    name: names[0],
    template: flags.template,
    protocol: flags.protocol,
    backendUrl: flags["backend-url"],
    dir: flags.dir,
    yes: flags.yes,
    force: flags.force,
    dryRun: flags["dry-run"],
    git: flags.git,
    help: flags.help,
  };
}

/** How `scaffold.ts` is used, called by `command`. */
export function createHelp(command: string): string {
  const width = Math.max(...TEMPLATES.map(({ name }) => name.length));
  return `Usage: ${command} [NAME] [options]

Makes a new bot for Grafolean in a folder of its own. Asks for what is not given.

Options:
  -t, --template NAME    what to start from (${TEMPLATES[0].name})
      --protocol NAME    the protocol that the bot speaks (as the template says)
      --backend-url URL  where Grafolean is, such as https://grafolean.example.com/api
      --dir FOLDER       where the project goes (./NAME)
  -y, --yes              do not ask: take what is given, and defaults
  -f, --force            overwrite files of the same names; nothing is ever deleted
      --dry-run          show what would be written, and write nothing
      --no-git           do not make a git repository
  -h, --help             show this help

Templates:
${TEMPLATES.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join("\n")}

The token of the bot is asked for, or put into .env later: on a command line others could read it.

Exit codes: 0 done, 1 something failed, 2 an argument is wrong, 130 given up`;
}

function unknownFlag(argument: string): string {
  const word = argument.replace(/^-+/, "").replace(/=.*$/s, "").toLowerCase();
  // What follows may be the token itself: it is not repeated.
  const shown = argument.replace(/=.*$/s, "");
  if (/^(bot-?)?tok/.test(word)) {
    return `${shown} is not known: ${TOKEN_LATER}`;
  }
  const meant = nearest(word, ALL);
  return `${shown} is not known${
    meant === undefined ? "" : ` (did you mean --${meant}?)`
  }: see --help`;
}
