import { delay } from "@std/async/delay";
import { readFile } from "node:fs/promises";
import { botTokenProblem } from "../grafolean/bot_token.ts";
import { ConfigError, isMissing } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";

interface TokenFileOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Logs what the wait is for. */
  readonly log?: Pick<Logger, "info">;
  /** How often to look for the file, in milliseconds. @default 2000 */
  readonly pollMs?: number;
}

/**
 * Reads a token from a file. Waits while the file is missing or empty.
 *
 * @throws {ConfigError} If the file cannot be read, or its content is not a token.
 * @throws The reason of `signal` if that aborts.
 */
export async function waitForTokenFile(
  file: string,
  options: TokenFileOptions = {},
): Promise<string> {
  const { signal, log, pollMs = 2000 } = options;
  const name = `"${file}" (BOT_TOKEN_FROM_FILE)`;
  let before: string | undefined;
  for (let attempts = 0;; attempts++) {
    let reason: string;
    try {
      const token = await readTokenFile(file);
      const problem = botTokenProblem(token);
      // A file that appears during the wait may be half written.
      if (problem === undefined && (attempts === 0 || token === before)) return token;
      before = token;
      if (problem !== undefined && token.trim() !== "") {
        throw new ConfigError([`The bot token in ${name} is invalid: ${problem}`]);
      }
      reason = problem === undefined ? "is being written" : "is still empty";
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (!isMissing(error)) {
        throw new ConfigError([`Cannot read ${name}: ${messageOf(error)}`], { cause: error });
      }
      reason = "does not exist yet";
    }
    // Once a minute, so that the log shows why the bot does nothing.
    if (attempts % Math.max(1, Math.round(60_000 / pollMs)) === 0) {
      log?.info(`Waiting for the bot token: ${name} ${reason}`);
    }
    await delay(pollMs, signal ? { signal } : {});
  }
}

/** Reads a token from a file without waiting. */
export async function readTokenFile(file: string): Promise<string> {
  return await readFile(file, "utf8");
}

/** Returns the message of an error of the file system. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
