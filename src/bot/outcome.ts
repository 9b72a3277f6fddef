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
  const ok = dropped === 0 && (waiting === 0 || durable);
  return { ok, line: `Stopped: ${valueSummary(values, "sent")}` };
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
  const jobs = summary("job", [[ok, "ok"], [failed, "failed"], [notRun, "not run"]]);
  return {
    ok: failed + notRun + dropped + waiting === 0 && (sent > 0 || refused === 0),
    line: `${jobs}; ${valueSummary(values, isDryRun ? "collected" : "sent")}`,
  };
}

function valueSummary(
  { sent, refused, dropped, waiting, quarantined, durable, place }: ResultsStats,
  sentWord: string,
): string {
  const fate = durable
    ? `kept in ${place} for the next start`
    : place === "memory"
    ? "not delivered and lost, as there is no OUTBOX_FILE"
    : `not delivered and lost where they are not in ${place}`;
  return summary("value", [
    [sent, sentWord],
    [refused, "refused"],
    [dropped, "dropped as too many were waiting"],
    [waiting, quarantined === 0 ? fate : `${fate} (${quarantined} quarantined)`],
  ]);
}

/** Lists counts without zeros, such as `2 jobs ok, 1 failed`. */
function summary(unit: string, counts: readonly (readonly [number, string])[]): string {
  const [first, ...others] = counts.filter(([count]) => count > 0);
  if (first === undefined) return `no ${unit}s`;
  const [count, what] = first;
  return [
    `${count} ${unit}${count === 1 ? "" : "s"} ${what}`,
    ...others.map(([count, what]) => `${count} ${what}`),
  ].join(", ");
}
