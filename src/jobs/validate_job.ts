import type { PerformJob } from "./job.ts";

// The largest interval that Grafolean can store, in seconds: about 68 years.
const MAX_INTERVAL = 2_147_483_647;

// 1e11 s is the year 5138. A time in milliseconds has been above that since 1973.
const MAX_START_TS = 1e11;

// In seconds. A run may take this long even if its job is due every second.
const MIN_DEFAULT_TIMEOUT = 60;

/** A valid job, copied so that later changes by the bot have no effect. */
export interface ValidJob {
  /** The id of the job, not empty. */
  readonly jobId: string;
  /** What people call it, if it has a name. */
  readonly name: string | undefined;
  /** The distinct intervals in whole seconds above 0, ascending. */
  readonly intervals: readonly number[];
  /** The job function, to be called as a method of `source`. */
  readonly performJob: PerformJob;
  /** Passed to `performJob`; not copied. */
  readonly jobParams: unknown;
  /** The origin of the slots in UNIX seconds, if the bot set one. */
  readonly startTs: number | undefined;
  /** Whether it runs soon after it becomes known, or waits for its first slot. */
  readonly firstRun: "soon" | "slot";
  /** How long a run may take, in seconds. */
  readonly timeout: number;
  /** The bot's own job object. */
  readonly source: unknown;
}

/** The result of {@linkcode validateJob}: the valid job, or what is wrong with it, and what is known of it. */
type JobValidation =
  | { readonly job: ValidJob }
  | {
    readonly problem: string;
    readonly jobId: string | undefined;
    readonly name: string | undefined;
  };

/** Validates and copies a job, reading each property once. Accepts any value and never throws. */
export function validateJob(candidate: unknown): JobValidation {
  let jobId: string | undefined;
  let name: string | undefined;
  const refuse = (problem: string): JobValidation => ({ problem, jobId, name });
  try {
    if (typeof candidate !== "object" || candidate === null) {
      return refuse(`a job must be an object, not ${describeField(candidate)}`);
    }
    const fields = candidate as Readonly<Record<string, unknown>>;
    const id = fields.jobId;
    if (typeof id !== "string" || id === "") {
      return refuse(
        `"jobId" is ${describeField(id)}: give each job a string of its own that never changes`,
      );
    }
    jobId = id;

    const givenName = fields.name;
    if (givenName !== undefined && typeof givenName !== "string") {
      return refuse(`"name" is ${describeField(givenName)}: give a string, or leave it out`);
    }
    name = givenName || undefined;

    const givenIntervals = fields.intervals;
    const intervals: unknown[] = Array.isArray(givenIntervals) ? Array.from(givenIntervals) : [];
    const problem = intervalsProblem(givenIntervals, intervals);
    if (problem !== undefined) return refuse(problem);
    const seconds = [...new Set(intervals as number[])].sort((a, b) => a - b);

    const performJob = fields.performJob;
    if (typeof performJob !== "function") {
      return refuse(
        `"performJob" is ${describeField(performJob)}: give the function that does the work`,
      );
    }

    const timeout = fields.timeout;
    if (timeout !== undefined && !(isFinite(timeout) && timeout > 0)) {
      return refuse(
        `"timeout" is ${describeField(timeout)}: give seconds above 0, or leave it out`,
      );
    }

    const startTs = fields.startTs;
    if (startTs !== undefined && !(isFinite(startTs) && startTs >= 0)) {
      return refuse(
        `"startTs" is ${describeField(startTs)}: give a time in UNIX seconds, or leave it out`,
      );
    }
    if (startTs !== undefined && startTs > MAX_START_TS) {
      return refuse(`"startTs" is ${startTs}, which looks like milliseconds: give UNIX seconds`);
    }

    const firstRun = fields.firstRun ?? (startTs === undefined ? "soon" : "slot");
    if (firstRun !== "soon" && firstRun !== "slot") {
      return refuse(
        `"firstRun" is ${describeField(firstRun)}: give "soon" or "slot", or leave it out`,
      );
    }

    return {
      job: {
        jobId,
        name,
        intervals: seconds,
        performJob: performJob as PerformJob,
        jobParams: fields.jobParams,
        startTs,
        firstRun,
        timeout: timeout ?? Math.max(MIN_DEFAULT_TIMEOUT, ...seconds.slice(0, 1)),
        source: candidate,
      },
    };
  } catch {
    return refuse("its properties cannot be read: give a plain object");
  }
}

function intervalsProblem(given: unknown, intervals: readonly unknown[]): string | undefined {
  if (!Array.isArray(given)) {
    return `"intervals" is ${describeField(given)}: give a list of whole seconds above 0`;
  }
  for (const interval of intervals) {
    if (!Number.isInteger(interval) || (interval as number) <= 0) {
      return `"intervals" has ${describeField(interval)} in it: give whole seconds above 0`;
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

// Calls no method of the value, which may be hostile.
function describeField(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value === ""
        ? "an empty string"
        : `the string ${JSON.stringify(value.length > 40 ? value.slice(0, 40) + "…" : value)}`;
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
