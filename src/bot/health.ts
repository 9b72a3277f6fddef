import type { CollectorStats } from "../collector/stats.ts";

/** What a running bot writes about itself, as JSON. It holds no secret. All times are UNIX seconds. */
export interface HealthReport {
  /** The name of the bot. */
  readonly name: string;
  /** The process. */
  readonly pid: number;
  /** When the bot was started. */
  readonly startedAt: number;
  /** When this was written. */
  readonly at: number;
  /** What the bot does: it waits for its token or for Grafolean, it collects, or it has ended. */
  readonly state: "waiting" | "collecting" | "ended";
  /** How often it asks for its jobs, in seconds. */
  readonly jobsRefreshInterval: number;
  /** When values were last delivered, or none waited. */
  readonly deliveredAt: number;
  /** When values were last dropped because too many waited; `null` for never. */
  readonly droppedAt: number | null;
  /** The last thing it complained about; `null` for nothing. */
  readonly complaint: string | null;
  /** How the collector is doing; `null` while it waits. */
  readonly stats: CollectorStats | null;
}

/** Whether a bot is well, and one line that says so. */
export interface Verdict {
  /** Whether it is. */
  readonly ok: boolean;
  /** How it is, or what is wrong. */
  readonly line: string;
}

/** How often a report is written, in seconds. */
export const REPORT_INTERVAL = 10;

// Three reports have not come.
const STALE = 3 * REPORT_INTERVAL + 5;
// A start may take this long, and so may a bad moment of Grafolean: jobs and values wait for it, nothing is lost.
const PATIENCE = 60;
// A loss should be seen by whoever looks a little later.
const REMEMBERED = 600;

/**
 * Judges a report.
 *
 * @param now The current time, in UNIX seconds.
 */
export function judgeHealth(report: HealthReport, now: number): Verdict {
  const problem = problemOf(report, now);
  if (problem !== undefined) return { ok: false, line: `${report.name}: ${problem}` };
  const { stats } = report;
  if (stats === null || stats.refresh.ok === null) {
    return { ok: true, line: `${report.name}: starting` };
  }
  const { jobs, values } = stats;
  return {
    ok: true,
    line:
      `${report.name}: well; ${jobs.known} jobs, ${jobs.running} running, ${jobs.failing} failing, ` +
      `${values.sent} values sent, ${values.waiting} waiting`,
  };
}

function problemOf(report: HealthReport, now: number): string | undefined {
  const { state, stats, complaint } = report;
  const because = complaint === null ? "" : `: ${complaint}`;
  if (state === "ended") return "the bot has ended";
  const silent = now - report.at;
  if (silent > STALE) {
    return `the bot has not been heard of for ${seconds(silent)}: it hangs, or was killed`;
  }
  if (stats === null) {
    const waited = now - report.startedAt;
    return waited > PATIENCE ? `waiting for ${seconds(waited)}${because}` : undefined;
  }
  if (stats.refresh.ok === false) {
    return `it cannot find out which jobs there are: ${stats.refresh.error ?? "no reason given"}`;
  }
  const refreshed = now - (stats.refresh.at ?? report.startedAt);
  if (refreshed > 3 * report.jobsRefreshInterval + PATIENCE) {
    return `it has not found out for ${seconds(refreshed)} which jobs there are${because}`;
  }
  const { waiting, dropped } = stats.values;
  const undelivered = now - report.deliveredAt;
  if (waiting > 0 && undelivered > PATIENCE) {
    return `${waiting} values wait, none was delivered for ${seconds(undelivered)}${because}`;
  }
  if (report.droppedAt !== null && now - report.droppedAt < REMEMBERED) {
    return `${dropped} values were dropped because too many waited`;
  }
  return undefined;
}

function seconds(time: number): string {
  return `${Math.round(time)} s`;
}
