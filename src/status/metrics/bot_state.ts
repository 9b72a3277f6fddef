import type { BotHealth, RunningBot } from "../../bot/status_port.ts";
import { inspectCollector } from "../../collector/collector.ts";
import type { CollectorStats } from "../../collector/stats.ts";
import { countBy } from "./count_by.ts";
import { Tally } from "./tally.ts";

/** What the metrics show of a bot at a moment. */
export interface BotState {
  /** The bot. */
  readonly bot: RunningBot;
  /** Its health. */
  readonly health: BotHealth;
  /** What has happened in it. */
  readonly tally: Tally;
  /** The stats of its collector; `undefined` while it waits for its token or for Grafolean. */
  readonly stats: CollectorStats | undefined;
  /** The counts of the stats, over the starts of the collector. */
  readonly totals: Readonly<
    Record<"skipped" | "handedOver" | "sent" | "refused" | "dropped", number>
  >;
  /** How many devices are polled; `undefined` without a collector. */
  readonly polled: number | undefined;
  /** How many devices are left out, by reason. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** How many problems are open, by kind. */
  readonly problems: ReadonlyMap<string, number>;
}

const NOTHING: BotState["totals"] = { skipped: 0, handedOver: 0, sent: 0, refused: 0, dropped: 0 };

/** Reads the state of a bot whenever somebody asks for its metrics. */
export class BotStateReader implements Disposable {
  /** What has happened in the bot. */
  readonly tally: Tally;
  readonly #bot: RunningBot;
  /** The counts of the last start of the collector, and of those before. */
  #last: BotState["totals"] = NOTHING;
  #before: BotState["totals"] = NOTHING;
  #leftOut: ReadonlyMap<string, number> = new Map();
  #problems: ReadonlyMap<string, number> = new Map();
  #reading: Promise<BotState> | undefined;

  /** Constructs a new instance, which begins to count. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    this.tally = new Tally(bot);
  }

  /** Reads the state. Thousands of devices are counted bit by bit, while everything else goes on. */
  read(): Promise<BotState> {
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
  }

  /** Ends counting. */
  [Symbol.dispose](): void {
    this.tally[Symbol.dispose]();
  }

  async #read(): Promise<BotState> {
    const { collector } = this.#bot;
    let polled: number | undefined;
    if (collector !== undefined) {
      const inspection = inspectCollector(collector);
      let found = 0;
      this.#leftOut = await countBy(inspection.devices(), ({ info, leftOut }) => {
        if (info !== undefined) found++;
        return leftOut?.reason;
      }, this.#leftOut);
      polled = found;
      this.#problems = await countBy(inspection.problems(), ({ kind }) => kind, this.#problems);
    }
    const stats = collector?.stats();
    return {
      bot: this.#bot,
      health: this.#bot.health(),
      tally: this.tally,
      stats,
      totals: stats === undefined ? NOTHING : this.#addUp(stats),
      polled,
      leftOut: this.#leftOut,
      problems: this.#problems,
    };
  }

  /** The stats begin at 0 whenever the collector starts; what is added up must not go back. */
  #addUp({ runs: { skipped }, values }: CollectorStats): BotState["totals"] {
    const { handedOver, sent, refused, dropped } = values;
    const current = { skipped, handedOver, sent, refused, dropped };
    const before = { ...this.#before };
    const totals = { ...current };
    for (const key of Object.keys(current) as (keyof typeof current)[]) {
      if (current[key] < this.#last[key]) before[key] += this.#last[key];
      totals[key] = before[key] + current[key];
    }
    this.#before = before;
    this.#last = current;
    return totals;
  }
}
