import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** The arguments that a program accepts. */
interface StrictArgs<Text extends string, Switch extends string, List extends string> {
  /** The options with a value. */
  readonly string?: readonly Text[];
  /** The options without a value. */
  readonly boolean: readonly Switch[];
  /** The options with a value that can be repeated. */
  readonly list?: readonly List[];
  /** Letters for options. */
  readonly alias?: { readonly [Name in NoInfer<Text | Switch | List>]?: string };
  /** The number of arguments that are no options. @default 0 */
  readonly maxPositionals?: number;
  /** What to do instead, for users who try to pass the bot token. */
  readonly tokenAdvice?: string;
}

const UNEXPECTED = "Unexpected argument: see --help";

/**
 * Parses the arguments of a program and refuses unknown ones. The messages never repeat what may be a token.
 *
 * @returns The options by name, and the other arguments as `_`.
 * @throws {ConfigError} With all problems.
 */
export function parseStrictArgs<
  Switch extends string,
  Text extends string = never,
  List extends string = never,
>(
  args: readonly string[],
  options: StrictArgs<Text, Switch, List>,
):
  & Record<Text, string | undefined>
  & Record<Switch, boolean>
  & Record<List, readonly string[]>
  & { readonly _: string[] } {
  const { alias = {}, maxPositionals = 0, tokenAdvice } = options;
  const lists: readonly string[] = options.list ?? [];
  const texts: readonly string[] = [...options.string ?? [], ...lists];
  const switches: readonly string[] = options.boolean;
  const problems = new Set<string>();
  const values: Record<string, unknown> & { _: unknown[] } = parseArgs([...args], {
    string: texts,
    boolean: switches,
    collect: lists,
    alias: alias as Record<string, string>,
    unknown: (argument) => {
      if (!argument.startsWith("-")) return true;
      problems.add(unknownOption(argument, [...texts, ...switches], tokenAdvice));
      return false;
    },
  });
  for (const name of texts) {
    if ([values[name]].flat().some((value) => /^\s*$/.test(String(value)))) {
      problems.add(`Missing value: use --${name} VALUE`);
    }
  }
  // The empty value of an option counts as an argument, too.
  const others = problems.size > 0 ? values._.filter((each) => each !== "") : values._;
  if (others.length > maxPositionals) problems.add(UNEXPECTED);
  if (problems.size > 0) throw new ConfigError([...problems]);
  return { ...values, _: values._.map(String) } as ReturnType<
    typeof parseStrictArgs<Switch, Text, List>
  >;
}

function unknownOption(
  argument: string,
  names: readonly string[],
  tokenAdvice: string | undefined,
): string {
  const option = argument.replace(/=.*$/s, "");
  // Unlike tokens, the names of options have no digits.
  if (!/^--?[a-z_-]+$/i.test(option)) return UNEXPECTED;
  const word = option.replace(/^-+/, "").toLowerCase();
  if (tokenAdvice !== undefined && /^(bot[-_]?)?tok/.test(word)) {
    return `Unknown option "${option}": ${tokenAdvice}`;
  }
  const meant = nearest(word, names);
  const question = meant === undefined || option === `--${meant}`
    ? ""
    : ` (did you mean --${meant}?)`;
  return `Unknown option "${option}"${question}: see --help`;
}
