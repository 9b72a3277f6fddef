import { delay } from "@std/async/delay";
import { readFile } from "node:fs/promises";
import { ConfigError } from "../util/errors.ts";
import { botTokenProblem } from "../grafolean/bot_token.ts";
import type { Logger } from "../util/log.ts";

/** How {@linkcode waitForTokenFile} waits. */
export interface TokenFileOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Is told while there is a wait. */
  readonly log?: Pick<Logger, "info">;
  /** How often the file is looked for, in milliseconds. @default 2000 */
  readonly pollMs?: number;
}

/**
 * Reads a token from a file, and waits for the file where it is not there or empty yet.
 *
 * @throws {ConfigError} If the file cannot be read, or what it holds is no token.
 * @throws The reason of `signal` when it aborts.
 */
export async function waitForTokenFile(
  file: string,
  options: TokenFileOptions = {},
): Promise<string> {
  const { signal, log, pollMs = 2000 } = options;
  let before: string | undefined;
  for (let tries = 0;; tries++) {
    let problem: string;
    try {
      const token = await readTokenFile(file);
      const wrong = botTokenProblem(token);
      // A file that comes while it is waited for may be caught half written.
      if (wrong === undefined && (tries === 0 || token === before)) return token;
      before = token;
      if (wrong !== undefined && token.trim() !== "") {
        throw new ConfigError([
          `BOT_TOKEN_FROM_FILE: the token in "${file}" cannot be used: ${wrong}`,
        ]);
      }
      problem = wrong === undefined ? "it is being written" : "it is still empty";
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (!isMissing(error)) {
        throw new ConfigError([
          `BOT_TOKEN_FROM_FILE: "${file}" cannot be read: ${messageOf(error)}`,
        ], { cause: error });
      }
      problem = "it is not there yet";
    }
    // Once a minute, so that whoever looks at the log finds out why nothing happens.
    if (tries % Math.max(1, Math.round(60_000 / pollMs)) === 0) {
      log?.info(
        `Waiting for the bot token in the file "${file}" (BOT_TOKEN_FROM_FILE): ${problem}`,
      );
    }
    await delay(pollMs, signal ? { signal } : {});
  }
}

/** Reads a token from a file as it is now. */
export async function readTokenFile(file: string): Promise<string> {
  return await readFile(file, "utf8");
}

/** What an error of the file system says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether a file is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "ENOENT";
}
