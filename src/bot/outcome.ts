import type { RunOnceReport } from "../collector/stats.ts";
import type { ResultsStats } from "../delivery/results_stats.ts";

/** How the run of a bot ended. */
export interface Outcome {
  /** Whether it succeeded. */
  readonly ok: boolean;
  /** What it did, and what failed, in one line. */
  readonly line: string;
}

/** Returns the outcome of a bot that has run until it was stopped. It failed if values were lost. */
export function runOutcome(values: ResultsStats): Outcome {
  const { dropped, waiting, durable } = values;
  const lost = dropped + (durable ? 0 : waiting);
  return { ok: lost === 0, line: `Stopped: ${valueSummary(values)}` };
}

/**
 * Returns the outcome of a bot that has run every job once. It failed if a job did not succeed, a value was not delivered,
 * or every value was refused.
 */
export function onceOutcome(
  { ok, failed, notRun }: RunOnceReport,
  values: ResultsStats,
  isDryRun: boolean,
): Outcome {
  const { sent, refused, dropped, waiting } = values;
  const jobs = summary("job", { ok, failed, "not run": notRun });
  return {
    ok: failed + notRun + dropped + waiting === 0 && (sent > 0 || refused === 0),
    line: `${jobs}; ${valueSummary(values, isDryRun ? "collected" : "sent")}`,
  };
}

function valueSummary(values: ResultsStats, sentWord = "sent"): string {
  const { sent, refused, dropped, waiting, quarantined, durable, place } = values;
  const fate = durable
    ? `kept in ${place} for the next start`
    : place === "memory"
    ? "not delivered and lost, as there is no OUTBOX_FILE"
    : `not delivered and lost where they are not in ${place}`;
  const inQuarantine = quarantined === 0 ? "" : ` (${quarantined} quarantined)`;
  return summary("value", {
    [sentWord]: sent,
    [sent + waiting === 0 ? "refused, none accepted" : "refused"]: refused,
    "dropped as too many were waiting": dropped,
    [fate + inQuarantine]: waiting,
  });
}

/** Lists counts without zeros, such as `2 jobs ok, 1 failed`. */
function summary(unit: string, counts: Readonly<Record<string, number>>): string {
  const [first, ...others] = Object.entries(counts).filter(([, count]) => count > 0);
  if (first === undefined) return `no ${unit}s`;
  const [what, count] = first;
  return [`${count} ${unit}${count === 1 ? "" : "s"} ${what}`]
    .concat(others.map(([what, count]) => `${count} ${what}`)).join(", ");
}
