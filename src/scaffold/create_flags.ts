import { holdsToken } from "../grafolean/bot_token.ts";
import { ConfigError } from "../util/errors.ts";
import { parseStrictArgs } from "../util/strict_args.ts";
import { TEMPLATES } from "./templates.ts";

/** The parsed command line; `undefined` for what it leaves out. {@linkcode createHelp} explains each. */
export interface CreateFlags {
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly protocol: string | undefined;
  readonly backendUrl: string | undefined;
  readonly dir: string | undefined;
  readonly yes: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly git: boolean;
  readonly help: boolean;
}

const TOKEN_ADVICE = "enter the token in .env, as other users can read the command line";

/**
 * Parses the arguments of `scaffold.ts`.
 *
 * @throws {ConfigError} If there are unknown arguments; it suggests known ones.
 */
export function parseCreateFlags(args: readonly string[]): CreateFlags {
  if (args.some((argument) => holdsToken(argument) && !/[/\\]/.test(argument))) {
    // Stop here: any other message could repeat the token, and end up in a log.
    throw new ConfigError([
      `One of the arguments looks like a bot token: ${TOKEN_ADVICE}. Replace this token in Grafolean`,
    ]);
  }
  const flags = parseStrictArgs(args, {
    string: ["template", "protocol", "backend-url", "dir"],
    boolean: ["yes", "force", "dry-run", "no-git", "help"],
    alias: { help: "h", yes: "y", force: "f", template: "t" },
    maxPositionals: 1,
    tokenAdvice: TOKEN_ADVICE,
  });
  return {
    name: flags._[0],
    template: flags.template,
    protocol: flags.protocol,
    backendUrl: flags["backend-url"],
    dir: flags.dir,
    yes: flags.yes,
    force: flags.force,
    dryRun: flags["dry-run"],
    git: !flags["no-git"],
    help: flags.help,
  };
}

/** The help of `scaffold.ts`, started by `command`. */
export function createHelp(command: string): string {
  const width = Math.max(...TEMPLATES.map(({ name }) => name.length));
  return `Usage: ${command} [NAME] [options]

Creates a Grafolean bot in a folder of its own. Asks for what you leave out.

Options:
  -t, --template NAME    template to start from (default: ${TEMPLATES[0].name})
      --protocol NAME    protocol of the bot (default: set by the template)
      --backend-url URL  base URL of Grafolean, such as https://grafolean.example.com/api
      --dir FOLDER       folder of the project (default: ./NAME)
  -y, --yes              ask nothing, use the defaults
  -f, --force            overwrite files of the same names, except .env; never deletes any
      --dry-run          show what would be written, and write nothing
      --no-git           do not create a git repository
  -h, --help             show this help

Templates:
${TEMPLATES.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join("\n")}

There is no option for the bot token, as other users can read the command line: deno task setup
writes it to .env, or you do.

Exit codes: 0 success, 1 failure, 2 invalid argument, 130 cancelled`;
}
