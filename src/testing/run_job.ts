import type { Job, PerformJob } from "../jobs/job.ts";
import { RunContext } from "../jobs/run_context.ts";
import { createLogger, type LogRecord } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { normalizeValues, type Point, type RefusedValue } from "../values/values.ts";

/** Options for {@linkcode runJob}. */
export interface RunJobOptions<Params = unknown> {
  /** The params passed to the job function. @default the `jobParams` of the job */
  readonly jobParams?: Params;
  /** The intervals that are due, in seconds. @default all intervals of the job, or `[60]` for a function */
  readonly affectingIntervals?: readonly number[];
  /** The id of the job. @default the id of the job, or `"test"` for a function */
  readonly jobId?: string;
  /** The name of the job. @default the name of the job, or none for a function */
  readonly name?: string;
  /** The slot of the run, in UNIX seconds. @default the current time */
  readonly scheduledAt?: number;
  /** The signal passed to the job function. @default one that never aborts */
  readonly signal?: AbortSignal;
}

/** The result of {@linkcode runJob}. */
export interface RunJobResult {
  /** The values that the job sent, as and in the order in which a bot would send them. */
  readonly values: readonly (Point & { readonly accountId: number })[];
  /** The values that Grafolean would refuse, and why. */
  readonly refused: readonly (RefusedValue & { readonly accountId: number })[];
  /** What the job logged. */
  readonly logs: readonly LogRecord[];
  /** What the job threw, if it did. */
  readonly error?: unknown;
}

/**
 * Runs a job once and returns its values instead of sending them. They are checked as in a bot.
 *
 * @returns The values and logs, even if the job throws.
 *
 * @example
 * ```ts
 * import { runJob } from "@grafolean/collector/testing";
 * import type { PerformJob } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const measure: PerformJob<{ room: string }> = async (_intervals, { room }, context) => {
 *   await context.sendResults(1, { [`rooms.${room}.temperature`]: 21.5, "not a path": 1 });
 * };
 *
 * const { values, refused } = await runJob(measure, { jobParams: { room: "kitchen" } });
 * assertEquals(values, [{ accountId: 1, p: "rooms.kitchen.temperature", v: 21.5 }]);
 * assertEquals(refused.map(({ p }) => p), ["not a path"]);
 * ```
 */
export function runJob<Params>(
  performJob: PerformJob<Params>,
  options: RunJobOptions<Params> & { readonly jobParams: Params },
): Promise<RunJobResult>;
/** Runs a job as a bot's `jobs()` yields it. */
export function runJob<Params>(
  job: Job<Params>,
  options?: RunJobOptions<Params>,
): Promise<RunJobResult>;
export async function runJob<Params>(
  job: Job<Params> | PerformJob<Params>,
  options: RunJobOptions<Params> = {},
): Promise<RunJobResult> {
  const known: Partial<Job<Params>> & Pick<Job<Params>, "performJob"> = typeof job === "function"
    ? { performJob: job }
    : job;
  const values: (Point & { accountId: number })[] = [];
  const refused: (RefusedValue & { accountId: number })[] = [];
  const logs: LogRecord[] = [];
  const sends: Promise<void>[] = [];
  const jobId = options.jobId ?? known.jobId ?? "test";
  const name = options.name ?? known.name;
  const log = createLogger((record) => logs.push(record), { jobId, jobName: name });
  const context = new RunContext({
    job: { jobId, name },
    scheduledAt: options.scheduledAt ?? Math.floor(Date.now() / 1000),
    signal: options.signal ?? new AbortController().signal,
    log,
    problems: new ProblemLog(log),
    send(_context, accountId, given) {
      // As in a bot, invalid values reject instead of throwing.
      const sent = Promise.resolve().then(() => {
        const normalized = normalizeValues(given);
        for (const point of normalized.points) values.push({ accountId, ...point });
        for (const value of normalized.refused) refused.push({ accountId, ...value });
      });
      sends.push(sent);
      return sent;
    },
  });
  const affectingIntervals = options.affectingIntervals ?? known.intervals ?? [60];
  const jobParams = "jobParams" in options ? options.jobParams : known.jobParams;
  try {
    await known.performJob([...affectingIntervals], jobParams as Params, context);
    // The job may not have awaited its values.
    await Promise.all(sends);
    return { values, refused, logs };
  } catch (error) {
    return { values, refused, logs, error };
  }
}
