import { parse } from "@std/dotenv/parse";
import { fitPermissionAdvice } from "../util/describe_error.ts";
import { ConfigError } from "../util/errors.ts";
import { quoteEnvValue } from "../util/quote_env_value.ts";
import { replaceFile } from "../util/replace_file.ts";
import { SetupError } from "./context.ts";

// A variable with its value, which may be quoted and then have several lines.
const ASSIGNMENT =
  /^([ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*)('[^']*'|"(?:[^"\\]|\\[^])*"|[^\r\n#]*?)(?=[ \t]*(?:#|\r|\n|$))/gm;

/** The `.env` file of a project, which people edit too. */
export class EnvFile {
  readonly #path: string;
  readonly #text: string;
  /** Its variables. */
  readonly variables: Readonly<Record<string, string>>;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.variables = parseEnv(path, text);
  }

  /**
   * Reads the file. If it is missing, `.env.example` is what it starts from, or nothing.
   *
   * @throws {ConfigError} If it cannot be read as UTF-8, or is a symbolic link, which would be replaced by a file.
   */
  static async read(path: string): Promise<EnvFile> {
    const text = await readText(path);
    if (text !== undefined) return new EnvFile(path, text);
    return new EnvFile(path, await readText(`${path}.example`).catch(() => undefined) ?? "");
  }

  /**
   * Sets variables and keeps everything else. Replaces the file as a whole by one that only its owner can read. Does nothing
   * if all have their values already.
   *
   * @throws {SetupError} If it cannot be written; the message does not contain the values.
   */
  async set(variables: Readonly<Record<string, string>>): Promise<void> {
    const text = withVariables(this.#text, variables);
    if (text === this.#text) return;
    const expected = { ...this.variables, ...variables };
    const written = parseEnv(this.#path, text);
    if (Object.keys(expected).some((name) => written[name] !== expected[name])) {
      throw new SetupError(
        `Cannot change "${this.#path}" as it is written in an unusual way: set ${
          Object.keys(variables).join(" and ")
        } yourself`,
      );
    }
    try {
      await replaceFile(this.#path, text, { mode: 0o600, sync: true });
    } catch (error) {
      const problem = fitPermissionAdvice((error as Error).message);
      throw new SetupError(`Cannot write "${this.#path}": ${problem}`);
    }
  }
}

/** Returns `undefined` if there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  try {
    if ((await Deno.lstat(path)).isSymlink) {
      throw new ConfigError([
        `"${path}" is a symbolic link: replace it by a file, so that the token is stored in this folder only`,
      ]);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof ConfigError) throw error;
    // Any other encoding would be damaged when it is written.
    const problem = error instanceof TypeError
      ? "it is not UTF-8, so save it as UTF-8"
      : fitPermissionAdvice((error as Error).message);
    throw new ConfigError([`Cannot read "${path}": ${problem}`], { cause: error });
  }
}

/** Sets variables in the text of a `.env` file. A variable that it does not have is added at the end. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  for (const [name, value] of Object.entries(variables)) {
    // The last one counts.
    const found = [...text.matchAll(ASSIGNMENT)].findLast((match) => match[2] === name);
    if (found === undefined) {
      const end = /\r\n/.test(text) ? "\r\n" : "\n";
      const gap = text === "" || text.endsWith("\n") ? "" : end;
      text += `${gap}${name}=${quoteEnvValue(value)}${end}`;
      continue;
    }
    const [whole, head, , old] = found;
    if (unquoted(old!) === value) continue;
    const start = found.index + head!.length;
    text = text.slice(0, start) + quoteEnvValue(value) + text.slice(found.index + whole.length);
  }
  return text;
}

function parseEnv(path: string, text: string): Record<string, string> {
  try {
    return parse(text);
  } catch {
    // The error itself may show a part of the token.
    throw new ConfigError([`Cannot parse "${path}": put values that contain $ in single quotes`]);
  }
}

function unquoted(value: string): string {
  return value.replace(/^(['"])(.*)\1$/s, "$2");
}
