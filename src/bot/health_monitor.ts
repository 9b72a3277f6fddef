import type { CollectorStats } from "../collector/stats.ts";
import { counted, formatCount } from "../util/format_count.ts";
import { formatDuration } from "../util/format_duration.ts";
import type { Problem } from "../util/problem.ts";
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

/** How many values Grafolean has taken and refused until a moment, in UNIX seconds. */
type Sample = Readonly<Record<"at" | "sent" | "refused", number>>;

// A start may take this long, and so may an outage of Grafolean: jobs and values wait, nothing is lost.
const GRACE_S = 60;
// Long enough for Grafolean to recover from what quarantined a path.
const RECENT_S = 600;
// Somebody may ask a thousand times a second.
const SAMPLE_INTERVAL_S = 5;

/** Decides from the stats whether a bot is healthy. A problem that is over does not count. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  /** From the last one that is older than {@linkcode RECENT_S} on. */
  readonly #samples: Sample[];

  /** Constructs a new instance for a bot that has just started. */
  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#samples = [{ at: options.startedAt, sent: 0, refused: 0 }];
  }

  /**
   * Returns the status of a bot that waits for its token or for Grafolean.
   *
   * @param problems The open problems.
   * @param now The current time, in UNIX seconds.
   */
  waiting(problems: readonly Problem[], now: number): HealthStatus {
    const waited = now - this.#options.startedAt;
    // That its health file cannot be written keeps no bot from starting.
    const cause = reason(problems.find(({ key }) => key !== "health file"));
    return waited <= GRACE_S
      ? this.#starting(cause)
      : this.#unhealthy(`waiting for ${formatDuration(waited)}${cause}`);
  }

  /**
   * Returns the status of a bot that collects. Call it regularly, as it also notices when values were refused.
   *
   * @param stats The stats of the collector.
   * @param now The current time, in UNIX seconds.
   */
  collecting(stats: CollectorStats, now: number): HealthStatus {
    const { jobs, refresh, values, problems } = stats;
    const recent = this.#recent(values, now);
    const cause = this.#cause(stats, recent, now);
    if (problems.some(({ key }) => key === "dropped values")) {
      const loss = `${counted(values.dropped, "value")} dropped as too many were waiting`;
      return this.#unhealthy(cause === undefined ? loss : `${loss}: ${cause}`);
    }
    if (cause !== undefined) return this.#unhealthy(cause);
    if (refresh.ok === null) return this.#starting();
    const counts = [
      `${counted(jobs.known, "job")}, ${formatCount(jobs.running)} running, ${
        formatCount(jobs.failing)
      } failing`,
      `${counted(values.sent, "value")} sent, ${formatCount(values.waiting)} waiting`,
    ];
    if (values.quarantined > 0) counts.push(`${formatCount(values.quarantined)} quarantined`);
    if (recent.refused > 0) {
      counts.push(`${formatCount(recent.refused)} refused in the last 10 minutes`);
    }
    return { ok: true, line: `${this.#options.name} is healthy: ${counts.join(", ")}` };
  }

  /** Returns the worst that is wrong. */
  #cause(
    { refresh, values, problems }: CollectorStats,
    { sent, refused }: Sample,
    now: number,
  ): string | undefined {
    const { startedAt, jobsRefreshInterval } = this.#options;
    const { waiting, quarantined, oldestAge } = values;
    const unrefreshed = now - (refresh.at ?? startedAt);
    const ofBot = problems.filter(({ scope }) => !isJobScope(scope));
    const find = (seconds: number, matches: (problem: Problem) => boolean) =>
      ofBot.find((problem) => now - problem.since > seconds && matches(problem));
    const causes = [
      find(GRACE_S, ({ key }) => key === "outbox file")?.message,
      refresh.ok === false && `cannot refresh its jobs: ${refresh.error ?? "no reason given"}`,
      unrefreshed > 3 * jobsRefreshInterval + GRACE_S &&
      `jobs not refreshed for ${formatDuration(unrefreshed)}`,
      // Values in quarantine may be the oldest for days while all others are delivered.
      quarantined === 0 && oldestAge !== null && oldestAge > GRACE_S &&
      `${counted(waiting, "value")} waiting, the oldest for ${formatDuration(oldestAge)}${
        reason(find(0, ({ key }) => key === "delivery" || key === "PUT"))
      }`,
      find(
        GRACE_S,
        ({ key, level }) => key === "delivery" || (level === "error" && key !== "dropped values"),
      )?.message,
      refused > sent &&
      `${formatCount(refused)} of ${
        formatCount(refused + sent)
      } values refused in the last 10 minutes: the log names their paths and the reasons`,
      quarantined > 0 && find(RECENT_S, ({ key }) => key === "quarantine")?.message,
    ];
    return causes.find((cause) => typeof cause === "string");
  }

  /** What has become of values lately. */
  #recent({ sent, refused }: CollectorStats["values"], at: number): Sample {
    const samples = this.#samples;
    if (Math.abs(at - samples.at(-1)!.at) >= SAMPLE_INTERVAL_S) {
      samples.push({ at, sent, refused });
    }
    while (samples.length > 1 && at - samples[1]!.at >= RECENT_S) samples.shift();
    const [before] = samples;
    return { at, sent: sent - before!.sent, refused: refused - before!.refused };
  }

  #starting(cause = ""): HealthStatus {
    return { ok: true, line: `${this.#options.name} is starting${cause}` };
  }

  #unhealthy(cause: string): HealthStatus {
    return { ok: false, line: `${this.#options.name} is unhealthy: ${cause}` };
  }
}

function reason(problem: Problem | undefined): string {
  return problem === undefined ? "" : `: ${problem.message}`;
}
