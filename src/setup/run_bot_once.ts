import type { BotClass } from "../bot/create_bot.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError } from "../util/errors.ts";
import type { LogSink } from "../util/log.ts";

/** Which bot to run, and how. */
export interface RunBotOptions {
  readonly BotClass: BotClass;
  readonly backendUrl: string;
  readonly token: string;
  /** The device to poll. */
  readonly device: { readonly id: number; readonly name: string };
  /** Receives the log of the bot. */
  readonly sink: LogSink;
  readonly signal: AbortSignal;
}

/** What a run of the bot has done. */
export interface BotRun {
  /** How many values Grafolean has stored. */
  readonly sent: number;
  /** What went wrong with the device or the whole bot, as it was logged. */
  readonly problems: readonly string[];
}

/** Runs the jobs of a device once, in this process. */
export async function runBotOnce(
  { BotClass, backendUrl, token, device, sink, signal }: RunBotOptions,
): Promise<BotRun> {
  const problems: string[] = [];
  const bot = new BotClass(backendUrl, token, undefined, {
    devices: [`${device.id}`],
    logSink(record) {
      const { level, jobName = device.name, message } = record;
      // A job may be for a part of a device.
      const isRelevant = jobName.startsWith(device.name) && (level === "warn" || level === "error");
      if (isRelevant) problems.push(message);
      sink(record);
    },
  });
  try {
    const { ok, failed, notRun, sent } = await bot.runOnce({ signal });
    if (ok + failed + notRun === 0) {
      problems.push(`it found nothing to poll ("deno task explain" tells why)`);
    }
    return { sent, problems };
  } catch (error) {
    signal.throwIfAborted();
    const problem = error instanceof ConfigError ? error.message : describeError(error);
    return { sent: 0, problems: [...problems, problem] };
  }
}
