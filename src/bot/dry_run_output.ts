import type { CollectedResults } from "../delivery/collected_results.ts";
import { escapeControls, toJsonLine } from "../util/escape_controls.ts";
import { jobLabel } from "../util/job_label.ts";
import { describeValue } from "../values/values.ts";

/**
 * Formats values as JSON lines with `accountId`, `jobId`, `jobName` if the job has one, `t` (the value's own time, or when the
 * job sent it; UNIX seconds), `p`, `v`, and for invalid ones `refused` (why).
 */
export function resultsAsJson(
  { jobId, jobName, accountId, time, values, refused }: CollectedResults,
): string[] {
  const all = [...values.map((value) => ({ ...value, reason: undefined })), ...refused];
  return all.map(({ p, v, t = time, reason }) => {
    const value = { t: jsonValue(t), p, v: jsonValue(v), refused: reason };
    // Undefined fields are not part of the JSON.
    return toJsonLine({ accountId, jobId, jobName, ...value });
  });
}

/**
 * Formats values as a table of one line per value, sorted by account and device, followed by the refused ones. A device is
 * the name of a job; if several jobs have it, their ids are there, too. If one has no name, the column is about jobs. There is
 * a column of times if a value has its own time.
 */
export function resultsAsTable(all: readonly CollectedResults[]): string[] {
  const labelOf = labeller(all);
  const sorted = all.map((results) => ({ ...results, label: labelOf(results) }))
    .sort((a, b) => a.accountId - b.accountId || a.label.localeCompare(b.label));
  const hasTimes = all.some(({ values }) => values.some(({ t }) => t !== undefined));
  const what = all.every(({ jobName }) => jobName) ? "DEVICE" : "JOB";
  const rows = [["ACCOUNT", what, ...(hasTimes ? ["TIME"] : []), "VALUE", "PATH"]];
  const refusals: string[] = [];
  for (const { label, jobId, jobName, accountId, values, refused } of sorted) {
    const job = escapeControls(jobLabel({ jobId, name: jobName }));
    for (const { p, v, t } of values) {
      rows.push([
        `${accountId}`,
        escapeControls(label),
        ...(hasTimes ? [formatTime(t)] : []),
        `${v}`,
        p,
      ]);
    }
    for (const { p, v, t, reason } of refused) {
      const at = t === undefined ? "" : ` at ${describeValue(t)}`;
      refusals.push(
        `refused: ${JSON.stringify(p)} = ${describeValue(v)}${at} (job ${job}): ${reason}`,
      );
    }
  }
  const lines = rows.length === 1 ? ["no values collected"] : align(rows);
  return [...lines, ...refusals];
}

/** Returns a function that names the device of a job: by its name alone where that is enough. */
function labeller(all: readonly CollectedResults[]): (results: CollectedResults) => string {
  const jobs = new Map<string, Set<string>>();
  for (const { accountId, jobId, jobName = "" } of all) {
    const key = `${accountId} ${jobName}`;
    jobs.set(key, (jobs.get(key) ?? new Set()).add(jobId));
  }
  return ({ accountId, jobId, jobName = "" }) =>
    jobName !== "" && jobs.get(`${accountId} ${jobName}`)?.size === 1
      ? jobName
      : jobLabel({ jobId, name: jobName });
}

function formatTime(t: number | undefined): string {
  return t === undefined ? "" : new Date(t * 1000).toISOString();
}

/** Returns a value of any type in a form that JSON can hold. */
function jsonValue(value: unknown): string | number | boolean | null {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  return typeof value === "number" && Number.isFinite(value) ? value : describeValue(value);
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]!.length), 0)
  );
  const valueColumn = rows[0]!.length - 2;
  return rows.map((row) =>
    row.map((cell, column) =>
      column === valueColumn ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    ).join("  ").trimEnd()
  );
}
