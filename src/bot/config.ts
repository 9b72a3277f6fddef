import { parse } from "@std/dotenv/parse";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { ConfigError } from "../util/errors.ts";
import { backendUrlProblem, normalizeBackendUrl } from "../grafolean/backend_url.ts";
import { botTokenProblem, holdsToken, normalizeBotToken } from "../grafolean/bot_token.ts";
import { LOG_LEVELS, type Logger, type LogLevel } from "../util/log.ts";
import { isMissing, messageOf, readTokenFile, waitForTokenFile } from "./token_file.ts";

/** The settings that every bot has. */
export interface BotConfig {
  /** The base URL of the backend, from `BACKEND_URL`. */
  readonly backendUrl: string;
  /**
   * The token of the bot, from `BOT_TOKEN` or from the file that `BOT_TOKEN_FROM_FILE` names. A config that is printed
   * does not show it, and a copy of a config does not have it.
   */
  readonly botToken: string;
  /** Reads the token again; only where it comes from a file. */
  readonly rereadToken?: () => Promise<string>;
  /** How often the jobs are asked for again, in seconds, from `JOBS_REFRESH_INTERVAL`. @default 120 */
  readonly jobsRefreshInterval: number;
  /** What is logged, from `LOG_LEVEL`. @default "info" */
  readonly logLevel: LogLevel;
  /** Where values wait while the backend is away, from `OUTBOX_FILE`; in memory if it is not set. */
  readonly outboxFile?: string;
  /** Where the bot writes how it is, from `HEALTH_FILE`. */
  readonly healthFile?: string;
}

/** Where {@linkcode loadConfig} looks. */
export interface LoadConfigOptions {
  /** The environment. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A file with settings that the environment does not have; it need not be there. `false` for none.
   *
   * @default ".env" in the current directory
   */
  readonly envFile?: string | false;
  /** Ends the wait for the file with the token. */
  readonly signal?: AbortSignal;
  /** Is told while there is a wait for the file with the token. */
  readonly log?: Pick<Logger, "info" | "warn">;
  /** How often the file with the token is looked for, in milliseconds. @default 2000 */
  readonly pollMs?: number;
}

/** The names of all settings that a bot reads from its environment. */
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
 * Reads the settings of a bot from the environment and from a `.env` file; the environment wins, and an empty setting
 * counts as one that is not there.
 *
 * Where the token is to come from a file that is not there yet, it is waited for: in a stock installation Grafolean
 * writes it when its first user is created, maybe long after the bot was started.
 *
 * @throws {ConfigError} If settings are missing or wrong; it names all of them.
 * @throws The reason of `signal` when it aborts.
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
      `Deno does not let the bot look for all of its settings: run it with ${forbidden.join(" ")}`,
    );
  }
  if (missing && missingFile !== undefined) {
    problems.push(
      `The file "${missingFile}" is not there: start the bot in its folder, or set what is missing in the environment`,
    );
  }
  if (backendUrl === undefined) {
    problems.push(
      "BACKEND_URL is not set: expected something like https://grafolean.example.com/api",
    );
  } else {
    const problem = backendUrlProblem(backendUrl);
    if (problem !== undefined) problems.push(`BACKEND_URL cannot be used: ${problem}`);
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
    problems.push("BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set: expected one of them");
  } else if (token === undefined && tokenFile === undefined) {
    problems.push(
      "Neither BOT_TOKEN nor BOT_TOKEN_FROM_FILE is set: expected the token of the bot, or the path of a file that holds it",
    );
  } else if (token !== undefined) {
    const problem = botTokenProblem(token);
    if (problem !== undefined) problems.push(`BOT_TOKEN cannot be used: ${problem}`);
  } else if (holdsToken(tokenFile!) && !/[/.\\]/.test(tokenFile!)) {
    // The name of a file is said again and again while it is waited for.
    problems.push(
      "BOT_TOKEN_FROM_FILE looks like the token itself: expected the path of a file that holds it, or the token in BOT_TOKEN",
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

/** The token of a config, where nothing that prints, copies or compares the config comes by. */
class LoadedConfig {
  readonly #botToken: string;

  constructor(botToken: string) {
    this.#botToken = botToken;
  }

  get botToken(): string {
    return this.#botToken;
  }

  /** For those who print what accessors give as well. */
  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    return { ...this };
  }
}

/**
 * Reads settings that only one bot has from where {@linkcode loadConfig} finds those of all bots: the environment and a
 * `.env` file.
 *
 * @param names The names of the settings.
 * @returns Those that are set and not empty, by name.
 * @throws {ConfigError} If the file cannot be read or understood.
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
  /** The flags for Deno that were missing. */
  readonly forbidden: readonly string[];
  /** The file with settings, if it is not there. */
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
  let unseen = 0;
  for (const name of names) {
    const value = variable(env, name, () => unseen++)?.trim() || fromFile?.[name]?.trim();
    if (value) settings[name] = value;
  }
  if (unseen > 0) forbidden.unshift(`--allow-env=${names.join(",")}`);
  return { settings, forbidden, missingFile };
}

// A bot that was made before a setting was there does not let us look for it; what it needs it has allowed.
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

/** The settings in a file; `undefined` if it is not there. */
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
    // Whoever gives the bot its settings in another way does not have to let it read this file.
    if (isForbidden(error)) forbidden.push(`--allow-read=${file}`);
    else problems.push(`The file "${file}" cannot be read: ${messageOf(error)}`);
    return {};
  }
  try {
    return parse(text);
  } catch {
    problems.push(
      // What is the matter would be said with a part of the value, which may be the token.
      `The file "${file}" cannot be understood: put values that hold a $ into single quotes`,
    );
    return {};
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
