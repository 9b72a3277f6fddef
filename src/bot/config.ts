import { parse } from "@std/dotenv/parse";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { backendUrlProblem, normalizeBackendUrl } from "../grafolean/backend_url.ts";
import { botTokenProblem, holdsToken, normalizeBotToken } from "../grafolean/bot_token.ts";
import { ConfigError, isMissing } from "../util/errors.ts";
import { LOG_LEVELS, type Logger, type LogLevel } from "../util/log.ts";
import { messageOf, readTokenFile, waitForTokenFile } from "./token_file.ts";

/** The settings of a bot, as {@linkcode loadConfig} returns them. */
export interface BotConfig {
  /** The base URL of Grafolean, from `BACKEND_URL`. */
  readonly backendUrl: string;
  /**
   * The token of the bot, from `BOT_TOKEN` or the file `BOT_TOKEN_FROM_FILE`. Printing or copying a config leaves it out.
   */
  readonly botToken: string;
  /** Reads the token from its file again; absent if the token came from `BOT_TOKEN`. */
  readonly rereadToken?: () => Promise<string>;
  /** How often the jobs are refreshed, in seconds, from `JOBS_REFRESH_INTERVAL`. @default 120 */
  readonly jobsRefreshInterval: number;
  /** The lowest level that is logged, from `LOG_LEVEL`. @default "info" */
  readonly logLevel: LogLevel;
  /** The file for values waiting for delivery, from `OUTBOX_FILE`. @default values wait in memory */
  readonly outboxFile?: string;
  /** The file for the health report, from `HEALTH_FILE`. @default no report */
  readonly healthFile?: string;
}

/** Options for {@linkcode loadConfig} and {@linkcode loadVariables}. */
export interface LoadConfigOptions {
  /** The environment variables. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A file with settings that are not in the environment; it may be missing. `false` for none.
   *
   * @default ".env" in the current directory
   */
  readonly envFile?: string | false;
  /** Ends the wait for the token file. */
  readonly signal?: AbortSignal;
  /** Logs while waiting for the token file. */
  readonly log?: Pick<Logger, "info" | "warn">;
  /** How often to look for the token file, in milliseconds. @default 2000 */
  readonly pollMs?: number;
}

/** The names of the settings that every bot reads. */
export const CONFIG_NAMES: readonly string[] = [
  "BACKEND_URL",
  "BOT_TOKEN",
  "BOT_TOKEN_FROM_FILE",
  "JOBS_REFRESH_INTERVAL",
  "LOG_LEVEL",
  "OUTBOX_FILE",
  "HEALTH_FILE",
];

/**
 * Reads the settings of a bot from the environment and a `.env` file. The environment wins; an empty setting counts as
 * not set.
 *
 * If `BOT_TOKEN_FROM_FILE` does not exist yet, waits for it: a default installation of Grafolean writes it when the first
 * user is created, maybe long after the bot was started.
 *
 * @throws {ConfigError} If settings are missing or invalid; it names all of them.
 * @throws The reason of `signal` if that aborts.
 *
 * @example
 * ```ts
 * import { loadConfig } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const config = await loadConfig({
 *   env: { BACKEND_URL: "http://localhost/api", BOT_TOKEN: "0d7f6c1e-token" },
 *   envFile: false,
 * });
 * assertEquals(config.jobsRefreshInterval, 120);
 * assertEquals(JSON.stringify(config).includes("0d7f6c1e"), false);
 * ```
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<BotConfig> {
  const problems: string[] = [];
  const { settings, forbidden, missingFile } = await readSettings(CONFIG_NAMES, options, problems);

  const { BACKEND_URL: backendUrl, BOT_TOKEN: token, BOT_TOKEN_FROM_FILE: tokenFile } = settings;
  const missing = backendUrl === undefined || (token === undefined && tokenFile === undefined);
  if (missing && forbidden.length > 0) {
    problems.push(
      `Deno denies access to some settings: run the bot with ${forbidden.join(" ")}`,
    );
  }
  if (missing && missingFile !== undefined) {
    problems.push(
      `"${missingFile}" does not exist: start the bot in its directory, or set what is missing in the environment`,
    );
  }
  if (backendUrl === undefined) {
    problems.push(
      "BACKEND_URL is not set: expected a URL such as https://grafolean.example.com/api",
    );
  } else {
    const problem = backendUrlProblem(backendUrl);
    if (problem !== undefined) problems.push(`BACKEND_URL is invalid: ${problem}`);
  }

  const refresh = settings.JOBS_REFRESH_INTERVAL ?? "120";
  const jobsRefreshInterval = Number(refresh);
  if (!/^\d+$/.test(refresh) || jobsRefreshInterval < 1 || jobsRefreshInterval > 86_400) {
    problems.push(
      `JOBS_REFRESH_INTERVAL is ${JSON.stringify(refresh)}: expected whole seconds from 1 to 86400`,
    );
  }

  const logLevel = LOG_LEVELS.find((level) =>
    level === (settings.LOG_LEVEL ?? "info").toLowerCase()
  );
  if (logLevel === undefined) {
    problems.push(
      `LOG_LEVEL is ${JSON.stringify(settings.LOG_LEVEL)}: expected one of ${
        LOG_LEVELS.join(", ")
      }`,
    );
  }

  if (token !== undefined && tokenFile !== undefined) {
    problems.push("BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set: expected only one of them");
  } else if (token === undefined && tokenFile === undefined) {
    problems.push(
      "Neither BOT_TOKEN nor BOT_TOKEN_FROM_FILE is set: expected the token of the bot, or the path of a file that holds it",
    );
  } else if (token !== undefined) {
    const problem = botTokenProblem(token);
    if (problem !== undefined) problems.push(`BOT_TOKEN is invalid: ${problem}`);
  } else if (holdsToken(tokenFile!) && !/[/.\\]/.test(tokenFile!)) {
    // The path is logged during the wait.
    problems.push(
      "BOT_TOKEN_FROM_FILE looks like a token: expected the path of a file that holds it; a token itself goes into BOT_TOKEN",
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const config = {
    backendUrl: normalizeBackendUrl(backendUrl!),
    jobsRefreshInterval,
    logLevel: logLevel!,
    ...(settings.OUTBOX_FILE === undefined ? {} : { outboxFile: settings.OUTBOX_FILE }),
    ...(settings.HEALTH_FILE === undefined ? {} : { healthFile: settings.HEALTH_FILE }),
    ...(tokenFile === undefined ? {} : { rereadToken: () => readTokenFile(tokenFile) }),
  };
  const botToken = normalizeBotToken(token ?? await waitForTokenFile(tokenFile!, options));
  return Object.assign(new LoadedConfig(botToken), config);
}

/** Holds the token where printing, copying and comparing a config do not reach it. */
class LoadedConfig {
  readonly #botToken: string;

  constructor(botToken: string) {
    this.#botToken = botToken;
  }

  get botToken(): string {
    return this.#botToken;
  }

  /** For inspectors that call getters. */
  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    return { ...this };
  }
}

/**
 * Reads a bot's own settings from the same places as {@linkcode loadConfig}: the environment and a `.env` file.
 *
 * @param names The names of the settings.
 * @returns The settings that are set and not empty, by name.
 * @throws {ConfigError} If the file cannot be read or parsed.
 *
 * @example
 * ```ts
 * import { loadVariables } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const { MY_PORT = "2055" } = await loadVariables(["MY_PORT"], { env: {}, envFile: false });
 * assertEquals(MY_PORT, "2055");
 * ```
 */
export async function loadVariables<Name extends string>(
  names: readonly Name[],
  options: Pick<LoadConfigOptions, "env" | "envFile"> = {},
): Promise<Partial<Record<Name, string>>> {
  const problems: string[] = [];
  const { settings } = await readSettings(names, options, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

interface FoundSettings {
  readonly settings: Partial<Record<string, string>>;
  /** The missing permission flags of Deno. */
  readonly forbidden: readonly string[];
  /** The `.env` file, if it does not exist. */
  readonly missingFile: string | undefined;
}

async function readSettings(
  names: readonly string[],
  { env = process.env, envFile = ".env" }: Pick<LoadConfigOptions, "env" | "envFile">,
  problems: string[],
): Promise<FoundSettings> {
  const settings: FoundSettings["settings"] = {};
  const forbidden: string[] = [];
  const fromFile = envFile === false ? {} : await readEnvFile(envFile, problems, forbidden);
  const missingFile = fromFile === undefined && envFile !== false ? envFile : undefined;
  let denied = false;
  for (const name of names) {
    const value = variable(env, name, () => denied = true)?.trim() || fromFile?.[name]?.trim();
    if (value) settings[name] = value;
  }
  if (denied) forbidden.unshift(`--allow-env=${names.join(",")}`);
  return { settings, forbidden, missingFile };
}

// A setting that may not be read counts as not set: a bot older than the setting lacks the permission.
function variable(
  env: NonNullable<LoadConfigOptions["env"]>,
  name: string,
  onForbidden: () => void,
): string | undefined {
  try {
    return env[name];
  } catch (error) {
    if (!isForbidden(error)) throw error;
    onForbidden();
    return undefined;
  }
}

/** Reads the settings in a file; returns `undefined` if it does not exist. */
async function readEnvFile(
  file: string,
  problems: string[],
  forbidden: string[],
): Promise<Record<string, string> | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    // Not a problem for a bot whose settings are all in the environment.
    if (isForbidden(error)) forbidden.push(`--allow-read=${file}`);
    else problems.push(`Cannot read "${file}": ${messageOf(error)}`);
    return {};
  }
  try {
    return parse(text);
  } catch {
    problems.push(
      // The error itself may show a part of the token.
      `Cannot parse "${file}": put values that contain $ in single quotes`,
    );
    return {};
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
