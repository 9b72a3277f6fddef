import type { CollectorStats } from "../collector/stats.ts";
import { formatDuration } from "../util/format_duration.ts";
import type { Problem } from "../util/problem_log.ts";
import { isJobScope } from "../util/problem_scope.ts";
import type { HealthStatus } from "./health.ts";

interface HealthMonitorOptions {
  /** The name of the bot. */
  readonly name: string;
  /** When the bot was started, in UNIX seconds. */
  readonly startedAt: number;
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
}

/** What became of the values until a moment. */
interface Sample {
  /** The moment, in UNIX seconds. */
  readonly at: number;
  readonly sent: number;
  readonly refused: number;
  readonly dropped: number;
}

// A start may take this long, and so may an outage of Grafolean: jobs and values wait, nothing is lost.
const GRACE_S = 60;
// Long enough for an operator to notice a loss, and for Grafolean to recover from what quarantined a path.
const RECENT_S = 600;

// Keys of problems.
const OUTBOX_FILE = "outbox file";
const DELIVERY = "delivery";
const FORBIDDEN = "PUT"; // values that had to wait
const QUARANTINE = "quarantine";
const DROPPED = "dropped values";

/** Decides from the stats whether a bot is healthy. A problem that is over does not count. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  /** From the last one that is older than {@linkcode RECENT_S} on. */
  readonly #samples: Sample[];
  #quarantinedSince: number | undefined;

  /** Constructs a new instance for a bot that has just started. */
  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#samples = [{ at: options.startedAt, sent: 0, refused: 0, dropped: 0 }];
  }

  /**
   * Returns the status of a bot that waits for its token or for Grafolean.
   *
   * @param problems The open problems.
   * @param now The current time, in UNIX seconds.
   */
  waiting(problems: readonly Problem[], now: number): HealthStatus {
    const waited = now - this.#options.startedAt;
    if (waited <= GRACE_S) return this.#starting();
    return this.#unhealthy(`waiting for ${formatDuration(waited)}${reason(problems[0])}`);
  }

  /**
   * Returns the status of a bot that collects. Call it regularly, as it also notices when values were dropped or refused.
   *
   * @param stats The stats of the collector.
   * @param now The current time, in UNIX seconds.
   */
  collecting(stats: CollectorStats, now: number): HealthStatus {
    const { jobs, refresh, values } = stats;
    const recent = this.#recent(values, now);
    if (values.quarantined === 0) this.#quarantinedSince = undefined;
    else this.#quarantinedSince ??= now;

    const [cause] = this.#causes(stats, recent, now);
    if (recent.dropped > 0) {
      const loss = `${
        valuesOf(recent.dropped)
      } dropped in the last 10 minutes as too many were waiting`;
      return this.#unhealthy(cause === undefined ? loss : `${loss}: ${cause}`);
    }
    if (cause !== undefined) return this.#unhealthy(cause);
    if (refresh.ok === null) return this.#starting();
    const counts = [
      `${jobs.known} jobs, ${jobs.running} running, ${jobs.failing} failing`,
      `${values.sent} values sent, ${values.waiting} waiting`,
    ];
    if (values.quarantined > 0) counts.push(`${values.quarantined} quarantined`);
    if (recent.refused > 0) counts.push(`${recent.refused} refused in the last 10 minutes`);
    return { ok: true, line: `${this.#options.name} is healthy: ${counts.join(", ")}` };
  }

  /** What is wrong, the worst first. */
  *#causes(
    { refresh, values, problems }: CollectorStats,
    recent: Sample,
    now: number,
  ): Generator<string> {
    // The line of a loss names another problem, which is its cause.
    const ofBot = problems.filter(({ key, scope }) => !isJobScope(scope) && key !== DROPPED);
    const named = (...keys: string[]) => reason(ofBot.find(({ key }) => keys.includes(key)));
    const lasting = ofBot.filter(({ since }) => now - since > GRACE_S);
    const file = lasting.find(({ key }) => key === OUTBOX_FILE);
    if (file !== undefined) yield file.message;

    const { startedAt, jobsRefreshInterval } = this.#options;
    const unrefreshed = now - (refresh.at ?? startedAt);
    if (refresh.ok === false) {
      yield `cannot refresh its jobs: ${refresh.error ?? "no reason given"}`;
    } else if (unrefreshed > 3 * jobsRefreshInterval + GRACE_S) {
      yield `jobs not refreshed for ${formatDuration(unrefreshed)}`;
    }

    const { waiting, quarantined, oldestAge } = values;
    // Values in quarantine may be the oldest for days while all others are delivered.
    if (quarantined === 0 && oldestAge !== null && oldestAge > GRACE_S) {
      yield `${valuesOf(waiting)} waiting, the oldest for ${formatDuration(oldestAge)}${
        named(DELIVERY, FORBIDDEN)
      }`;
    }
    for (const { key, level, message } of lasting) {
      if (level === "error" || key === DELIVERY) yield message;
    }

    const { refused } = recent;
    const decided = refused + recent.sent;
    if (refused > decided / 2) {
      yield `${refused} of ${decided} values refused in the last 10 minutes: the log names their paths and the reasons`;
    }
    const since = this.#quarantinedSince;
    if (since !== undefined && now - since > RECENT_S) {
      yield `${valuesOf(quarantined)} quarantined for ${formatDuration(now - since)}${
        named(QUARANTINE)
      }`;
    }
  }

  /** What has become of values lately. */
  #recent({ sent, refused, dropped }: CollectorStats["values"], at: number): Sample {
    const samples = this.#samples;
    samples.push({ at, sent, refused, dropped });
    while (samples.length > 1 && at - samples[1]!.at >= RECENT_S) samples.shift();
    const before = samples[0]!;
    return {
      at,
      sent: sent - before.sent,
      refused: refused - before.refused,
      dropped: dropped - before.dropped,
    };
  }

  #starting(): HealthStatus {
    return { ok: true, line: `${this.#options.name} is starting` };
  }

  #unhealthy(cause: string): HealthStatus {
    return { ok: false, line: `${this.#options.name} is unhealthy: ${cause}` };
  }
}

function valuesOf(count: number): string {
  return count === 1 ? "1 value" : `${count} values`;
}

function reason(problem: Problem | undefined): string {
  return problem === undefined ? "" : `: ${problem.message}`;
}
