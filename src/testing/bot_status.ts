import { LiveBot } from "../bot/live_bot.ts";
import type { Collector } from "../collector/collector.ts";
import { redact } from "../grafolean/redact.ts";
import { createLogger, type LogSink } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";

interface BotStatusOptions {
  /** The name of the bot. */
  readonly name: string;
  /** Its token, which is shown nowhere. */
  readonly token: string;
  /** How often it refreshes its jobs, in seconds. */
  readonly jobsRefreshInterval: number;
  /** Gets what the status page has to log. */
  readonly logSink: LogSink;
}

/** The status page of a bot that runs in this process. */
interface BotStatus extends AsyncDisposable {
  /** Answers a request, with the path below the address of the page. */
  answer(request: Request, path: string): Promise<Response>;
  /** Shows this collector. To be called before it starts. */
  setCollector(collector: Collector): void;
}

/** Opens the status page of a bot that is about to start. */
export async function openBotStatus(
  { name, token, jobsRefreshInterval, logSink }: BotStatusOptions,
): Promise<BotStatus> {
  const { Status } = await import("../status/status.ts");
  const log = createLogger(logSink);
  const bot = new LiveBot({
    name,
    version: undefined,
    env: {},
    log,
    redact: (text) => redact(text, [token]),
    jobsRefreshInterval,
    problems: new ProblemLog(log),
  });
  const status = new Status(bot);
  return {
    answer: (request, path) => status.handle(request, path),
    setCollector: (collector) => bot.setCollector(collector),
    async [Symbol.asyncDispose]() {
      bot[Symbol.dispose]();
      await status[Symbol.asyncDispose]();
    },
  };
}
