import { readFile } from "node:fs/promises";
import { normalizeBackendUrl } from "../grafolean/backend_url.ts";
import { botTokenProblem } from "../grafolean/bot_token.ts";
import { fitPermissionAdvice } from "../util/describe_error.ts";
import { ConfigError, isMissing } from "../util/errors.ts";
import { EnvFile } from "./env_file.ts";

/** Where the settings of a project come from: the environment or `.env`, as when its bot starts. */
export class Project {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #file: EnvFile;
  /** The token of its bot; `undefined` if there is none that could be valid. */
  readonly token: string | undefined;
  /** Why `.env` is not the place of the token, and what to do to change that; `undefined` if it is. */
  readonly #elsewhere: string | undefined;

  private constructor(
    env: Readonly<Record<string, string | undefined>>,
    file: EnvFile,
    token: string | undefined,
    elsewhere: string | undefined,
  ) {
    this.#env = env;
    this.#file = file;
    this.token = token;
    this.#elsewhere = elsewhere;
  }

  /**
   * Reads the settings of the project in the current folder.
   *
   * @throws {ConfigError} If `.env` cannot be read, or the bot would refuse its two tokens.
   */
  static async read(
    env: Readonly<Record<string, string | undefined>>,
    path: string,
  ): Promise<Project> {
    const file = await EnvFile.read(path);
    const setting = (name: string) => (variable(env, name) ?? file.variables[name])?.trim();
    const tokenFile = setting("BOT_TOKEN_FROM_FILE");
    let token = setting("BOT_TOKEN");
    let elsewhere: string | undefined;
    if (tokenFile && token) {
      throw new ConfigError([
        "BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set, and the bot expects only one of them: remove the other one",
      ]);
    }
    const fromEnv = variable(env, "BOT_TOKEN");
    if (tokenFile) {
      const advice = "remove BOT_TOKEN_FROM_FILE, as the token goes into .env";
      try {
        token = await readFile(tokenFile, "utf8");
        elsewhere = `Grafolean does not know the token in "${tokenFile}": ${advice}`;
      } catch (error) {
        const problem = isMissing(error)
          ? "it does not exist"
          : fitPermissionAdvice((error as Error).message);
        elsewhere = `Cannot read "${tokenFile}" (BOT_TOKEN_FROM_FILE): ${problem}: ${advice}`;
      }
    } else if (fromEnv !== undefined) {
      const what = fromEnv === ""
        ? "BOT_TOKEN is empty in"
        : "Grafolean does not know the token in BOT_TOKEN of";
      elsewhere = `${what} the environment, which wins over .env: unset it there`;
    }
    return new Project(env, file, validToken(token ?? ""), elsewhere);
  }

  /** The URL of Grafolean; `undefined` if it is not set. */
  get backendUrl(): string | undefined {
    const { BACKEND_URL } = this.#file.variables;
    return (variable(this.#env, "BACKEND_URL") ?? BACKEND_URL)?.trim() || undefined;
  }

  /**
   * Makes sure that what will be written is what the bot then uses.
   *
   * @param isTokenKnown Whether the token is that of the bot already.
   * @throws {ConfigError} If something else wins over `.env`.
   */
  check(backendUrl: string, isTokenKnown: boolean): void {
    const problems: string[] = [];
    if (!isTokenKnown && this.#elsewhere !== undefined) {
      problems.push(`${this.#elsewhere}, and run the setup again`);
    }
    const fromEnv = variable(this.#env, "BACKEND_URL");
    if (fromEnv !== undefined && !isSameUrl(fromEnv, backendUrl)) {
      const what = fromEnv === "" ? "empty" : "set to another URL";
      problems.push(
        `BACKEND_URL is ${what} in the environment, which wins over .env: unset it there`,
      );
    }
    if (problems.length > 0) throw new ConfigError(problems);
  }

  /** Returns what {@linkcode store} has to write. */
  missing(backendUrl: string, token: string | undefined): readonly string[] {
    const { BACKEND_URL = "" } = this.#file.variables;
    const isUrlSet = variable(this.#env, "BACKEND_URL") || isSameUrl(BACKEND_URL, backendUrl);
    return [
      ...(isUrlSet ? [] : ["BACKEND_URL"]),
      ...(token !== undefined && token === this.token ? [] : ["BOT_TOKEN"]),
    ];
  }

  /** Writes what is missing to `.env`. */
  async store(backendUrl: string, token: string): Promise<void> {
    const values: Record<string, string> = { BACKEND_URL: backendUrl, BOT_TOKEN: token };
    const missing = this.missing(backendUrl, token);
    await this.#file.set(Object.fromEntries(missing.map((name) => [name, values[name]!])));
  }
}

function isSameUrl(text: string, backendUrl: string): boolean {
  try {
    return normalizeBackendUrl(text) === backendUrl;
  } catch {
    return false;
  }
}

function validToken(text: string): string | undefined {
  return botTokenProblem(text) === undefined ? text.trim() : undefined;
}

function variable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  try {
    return env[name]?.trim();
  } catch {
    // Without the permission to read it, the bot does not see it either.
    return undefined;
  }
}
