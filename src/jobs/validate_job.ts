import type { PerformJob } from "./job.ts";

/** The largest interval that Grafolean can store, in seconds: about 68 years. */
export const MAX_INTERVAL = 2_147_483_647;

// A UNIX time of 1e11 s is in the year 5138; one in milliseconds is above it since 1973.
const MAX_START_TS = 1e11;

// A run of a job that is due every second may still take as long as this, in seconds.
const LEAST_DEFAULT_TIMEOUT = 60;

/** A job that was found valid, copied so that nothing the bot does to its own object can change it. */
export interface CheckedJob {
  /** The id of the job; not empty. */
  readonly jobId: string;
  /** Whole seconds above 0, ascending, each once, at least one. */
  readonly intervals: readonly number[];
  /** Does the work; called as a method of `source`. */
  readonly performJob: PerformJob;
  /** Handed to `performJob`; the very object that the bot gave. */
  readonly jobParams: unknown;
  /** Origin of the slots in UNIX seconds, where the bot set one. */
  readonly startTs: number | undefined;
  /** How long a run may take, in seconds. */
  readonly timeout: number;
  /** What the bot gave. */
  readonly source: unknown;
}

/** What {@linkcode checkJob} found: the job, or what is wrong with it and its id as far as it has one. */
export type JobCheck =
  | { readonly job: CheckedJob }
  | { readonly problem: string; readonly jobId?: string };

/**
 * Says what is wrong with a job, and what to do about it; `undefined` when it can be scheduled.
 *
 * Takes any value and never throws, since jobs come out of code that nobody has checked.
 */
export function jobProblem(job: unknown): string | undefined {
  const check = checkJob(job);
  return "problem" in check ? check.problem : undefined;
}

/** Checks a job and copies it, reading each of its properties once. Never throws. */
export function checkJob(candidate: unknown): JobCheck {
  let jobId: string | undefined;
  const refuse = (problem: string): JobCheck => ({
    problem,
    ...(jobId === undefined ? {} : { jobId }),
  });
  try {
    if (typeof candidate !== "object" || candidate === null) {
      return refuse(`a job must be an object, not ${describe(candidate)}`);
    }
    const fields = candidate as Readonly<Record<string, unknown>>;
    const id = fields.jobId;
    if (typeof id !== "string" || id === "") {
      return refuse(
        `"jobId" is ${describe(id)}: give each job a text of its own that stays the same for ever`,
      );
    }
    jobId = id;

    const givenIntervals = fields.intervals;
    const intervals: unknown[] = Array.isArray(givenIntervals) ? Array.from(givenIntervals) : [];
    const problem = intervalsProblem(givenIntervals, intervals);
    if (problem !== undefined) return refuse(problem);
    const seconds = [...new Set(intervals as number[])].sort((a, b) => a - b);

    const performJob = fields.performJob;
    if (typeof performJob !== "function") {
      return refuse(
        `"performJob" is ${describe(performJob)}: give the function that does the work`,
      );
    }

    const timeout = fields.timeout;
    if (timeout !== undefined && !(isFinite(timeout) && timeout > 0)) {
      return refuse(`"timeout" is ${describe(timeout)}: give seconds above 0, or leave it out`);
    }

    const startTs = fields.startTs;
    if (startTs !== undefined && !(isFinite(startTs) && startTs >= 0)) {
      return refuse(
        `"startTs" is ${describe(startTs)}: give a time in UNIX seconds, or leave it out`,
      );
    }
    if (startTs !== undefined && startTs > MAX_START_TS) {
      return refuse(`"startTs" is ${startTs}, which looks like milliseconds: give UNIX seconds`);
    }

    return {
      job: {
        jobId,
        intervals: seconds,
        performJob: performJob as PerformJob,
        jobParams: fields.jobParams,
        startTs,
        timeout: timeout ?? Math.max(LEAST_DEFAULT_TIMEOUT, ...seconds.slice(0, 1)),
        source: candidate,
      },
    };
  } catch {
    return refuse("its properties cannot be read: give a plain object");
  }
}

function intervalsProblem(given: unknown, intervals: readonly unknown[]): string | undefined {
  if (!Array.isArray(given)) {
    return `"intervals" is ${describe(given)}: give a list of whole seconds above 0`;
  }
  if (intervals.length === 0) {
    return `"intervals" is empty: give at least one, or leave the job out`;
  }
  for (const interval of intervals) {
    if (!Number.isInteger(interval) || (interval as number) <= 0) {
      return `"intervals" has ${describe(interval)} in it: give whole seconds above 0`;
    }
    if ((interval as number) > MAX_INTERVAL) {
      return `"intervals" has ${interval} in it: give at most ${MAX_INTERVAL} seconds, ` +
        `which is about 68 years and the largest number that Grafolean stores`;
    }
  }
  return undefined;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Names a value of any kind without calling anything of it. */
function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value === ""
        ? "an empty text"
        : `the text ${JSON.stringify(value.length > 40 ? value.slice(0, 40) + "…" : value)}`;
    case "undefined":
      return "missing";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    case "number":
    case "boolean":
      return String(value);
    default:
      return `a ${typeof value}`;
  }
}
