import { type Collector, inspectCollector } from "../collector/collector.ts";
import { redactProblem } from "../collector/redact_problem.ts";
import type { CollectorStats } from "../collector/stats.ts";
import type { Logger } from "../util/log.ts";
import type { Problem } from "../util/problem.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { REPORT_INTERVAL_S } from "./health.ts";
import { EvenTime } from "./even_time.ts";
import { HealthMonitor } from "./health_monitor.ts";
import type { BotHealth, RunningBot } from "./status_port.ts";

interface LiveBotOptions extends Pick<RunningBot, "name" | "version" | "env" | "log" | "redact"> {
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
  /** The problems of the program, such as what the bot waits for; its collector has others. */
  readonly problems: ProblemLog;
}

/**
 * A bot from its start on, when its collector may not exist yet: the same verdict about its health for its `HEALTH_FILE` and
 * its status port.
 */
export class LiveBot implements RunningBot, Disposable {
  readonly name: string;
  readonly version: string | undefined;
  readonly startedAt: number = Date.now() / 1000;
  readonly env: RunningBot["env"];
  readonly log: Logger;
  readonly redact: (text: string) => string;
  readonly #problems: ProblemLog;
  readonly #monitor: HealthMonitor;
  readonly #time = new EvenTime(this.startedAt);
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #users: ((collector: Collector) => void)[] = [];
  #collector: Collector | undefined;
  #listener: (() => void) | undefined;
  #last: Pick<BotHealth, "ok" | "since"> = { ok: true, since: this.startedAt };

  /** Constructs a new instance for a bot that has just started. It checks the bot every 10 seconds. */
  constructor(options: LiveBotOptions) {
    const { name, version, env, log, redact, jobsRefreshInterval, problems } = options;
    this.name = name;
    this.version = version;
    this.env = env;
    this.log = log;
    this.redact = redact;
    this.#problems = problems;
    this.#monitor = new HealthMonitor({ name, startedAt: this.startedAt, jobsRefreshInterval });
    this.#timer = setInterval(() => this.#check(), REPORT_INTERVAL_S * 1000);
  }

  /** Its collector; `undefined` while it waits for its token or for Grafolean. */
  get collector(): Collector | undefined {
    return this.#collector;
  }

  /** Sets the collector, before it starts. */
  setCollector(collector: Collector): void {
    this.#collector = collector;
    this.#check();
    for (const use of this.#users.splice(0)) use(collector);
  }

  /** Calls a function with the collector before that starts, or at once if there is one. */
  onCollector(use: (collector: Collector) => void): void {
    if (this.#collector === undefined) this.#users.push(use);
    else use(this.#collector);
  }

  /** Calls a function now, every 10 seconds, and when the bot starts to collect. */
  watch(listener: () => void): void {
    this.#listener = listener;
    listener();
  }

  /** Returns the stats of the bot; `null` while it waits for its token or for Grafolean. */
  stats(): CollectorStats | null {
    return this.#collector?.stats() ?? null;
  }

  /** All problems that have not ended: those of the program, then those of the collector. */
  *problems(): Generator<Problem> {
    for (const problem of this.#problems.open()) yield redactProblem(problem, this.redact);
    if (this.#collector !== undefined) yield* inspectCollector(this.#collector).problems();
  }

  /**
   * Returns whether the bot is healthy.
   *
   * @param now The current time, in UNIX seconds.
   * @param stats Its stats now.
   */
  health(now: number = Date.now() / 1000, stats: CollectorStats | null = this.stats()): BotHealth {
    this.#time.update(now);
    const { ok, line } = stats === null
      ? this.#monitor.waiting(this.#problems.open(), this.#time.of(now))
      : this.#monitor.collecting(this.#withEvenTime(stats, now), this.#time.of(now));
    if (ok !== this.#last.ok) this.#last = { ok, since: now };
    return { ok, line, state: stats === null ? "waiting" : "collecting", since: this.#last.since };
  }

  /** Stops checking the bot. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #withEvenTime(stats: CollectorStats, now: number): CollectorStats {
    const time = this.#time;
    const { refresh, values, problems } = stats;
    const { oldestAge } = values;
    return {
      ...stats,
      refresh: { ...refresh, at: refresh.at && time.of(refresh.at) },
      values: {
        ...values,
        oldestAge: oldestAge && time.of(now) - time.of(now - oldestAge),
      },
      problems: problems.map((problem) => ({ ...problem, since: time.of(problem.since) })),
    };
  }

  #check(): void {
    // Also without a listener: the verdict depends on how the numbers have changed.
    if (this.#listener === undefined) this.health();
    else this.#listener();
  }
}
