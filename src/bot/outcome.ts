import type { RunOnceReport } from "../collector/stats.ts";
import type { ResultsStats } from "../delivery/results_stats.ts";
import { counted, formatCount } from "../util/format_count.ts";
import type { Logger } from "../util/log.ts";

/** Logs what a bot has done until it was stopped. Returns its exit code: 1 if values were lost. */
export function endRun(values: ResultsStats, log: Logger): number {
  const { dropped, waiting, durable } = values;
  const ok = dropped === 0 && (waiting === 0 || durable);
  return exitCode(ok, `Stopped: ${valueSummary(values, "sent")}`, log);
}

/**
 * Logs what a bot has done that has run every job once. Returns its exit code: 1 if a job did not succeed, a value was not
 * delivered, or every value was refused.
 */
export function endRunOnce(
  { ok, failed, notRun }: RunOnceReport,
  values: ResultsStats,
  isDryRun: boolean,
  log: Logger,
): number {
  const { sent, refused, dropped, waiting } = values;
  const jobs = summary("job", [[ok, "ok"], [failed, "failed"], [notRun, "not run"]]);
  return exitCode(
    failed + notRun + dropped + waiting === 0 && (sent > 0 || refused === 0),
    `${jobs}; ${valueSummary(values, isDryRun ? "collected" : "sent")}`,
    log,
  );
}

/** A failure is logged whatever `LOG_LEVEL`. */
function exitCode(ok: boolean, line: string, log: Logger): number {
  if (ok) log.info(line);
  else log.error(line);
  return ok ? 0 : 1;
}

function valueSummary(
  { sent, refused, dropped, waiting, quarantined, durable, place }: ResultsStats,
  sentWord: string,
): string {
  const fate = durable
    ? `kept in ${place} for the next start`
    : place === "memory"
    ? "not delivered and lost, as no OUTBOX_FILE keeps them"
    : `not delivered and lost where they are not in ${place}`;
  return summary("value", [
    [sent, sentWord],
    [refused, "refused"],
    [dropped, "dropped as too many were waiting"],
    [waiting, quarantined === 0 ? fate : `${fate} (${formatCount(quarantined)} quarantined)`],
  ]);
}

/** Lists counts without zeros, such as `2 jobs ok, 1 failed`. */
function summary(unit: string, counts: readonly (readonly [number, string])[]): string {
  const [first, ...others] = counts.filter(([count]) => count > 0);
  if (first === undefined) return `no ${unit}s`;
  const [count, what] = first;
  return [
    `${counted(count, unit)} ${what}`,
    ...others.map(([count, what]) => `${formatCount(count)} ${what}`),
  ].join(", ");
}
