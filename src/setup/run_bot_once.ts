import type { BotClass } from "../bot/create_bot.ts";
import { describeError } from "../util/describe_error.ts";
import type { LogSink } from "../util/log.ts";

interface RunBotOptions {
  readonly backendUrl: string;
  readonly token: string;
  /** Receives the log of the bot. */
  readonly sink: LogSink;
  readonly signal: AbortSignal;
}

/** What a run of the bot has done. */
export interface BotRun {
  /** How many values Grafolean has stored. */
  readonly sent: number;
  /** What the bot has logged as a warning or an error, and why there was nothing to do. */
  readonly problems: readonly string[];
}

/** Runs all jobs of a bot once, in this process. */
export async function runBotOnce(
  BotClass: BotClass,
  { backendUrl, token, sink, signal }: RunBotOptions,
): Promise<BotRun> {
  const problems: string[] = [];
  const bot = new BotClass(backendUrl, token, undefined, {
    logSink(record) {
      if (record.level === "warn" || record.level === "error") problems.push(record.message);
      sink(record);
    },
  });
  try {
    const { ok, failed, notRun, sent } = await bot.runOnce({ signal });
    if (ok + failed + notRun === 0) problems.push("it found no device to poll");
    return { sent, problems };
  } catch (error) {
    signal.throwIfAborted();
    return { sent: 0, problems: [...problems, describeError(error)] };
  }
}
