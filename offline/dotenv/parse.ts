/** Declared here, so that it compiles without the types of Deno. */
declare const Deno: { env: { get(name: string): string | undefined } };

/** `NAME =` at the start of a line, up to the value. */
const NAME = /\s*(?:export\s+)?([^\s=#]+?)\s*=[ \t]*/y;
/** A quoted value, without one line break next to either quote. */
const SINGLE_QUOTED = /'\r?\n?((?:.|\r\n|\n)*?)\r?\n?'/y;
const DOUBLE_QUOTED = /"\r?\n?((?:[^"\\]|\\[^])*?)\r?\n?"/y;
const UNQUOTED = /[^\r\n#]*/y;
const LINE_END = /\r\n|\r|\n|$/g;

const VALID_NAME = /^[a-z_][a-z0-9_]*$/i;

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "'": "'",
  '"': '"',
  "\\": "\\",
};

/** `${NAME}`, `${NAME:-default}`, `$NAME` and `$NAME:-default`; the last two not after a backslash. */
const REFERENCE = /\$\{(.+?)(?::-(.+))?\}|(?<!\\)\$(\w+)(?::-(.+))?/g;

/** Far more rounds than a file needs: a variable that refers to itself must not hang the program. */
const MAX_ROUNDS = 100;

/**
 * Parses the text of a `.env` file: one `NAME=value` a line, `#` comments, values bare, in single
 * quotes (taken as they are) or in double quotes (`\n`, `\r`, `\t`, `\"`, `\'`, `\\` expanded).
 *
 * References to other variables (`$NAME`, `${NAME}`, `${NAME:-default}`) are expanded in bare
 * values only; the environment supplies what the file does not define.
 *
 * @param text The text of the file.
 * @returns The variables, in an object without a prototype.
 */
export function parse(text: string): Record<string, string> {
  const variables: Record<string, string> = Object.create(null);
  const bare: string[] = [];

  for (let at = 0; at < text.length;) {
    const name = matchAt(NAME, text, at);
    if (name === null) {
      at = lineEnd(text, at);
      continue;
    }
    at += name[0].length;
    const single = matchAt(SINGLE_QUOTED, text, at);
    const double = matchAt(DOUBLE_QUOTED, text, at);
    const unquoted = matchAt(UNQUOTED, text, at)!;
    at = lineEnd(text, at + (single ?? double ?? unquoted)[0].length);

    const key = name[1]!;
    if (!VALID_NAME.test(key)) {
      // deno-lint-ignore no-console -- as in the real package
      console.warn(
        `Ignored the key "${key}" as it is not a valid identifier: The key need to match the pattern /^[a-zA-Z_][a-zA-Z0-9_]*$/.`,
      );
    } else if (single) {
      variables[key] = single[1]!;
    } else if (double) {
      variables[key] = double[1]!.replace(
        /\\([^])/g,
        (whole, char: string) => ESCAPES[char] ?? whole,
      );
    } else {
      variables[key] = unquoted[0].trim();
      bare.push(key);
    }
  }

  const asWritten = { ...variables };
  for (const key of bare) variables[key] = expand(variables[key]!, asWritten);
  return variables;
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The start of the line after `at`. */
function lineEnd(text: string, at: number): number {
  const end = matchAt(LINE_END, text, at)!;
  return end[0] === "" ? text.length : end.index + end[0].length;
}

function expand(
  value: string,
  variables: Readonly<Record<string, string>>,
): string {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const expanded = value.replace(
      REFERENCE,
      (
        _,
        braced?: string,
        bracedDefault?: string,
        plain?: string,
        plainDefault?: string,
      ) => {
        const name = (braced ?? plain)!;
        return `${variables[name] ?? Deno.env.get(name) ?? bracedDefault ?? plainDefault}`;
      },
    );
    if (expanded === value) break;
    value = expanded;
  }
  return value;
}
