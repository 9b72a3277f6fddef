import { parse as parseEnv } from "@std/dotenv/parse";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { ConfigError, isMissing } from "../util/errors.ts";

/** A setting of a bot: a variable of the environment or of the `.env` file. */
export interface Setting<T = unknown> {
  /** The name of the variable, such as `"SYSLOG_PORT"`. */
  readonly name: string;
  /** The text that is parsed if the variable is not set. @default none: the value is `undefined` */
  readonly default?: string;
  /** What it is for, in whole sentences. */
  readonly about: string;
  /**
   * Returns the value that a text stands for.
   *
   * @throws {Error} If the text is invalid; the message says what was expected, such as `"expected a port"`.
   */
  readonly parse: (text: string) => T;
  /** Whether messages must not repeat the text, as it may hold a secret. @default false */
  readonly secret?: boolean;
}

/** Settings, each under the name that its value has in the code. */
export type SettingsTable = Readonly<Record<string, Setting>>;

/** The values of the settings in a table. A setting without a default may be `undefined`. */
export type SettingValues<Table extends SettingsTable> = {
  readonly [Key in keyof Table]:
    | ReturnType<Table[Key]["parse"]>
    | (Table[Key] extends { readonly default: string } ? never : undefined);
};

/** Options for {@linkcode loadSettings}. */
export interface LoadSettingsOptions {
  /** The environment variables. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A file with the settings that are not in the environment; it may be missing. `false` for none.
   *
   * @default ".env" in the current directory
   */
  readonly envFile?: string | false;
}

/**
 * Reads settings from the environment and a `.env` file. A variable of the environment wins, even if it is empty. A
 * setting that is empty, or that the bot has no permission to read, counts as not set.
 *
 * @throws {ConfigError} If settings are invalid, or the file cannot be read; it lists all problems.
 *
 * @example
 * ```ts
 * import { loadSettings } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const SETTINGS = {
 *   port: {
 *     name: "SYSLOG_PORT",
 *     default: "514",
 *     about: "The UDP port to listen on.",
 *     parse(text: string) {
 *       if (!/^\d{1,5}$/.test(text)) throw new TypeError("expected a port");
 *       return Number(text);
 *     },
 *   },
 *   host: { name: "SYSLOG_HOST", about: "The address to listen on.", parse: String },
 * };
 *
 * const settings = await loadSettings(SETTINGS, { env: { SYSLOG_PORT: "5514" }, envFile: false });
 * assertEquals(settings, { port: 5514, host: undefined });
 * ```
 */
export async function loadSettings<Table extends SettingsTable>(
  table: Table,
  options: LoadSettingsOptions = {},
): Promise<SettingValues<Table>> {
  const { values, problems } = await readSettings(table, options);
  if (problems.length > 0) throw new ConfigError(problems);
  return values;
}

/** What {@linkcode readSettings} has found. */
interface FoundSettings<Table extends SettingsTable> {
  /** The values; those of invalid settings are missing. */
  readonly values: SettingValues<Table>;
  /** One message per invalid setting. */
  readonly problems: string[];
  /** The keys of the settings that are not set. */
  readonly unset: ReadonlySet<keyof Table>;
  /** Why settings may be missing although somebody has set them, and what to do about it. */
  readonly hints: string[];
}

/** Does the work of {@linkcode loadSettings}, for callers that add problems of their own. */
export async function readSettings<Table extends SettingsTable>(
  table: Table,
  { env = process.env, envFile = ".env" }: LoadSettingsOptions = {},
): Promise<FoundSettings<Table>> {
  const unset = new Set<keyof Table>();
  const values = {} as SettingValues<Table>;
  const found: FoundSettings<Table> = { values, problems: [], unset, hints: [] };
  const missingFlags: string[] = [];
  const fromFile = envFile === false ? {} : await readEnvFile(envFile, found, missingFlags);
  const names = Object.values(table).map(({ name }) => name);
  const fromEnv = readVariables(env, names, missingFlags);
  for (const [key, { name, default: defaultText, parse, secret }] of Object.entries(table)) {
    const given = (fromEnv[name] ?? fromFile[name])?.trim();
    if (!given) unset.add(key);
    const text = given || defaultText;
    try {
      Object.assign(values, { [key]: text === undefined ? undefined : parse(text) });
    } catch (error) {
      const what = secret ? "invalid" : JSON.stringify(text);
      found.problems.push(`${name} is ${what}: ${(error as Error).message}`);
    }
  }
  if (missingFlags.length > 0) {
    found.hints.unshift(
      `Deno denies access to some settings: run the bot with ${missingFlags.join(" ")}`,
    );
  }
  return found;
}

function readVariables(
  env: NonNullable<LoadSettingsOptions["env"]>,
  names: readonly string[],
  missingFlags: string[],
): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = {};
  let isForbidden = false;
  for (const name of names) {
    try {
      variables[name] = env[name];
    } catch (error) {
      // A bot that is older than the setting lacks the permission to read it.
      if (!isPermissionError(error)) throw error;
      isForbidden = true;
    }
  }
  if (isForbidden) missingFlags.unshift(`--allow-env=${names.join(",")}`);
  return variables;
}

async function readEnvFile(
  file: string,
  { problems, hints }: Pick<FoundSettings<SettingsTable>, "problems" | "hints">,
  missingFlags: string[],
): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // The first two are no problem for a bot whose settings are all in the environment.
    if (isMissing(error)) {
      hints.push(
        `"${file}" does not exist: start the bot in its directory, or set what is missing in the environment`,
      );
    } else if (isPermissionError(error)) missingFlags.push(`--allow-read=${file}`);
    else problems.push(`Cannot read "${file}": ${(error as Error).message}`);
    return {};
  }
  try {
    return parseEnv(text);
  } catch {
    // The error itself may show a part of the token.
    problems.push(`Cannot parse "${file}": put values that contain $ in single quotes`);
    return {};
  }
}

function isPermissionError(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
