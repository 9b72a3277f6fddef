import type { JobState } from "../../collector/inspection.ts";
import type { Problem } from "../../util/problem.ts";
import type { JobHistory, LatestValue } from "./job_table.ts";
import type { JobDetails, JobLine, JobLineState, ValueLine } from "./wire.ts";

const SHOWN_VALUES = 3;
const SHOWN_ERROR_LENGTH = 200;

/** What is known of a job. */
export interface KnownJob {
  /** The job. */
  readonly job: JobState;
  /** What has happened to it, if anything has. */
  readonly history: JobHistory | undefined;
  /** The worst of its problems, if it has any. */
  readonly problem: Problem | undefined;
  /** Whether it has been waiting for its turn for so long that it is worth telling. */
  readonly isLate: boolean;
}

/** Returns the state that is shown of a job: the worst, as a job that fails may run too. */
export function stateOf({ job, history, problem, isLate }: KnownJob): JobLineState {
  if (history?.failingSince !== undefined) return "failing";
  if (problem !== undefined) return "problem";
  if (isLate) return "late";
  if (job.state === "running") return "running";
  return history?.lastRun === undefined ? "first" : "ok";
}

/** Returns what a row shows of a job. */
export function lineOf(known: KnownJob, redact: (text: string) => string): JobLine {
  const { job, history, problem } = known;
  const lastRun = history?.lastRun;
  const error = lastRun?.error ?? problem?.message;
  return {
    job: redact(job.jobId),
    state: stateOf(known),
    next: rounded(job.nextRun),
    last: rounded(lastRun?.startedAt),
    seconds: rounded(lastRun?.seconds),
    error: error !== undefined && error.length > SHOWN_ERROR_LENGTH
      ? `${error.slice(0, SHOWN_ERROR_LENGTH)}…`
      : error,
    failingSince: rounded(history?.failingSince ?? problem?.since),
    values: latestValues(history, redact),
  };
}

/** Returns what the panel of a job shows. */
export function detailsOf(
  history: JobHistory | undefined,
  problem: Problem | undefined,
  redact: (text: string) => string,
): JobDetails {
  const values = [...history?.values ?? []].map(([path, latest]) =>
    valueLine(path, latest, redact)
  );
  return {
    error: history?.lastRun?.error ?? problem?.message,
    values: values.sort(([a], [b]) => a < b ? -1 : 1),
  };
}

/** The newest first; those of the same time in the order in which they were sent. */
function latestValues(
  history: JobHistory | undefined,
  redact: (text: string) => string,
): ValueLine[] {
  const latest: ValueLine[] = [];
  for (const [path, { value, at }] of history?.values ?? []) {
    let index = latest.length;
    while (index > 0 && latest[index - 1]![2] < at) index--;
    if (index >= SHOWN_VALUES) continue;
    latest.splice(index, 0, [path, value, at]);
    if (latest.length > SHOWN_VALUES) latest.pop();
  }
  return latest.map(([path, value, at]) => valueLine(path, { value, at }, redact));
}

function valueLine(
  path: string,
  { value, at }: LatestValue,
  redact: (text: string) => string,
): ValueLine {
  return [redact(path), value, rounded(at) ?? 0];
}

/** To milliseconds, which is what people and charts can tell apart. */
function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined || !Number.isFinite(seconds)
    ? undefined
    : Math.round(seconds * 1000) / 1000;
}
