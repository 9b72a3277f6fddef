import { delay } from "@std/async/delay";
import { readFile } from "node:fs/promises";
import { botTokenProblem } from "../grafolean/bot_token.ts";
import { fitPermissionAdvice } from "../util/describe_error.ts";
import { ConfigError, isMissing } from "../util/errors.ts";
import type { ProblemLog } from "../util/problem_log.ts";

interface TokenFileOptions {
  /** Cancels the wait. */
  readonly signal: AbortSignal;
  /** Logs what the wait is for. */
  readonly problems: ProblemLog;
  /** How long to wait, in seconds. @default Infinity */
  readonly deadline?: number | undefined;
  /** Called before the wait, to fail at once for another reason. */
  readonly beforeWait?: () => Promise<unknown>;
  /** Reads a file. @default from the disk */
  readonly read?: (file: string) => Promise<string>;
}

const POLL_MS = 2000;

/**
 * Reads a token from a file. Waits while the file is missing or empty: a default installation of Grafolean writes it when
 * the first user is created, maybe long after the bot was started.
 *
 * @throws {ConfigError} If the file cannot be read, its content is not a token, or it is not there by the deadline.
 * @throws What `beforeWait` throws.
 * @throws The reason of `signal` if that aborts.
 */
export async function waitForTokenFile(
  file: string,
  { signal, problems, deadline = Infinity, beforeWait, read = readTokenFile }: TokenFileOptions,
): Promise<string> {
  const name = `"${file}" (BOT_TOKEN_FROM_FILE)`;
  const waiting = deadline === Infinity ? "Waiting" : `Waiting for up to ${deadline} s`;
  const end = performance.now() + deadline * 1000;
  for (let isFirst = true;; isFirst = false) {
    const token = await read(file).catch((error) => {
      if (isMissing(error)) return undefined;
      const reason = fitPermissionAdvice(error.message);
      throw new ConfigError([`Cannot read ${name}: ${reason}`], { cause: error });
    });
    if (token) {
      const problem = botTokenProblem(token);
      if (problem) throw new ConfigError([`The bot token in ${name} is invalid: ${problem}`]);
      problems.clear("bot token");
      return token;
    }
    const reason = token === undefined ? "does not exist yet" : "is still empty";
    if (isFirst) await beforeWait?.();
    const leftMs = end - performance.now();
    if (leftMs <= 0) throw new ConfigError([`There is no bot token: ${name} ${reason}`]);
    problems.raise("bot token", `${waiting} for the bot token: ${name} ${reason}`);
    await delay(Math.min(POLL_MS, leftMs), { signal });
  }
}

/** Reads a token from a file without waiting. */
export async function readTokenFile(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trim();
}
