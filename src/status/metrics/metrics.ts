import type { RunningBot } from "../../bot/status_port.ts";
import { BotStateReader } from "./bot_state.ts";
import { METRICS } from "./definitions.ts";
import { prometheusText } from "./prometheus_text.ts";

/** The content type of what {@linkcode Metrics.render} returns. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The metrics of a bot, for Prometheus. */
export class Metrics implements Disposable {
  readonly #reader: BotStateReader;

  /** Constructs a new instance, which begins to count. */
  constructor(bot: RunningBot) {
    this.#reader = new BotStateReader(bot);
  }

  /** Returns all metrics in the text format of Prometheus. */
  async render(): Promise<string> {
    return prometheusText(METRICS, await this.#reader.read());
  }

  /** Ends counting. */
  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
