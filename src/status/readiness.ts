import type { RunningBot } from "../bot/status_port.ts";

/** Whether a bot polls something, and has reached Grafolean since its start. */
export class Readiness {
  readonly #bot: RunningBot;
  #hasRefreshed = false;

  /** Constructs a new instance for a bot that has just started. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
  }

  /** Returns why the bot is not ready; `undefined` if it is. */
  obstacle(): string | undefined {
    const stats = this.#bot.collector?.stats();
    if (stats === undefined) return "waiting for its token or for Grafolean";
    const { jobs, refresh } = stats;
    this.#hasRefreshed ||= refresh.ok === true;
    if (!this.#hasRefreshed) {
      return refresh.ok === null
        ? "Grafolean has not answered yet which devices to poll"
        : `cannot refresh its jobs: ${refresh.error}`;
    }
    if (jobs.known > 0) return undefined;
    return "nothing to poll: Grafolean has no device for this bot, or none that is complete; --explain tells more";
  }
}
