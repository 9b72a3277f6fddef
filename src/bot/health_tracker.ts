import type { CollectorStats } from "../collector/stats.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { REPORT_INTERVAL_S } from "./health.ts";
import { HealthMonitor } from "./health_monitor.ts";
import type { BotHealth } from "./status_port.ts";

interface HealthTrackerOptions {
  /** The name of the bot. */
  readonly name: string;
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
  /** Has what the bot waits for. */
  readonly problems: ProblemLog;
}

/** The health of a running bot from its start on: the same verdict for its `HEALTH_FILE` and its status port. */
export class HealthTracker implements Disposable {
  /** When the bot was started, in UNIX seconds. */
  readonly startedAt: number = Date.now() / 1000;
  readonly #problems: ProblemLog;
  readonly #monitor: HealthMonitor;
  readonly #timer: ReturnType<typeof setInterval>;
  #getStats: (() => CollectorStats) | undefined;
  #listener: (() => void) | undefined;
  #last: Pick<BotHealth, "ok" | "since"> = { ok: true, since: this.startedAt };

  /** Constructs a new instance for a bot that has just started. It looks at the bot every 10 seconds. */
  constructor({ name, jobsRefreshInterval, problems }: HealthTrackerOptions) {
    this.#problems = problems;
    this.#monitor = new HealthMonitor({ name, startedAt: this.startedAt, jobsRefreshInterval });
    this.#timer = setInterval(() => this.#look(), REPORT_INTERVAL_S * 1000);
  }

  /** Called when the bot starts to collect. */
  onCollecting(getStats: () => CollectorStats): void {
    this.#getStats = getStats;
    this.#look();
  }

  /** Calls a function now, every 10 seconds, and when the bot starts to collect. */
  watch(listener: () => void): void {
    this.#listener = listener;
    listener();
  }

  /** Returns the stats of the bot; `null` while it waits for its token or for Grafolean. */
  stats(): CollectorStats | null {
    return this.#getStats?.() ?? null;
  }

  /**
   * Returns whether the bot is healthy.
   *
   * @param now The current time, in UNIX seconds.
   * @param stats Its stats now.
   */
  health(now: number = Date.now() / 1000, stats: CollectorStats | null = this.stats()): BotHealth {
    const { ok, line } = stats === null
      ? this.#monitor.waiting(this.#problems.open(), now)
      : this.#monitor.collecting(stats, now);
    if (ok !== this.#last.ok) this.#last = { ok, since: now };
    return { ok, line, state: stats === null ? "waiting" : "collecting", since: this.#last.since };
  }

  /** Stops looking at the bot. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // Also without a listener: the verdict depends on how the numbers have changed.
    if (this.#listener === undefined) this.health();
    else this.#listener();
  }
}
