import { readFile } from "node:fs/promises";
import type { CollectorStats } from "../collector/stats.ts";
import { describeError } from "../util/describe_error.ts";
import { isMissing } from "../util/errors.ts";

/** What a running bot writes to its `HEALTH_FILE`, as JSON. It holds no secret. All times are UNIX seconds. */
export interface HealthReport {
  /** The name of the bot. */
  readonly name: string;
  /** The process id. */
  readonly pid: number;
  /** When the bot was started. */
  readonly startedAt: number;
  /** When the report was written. */
  readonly at: number;
  /** Whether the bot waits for its token or for Grafolean, collects, or has stopped. */
  readonly state: "waiting" | "collecting" | "stopped";
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
  /** When values were last delivered, or none were waiting. */
  readonly deliveredAt: number;
  /** When values were last dropped because too many were waiting; `null` if never. */
  readonly droppedAt: number | null;
  /** The last problem that was logged and is not over; `null` if there is none. */
  readonly lastError: string | null;
  /** The stats of the collector; `null` while the bot waits. */
  readonly stats: CollectorStats | null;
}

/** Whether a bot is healthy. */
interface HealthStatus {
  readonly ok: boolean;
  /** The status in one line; if not `ok`, what is wrong. */
  readonly line: string;
}

/** How often a report is written, in seconds. */
export const REPORT_INTERVAL_S = 10;

// Three reports are missing.
const HEARTBEAT_TIMEOUT_S = 3 * REPORT_INTERVAL_S + 5;
// A start may take this long, and so may an outage of Grafolean: jobs and values wait, nothing is lost.
const GRACE_S = 60;
// Long enough for an operator to notice a loss.
const DROPS_SHOWN_S = 600;

/**
 * Reads the report of a running bot and returns its status.
 *
 * @param file The `HEALTH_FILE` of the bot.
 * @param now The current time, in UNIX seconds.
 */
export async function readHealth(file: string, now = Date.now() / 1000): Promise<HealthStatus> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return {
      ok: false,
      line: isMissing(error)
        ? `HEALTH_FILE "${file}" does not exist: the bot was not started in this directory, or uses another HEALTH_FILE`
        : `Cannot read HEALTH_FILE "${file}": ${describeError(error)}`,
    };
  }
  try {
    return healthStatus(JSON.parse(text) as HealthReport, now);
  } catch {
    // Written by another version, or by another program.
    return { ok: false, line: `"${file}" is not a HEALTH_FILE of this version` };
  }
}

/**
 * Returns the status that follows from a report.
 *
 * @param now The current time, in UNIX seconds.
 */
export function healthStatus(report: HealthReport, now: number): HealthStatus {
  const { name, stats, lastError } = report;
  if (lastError === undefined) throw new TypeError("the report is of another version");
  const problem = problemOf(report, now);
  if (problem !== undefined) return { ok: false, line: `${name} is unhealthy: ${problem}` };
  if (stats === null || stats.refresh.ok === null) return { ok: true, line: `${name} is starting` };
  const { jobs, values } = stats;
  return {
    ok: true,
    line:
      `${name} is healthy: ${jobs.known} jobs, ${jobs.running} running, ${jobs.failing} failing, ` +
      `${values.sent} values sent, ${values.waiting} waiting`,
  };
}

function problemOf(report: HealthReport, now: number): string | undefined {
  const { state, stats, lastError } = report;
  const reason = lastError === null ? "" : `: ${lastError}`;
  if (state === "stopped") return "stopped";
  const silent = now - report.at;
  if (silent > HEARTBEAT_TIMEOUT_S) {
    return `no heartbeat for ${seconds(silent)}, it hangs or was killed`;
  }
  if (stats === null) {
    const waited = now - report.startedAt;
    return waited > GRACE_S ? `waiting for ${seconds(waited)}${reason}` : undefined;
  }
  if (stats.refresh.ok === false) {
    return `cannot refresh its jobs: ${stats.refresh.error ?? "no reason given"}`;
  }
  const refreshed = now - (stats.refresh.at ?? report.startedAt);
  if (refreshed > 3 * report.jobsRefreshInterval + GRACE_S) {
    return `jobs not refreshed for ${seconds(refreshed)}${reason}`;
  }
  const { waiting, dropped } = stats.values;
  const undelivered = now - report.deliveredAt;
  if (waiting > 0 && undelivered > GRACE_S) {
    return `${waiting} values waiting, none delivered for ${seconds(undelivered)}${reason}`;
  }
  if (report.droppedAt !== null && now - report.droppedAt < DROPS_SHOWN_S) {
    return `${dropped} values dropped as too many were waiting`;
  }
  return undefined;
}

function seconds(time: number): string {
  return `${Math.round(time)} s`;
}
