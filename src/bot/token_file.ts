import { delay } from "@std/async/delay";
import { readFile } from "node:fs/promises";
import { botTokenProblem } from "../grafolean/bot_token.ts";
import { ConfigError, isMissing } from "../util/errors.ts";
import type { ProblemLog } from "../util/problem_log.ts";

interface TokenFileOptions {
  /** Cancels the wait. */
  readonly signal: AbortSignal;
  /** Logs what the wait is for. */
  readonly problems: ProblemLog;
  /** Reads a file. @default from the disk */
  readonly read?: (file: string) => Promise<string>;
}

const POLL_MS = 2000;

/**
 * Reads a token from a file. Waits while the file is missing or empty: a default installation of Grafolean writes it when
 * the first user is created, maybe long after the bot was started.
 *
 * @throws {ConfigError} If the file cannot be read, or its content is not a token.
 * @throws The reason of `signal` if that aborts.
 */
export async function waitForTokenFile(
  file: string,
  { signal, problems, read = readTokenFile }: TokenFileOptions,
): Promise<string> {
  const name = `"${file}" (BOT_TOKEN_FROM_FILE)`;
  for (;;) {
    const token = await read(file).catch((error) => {
      if (isMissing(error)) return undefined;
      throw new ConfigError([`Cannot read ${name}: ${error.message}`], { cause: error });
    });
    if (token) {
      const problem = botTokenProblem(token);
      if (problem) throw new ConfigError([`The bot token in ${name} is invalid: ${problem}`]);
      problems.clear("bot token");
      return token;
    }
    const reason = token === undefined ? "does not exist yet" : "is still empty";
    problems.raise("bot token", `Waiting for the bot token: ${name} ${reason}`);
    await delay(POLL_MS, { signal });
  }
}

/** Reads a token from a file without waiting. */
export async function readTokenFile(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trim();
}
