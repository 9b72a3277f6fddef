import type { CollectorStats } from "../collector/stats.ts";
import type { LogRecord } from "../util/log.ts";
import type { HealthStatus } from "./health.ts";

interface HealthMonitorOptions {
  /** The name of the bot. */
  readonly name: string;
  /** When the bot was started, in UNIX seconds. */
  readonly startedAt: number;
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
}

// A start may take this long, and so may an outage of Grafolean: jobs and values wait, nothing is lost.
const GRACE_S = 60;
// Long enough for an operator to notice a loss.
const DROPS_SHOWN_S = 600;

/** Decides whether a bot is healthy, from its stats and what it logs. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  #lastError: string | undefined;
  #isCollecting = false;
  #deliveredAt: number;
  #sent = 0;
  #dropped = 0;
  #droppedAt = -Infinity;

  /** Constructs a new instance for a bot that has just started. */
  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#deliveredAt = options.startedAt;
  }

  /** Called with each record that the bot logs. Those of single jobs are ignored. */
  onRecord({ level, jobId, message }: LogRecord): void {
    if (jobId !== undefined || level === "debug" || level === "info") return;
    // The number of waiting values is that of the moment; the status has the current one.
    this.#lastError = message.replace(/; \d+ waiting in .*$/, "");
  }

  /**
   * Returns the status. Call it regularly, as it also notices when values were delivered or dropped.
   *
   * @param stats The stats of the collector; `null` while the bot waits for its token or for Grafolean.
   * @param now The current time, in UNIX seconds.
   */
  status(stats: CollectorStats | null, now: number): HealthStatus {
    const { name } = this.#options;
    const problem = stats === null ? this.#waitProblem(now) : this.#collectProblem(stats, now);
    if (problem !== undefined) return { ok: false, line: `${name} is unhealthy: ${problem}` };
    if (stats === null || stats.refresh.ok === null) {
      return { ok: true, line: `${name} is starting` };
    }
    const { jobs, values } = stats;
    const line =
      `${name} is healthy: ${jobs.known} jobs, ${jobs.running} running, ${jobs.failing} failing, ` +
      `${values.sent} values sent, ${values.waiting} waiting`;
    return { ok: true, line };
  }

  #waitProblem(now: number): string | undefined {
    const { startedAt } = this.#options;
    if (now - startedAt <= GRACE_S) return undefined;
    return `waiting for ${seconds(now - startedAt)}${this.#reason()}`;
  }

  #collectProblem({ refresh, values }: CollectorStats, now: number): string | undefined {
    const { sent, waiting, dropped } = values;
    // What was wrong before is over.
    if (!this.#isCollecting || (waiting === 0 && refresh.ok)) this.#lastError = undefined;
    this.#isCollecting = true;
    if (sent > this.#sent || waiting === 0) this.#deliveredAt = now;
    if (dropped > this.#dropped) this.#droppedAt = now;
    this.#sent = sent;
    this.#dropped = dropped;

    if (refresh.ok === false) {
      return `cannot refresh its jobs: ${refresh.error ?? "no reason given"}`;
    }
    const { startedAt, jobsRefreshInterval } = this.#options;
    const unrefreshed = now - (refresh.at ?? startedAt);
    if (unrefreshed > 3 * jobsRefreshInterval + GRACE_S) {
      return `jobs not refreshed for ${seconds(unrefreshed)}${this.#reason()}`;
    }
    const undelivered = now - this.#deliveredAt;
    if (waiting > 0 && undelivered > GRACE_S) {
      return `${waiting} values waiting, none delivered for ${
        seconds(undelivered)
      }${this.#reason()}`;
    }
    if (now - this.#droppedAt < DROPS_SHOWN_S) {
      return `${dropped} values dropped as too many were waiting`;
    }
    return undefined;
  }

  #reason(): string {
    return this.#lastError === undefined ? "" : `: ${this.#lastError}`;
  }
}

function seconds(time: number): string {
  return `${Math.round(time)} s`;
}
