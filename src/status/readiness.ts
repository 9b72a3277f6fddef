import type { RunningBot } from "../bot/status_port.ts";
import { inspectCollector } from "../collector/collector.ts";

/** Whether a bot polls something, and has reached Grafolean since its start. */
export class Readiness implements Disposable {
  readonly #bot: RunningBot;
  #hasReached = false;
  #stop: (() => void) | undefined;

  /** Constructs a new instance for a bot that has just started. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    bot.onCollector((collector) => {
      this.#stop?.();
      this.#hasReached = collector.stats().refresh.ok === true;
      this.#stop = inspectCollector(collector).observe({
        onRefresh: ({ ok }) => this.#hasReached ||= ok,
      });
    });
  }

  /** Returns why the bot is not ready; `undefined` if it is. */
  obstacle(): string | undefined {
    const stats = this.#bot.collector?.stats();
    if (stats === undefined) return "waiting for its token or for Grafolean";
    const { jobs, refresh } = stats;
    if (!this.#hasReached) {
      return refresh.ok === null
        ? "Grafolean has not answered yet which devices to poll"
        : `cannot refresh its jobs: ${refresh.error}`;
    }
    if (jobs.known > 0) return undefined;
    return "nothing to poll: Grafolean has no device for this bot, or none that is complete; --explain tells more";
  }

  /** Stops observing the bot. */
  [Symbol.dispose](): void {
    this.#stop?.();
  }
}
