import type { Collector } from "../collector/collector.ts";
import type { Logger } from "../util/log.ts";
import type { HealthTracker } from "./health_tracker.ts";
import type { BotHealth, RunningBot } from "./status_port.ts";

interface LiveBotOptions extends Pick<RunningBot, "name" | "version" | "env" | "log" | "redact"> {
  /** Follows its health. */
  readonly health: HealthTracker;
}

/** A bot whose collector may not exist yet. */
export class LiveBot implements RunningBot {
  readonly name: string;
  readonly version: string | undefined;
  readonly startedAt: number;
  readonly env: RunningBot["env"];
  readonly log: Logger;
  readonly redact: (text: string) => string;
  readonly #health: HealthTracker;
  readonly #users: ((collector: Collector) => void)[] = [];
  #collector: Collector | undefined;

  /** Constructs a new instance for a bot that has just started. */
  constructor({ name, version, env, log, redact, health }: LiveBotOptions) {
    this.name = name;
    this.version = version;
    this.startedAt = health.startedAt;
    this.env = env;
    this.log = log;
    this.redact = redact;
    this.#health = health;
  }

  /** Its collector; `undefined` while it waits for its token or for Grafolean. */
  get collector(): Collector | undefined {
    return this.#collector;
  }

  /** Sets the collector, before it starts. */
  setCollector(collector: Collector): void {
    this.#collector = collector;
    this.#health.onCollecting(() => collector.stats());
    for (const use of this.#users.splice(0)) use(collector);
  }

  /** Calls a function with the collector before that starts, or at once if there is one. */
  onCollector(use: (collector: Collector) => void): void {
    if (this.#collector === undefined) this.#users.push(use);
    else use(this.#collector);
  }

  /** Whether it is healthy now. */
  health(): BotHealth {
    return this.#health.health();
  }
}
