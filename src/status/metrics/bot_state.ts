import type { BotHealth, RunningBot } from "../../bot/status_port.ts";
import { type Collector, inspectCollector } from "../../collector/collector.ts";
import type { CollectorStats } from "../../collector/stats.ts";
import { inTurns } from "../../util/turns.ts";
import { Tally } from "./tally.ts";

/** What the metrics show of a bot at a moment. */
export interface BotState extends Readonly<Counts> {
  /** The bot. */
  readonly bot: RunningBot;
  /** Its health. */
  readonly health: BotHealth;
  /** What has happened in it. */
  readonly tally: Tally;
  /** The stats of its collector; `undefined` while it waits for its token or for Grafolean. */
  readonly stats: CollectorStats | undefined;
}

interface Counts {
  /** How many devices are polled; `undefined` without a collector. */
  polled: number | undefined;
  /** How many devices are left out, by reason. */
  readonly leftOut: Map<string, number>;
  /** How many problems are open, by kind. */
  readonly problems: Map<string, number>;
}

// Kinds of problems come from bots: one with the name of a device in it would be a time series for each.
const MAX_LABELS = 50;
const MAX_LABEL_LENGTH = 100;

/** Reads the state of a bot whenever somebody asks for its metrics. */
export class BotStateReader implements Disposable {
  /** What has happened in the bot. */
  readonly tally: Tally;
  readonly #bot: RunningBot;
  #last: Readonly<Counts> = { polled: undefined, leftOut: new Map(), problems: new Map() };

  /** Constructs a new instance, which begins to count what happens. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    this.tally = new Tally(bot);
  }

  /** Reads the state. Thousands of devices are counted bit by bit, while everything else goes on. */
  async read(): Promise<BotState> {
    const counts = this.#newCounts();
    await inTurns(count(this.#bot.collector, counts), () => {});
    return this.#state(counts);
  }

  /** Like {@linkcode read}, but at once. */
  readAtOnce(): BotState {
    const counts = this.#newCounts();
    for (const _ of count(this.#bot.collector, counts));
    return this.#state(counts);
  }

  /** Ends counting. */
  [Symbol.dispose](): void {
    this.tally[Symbol.dispose]();
  }

  /** Labels of the last time stay, with 0, so that their time series do not end. */
  #newCounts(): Counts {
    const { leftOut, problems } = this.#last;
    return { polled: undefined, leftOut: zeros(leftOut), problems: zeros(problems) };
  }

  #state(counts: Counts): BotState {
    this.#last = counts;
    return {
      ...counts,
      bot: this.#bot,
      health: this.#bot.health(),
      tally: this.tally,
      stats: this.#bot.collector?.stats(),
    };
  }
}

/** Counts devices and problems, and yields after each. */
function* count(collector: Collector | undefined, counts: Counts): Generator<void> {
  if (collector === undefined) return;
  const inspection = inspectCollector(collector);
  let polled = 0;
  for (const { info, leftOut } of inspection.devices()) {
    if (info !== undefined) polled++;
    if (leftOut !== undefined) increment(counts.leftOut, leftOut.reason);
    yield;
  }
  counts.polled = polled;
  for (const { kind } of inspection.problems()) yield increment(counts.problems, kind);
}

function zeros(counts: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...counts.keys()].map((label) => [label, 0]));
}

/** After 50 labels, all others are `other`. */
function increment(counts: Map<string, number>, label: string): void {
  let key = label.slice(0, MAX_LABEL_LENGTH);
  if (!counts.has(key) && counts.size >= MAX_LABELS) key = "other";
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
