import type { HealthStatus } from "../../bot/health.ts";
import type { RunningBot } from "../../bot/status_port.ts";
import { BotStateReader } from "./bot_state.ts";
import { METRICS } from "./definitions.ts";
import { prometheusText } from "./prometheus_text.ts";
import { obstacleOf } from "./readiness.ts";

/** The content type of what {@linkcode Metrics.render} returns. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The metrics of a bot, for Prometheus, and what follows from the same counts. */
export class Metrics implements Disposable {
  readonly #bot: RunningBot;
  readonly #reader: BotStateReader;

  /** Constructs a new instance, which begins to count. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    this.#reader = new BotStateReader(bot);
  }

  /** Returns all metrics in the text format of Prometheus. */
  async render(): Promise<string> {
    return prometheusText(METRICS, await this.#reader.read());
  }

  /** Whether the bot polls something and has reached Grafolean since its start; if not, the line says what is missing. */
  readiness(): HealthStatus {
    const { name, collector } = this.#bot;
    if (collector === undefined) return { ok: false, line: this.#bot.health().line };
    const obstacle = obstacleOf(collector.stats(), this.#reader.tally);
    if (obstacle === undefined) return { ok: true, line: `${name} is ready` };
    return { ok: false, line: `${name} is not ready: ${obstacle}` };
  }

  /** Ends counting. */
  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
