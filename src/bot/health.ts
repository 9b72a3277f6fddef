import { readFile } from "node:fs/promises";
import type { CollectorStats } from "../collector/stats.ts";
import { describeError } from "../util/describe_error.ts";
import { isMissing } from "../util/errors.ts";
import { resolveOwnFile } from "../util/own_file.ts";

/** Whether a bot is healthy. */
export interface HealthStatus {
  /** Whether all is well, or the bot has just started. */
  readonly ok: boolean;
  /** The status in one line. */
  readonly line: string;
}

/** What a running bot writes to its `HEALTH_FILE`, as JSON. It holds no secret. All times are UNIX seconds. */
export interface HealthReport extends HealthStatus {
  /** When it was written. */
  readonly at: number;
  /** Whether the bot waits for its token or for Grafolean, collects, or has stopped. */
  readonly state: "waiting" | "collecting" | "stopped";
  /** The name of the bot. */
  readonly name: string;
  /** The process id. */
  readonly pid: number;
  /** When the bot was started. */
  readonly startedAt: number;
  /** The stats of the collector, without problems of single jobs; `null` while the bot waits. */
  readonly stats: CollectorStats | null;
}

/** How often a report is written, in seconds. */
export const REPORT_INTERVAL_S = 10;

// Three reports are missing.
const HEARTBEAT_TIMEOUT_S = 3 * REPORT_INTERVAL_S + 5;

/** Reads the status of a running bot from its `HEALTH_FILE`. */
export async function readHealth(file: string): Promise<HealthStatus> {
  const unhealthy = (line: string): HealthStatus => ({ ok: false, line });
  let report: HealthReport | undefined;
  try {
    report = await readReport(file);
  } catch (error) {
    return unhealthy(
      isMissing(error)
        ? `HEALTH_FILE "${file}" does not exist: the bot was not started in this directory, or uses another HEALTH_FILE`
        : `Cannot read HEALTH_FILE "${file}": ${describeError(error)}`,
    );
  }
  if (report === undefined) {
    return unhealthy(
      `"${file}" is not a HEALTH_FILE of this version: restart the bot if it is older`,
    );
  }
  // Whichever way the clock was set.
  const age = Math.abs(Date.now() / 1000 - report.at);
  if (report.state === "stopped" || age <= HEARTBEAT_TIMEOUT_S) return report;
  const problem = `no heartbeat for ${Math.round(age)} s, it hangs or was killed`;
  return unhealthy(`${report.name} is unhealthy: ${problem}`);
}

/**
 * Reads a `HEALTH_FILE`.
 *
 * @returns The report; `undefined` if another version or another program wrote the file.
 * @throws If it cannot be read.
 */
export async function readReport(file: string): Promise<HealthReport | undefined> {
  const text = await readFile(resolveOwnFile(file), "utf8");
  try {
    const report: Partial<HealthReport> | null = JSON.parse(text);
    const isReport = typeof report?.ok === "boolean" && typeof report.line === "string" &&
      typeof report.at === "number";
    return isReport ? report as HealthReport : undefined;
  } catch {
    return undefined;
  }
}
