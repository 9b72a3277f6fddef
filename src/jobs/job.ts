import type { Logger } from "../util/log.ts";
import type { ProblemOptions, RaiseOptions } from "../util/problem.ts";
import type { Values } from "../values/values.ts";

/**
 * A unit of work that a bot repeats at fixed intervals, usually polling one device.
 *
 * @typeParam Params What the job function needs to know, usually an {@linkcode EntityInfo}.
 *
 * @example
 * ```ts
 * import type { Job } from "@grafolean/collector";
 *
 * const job: Job<{ room: string }> = {
 *   jobId: "kitchen",
 *   intervals: [60, 300],
 *   jobParams: { room: "kitchen" },
 *   async performJob(_affectingIntervals, { room }, context) {
 *     await context.sendResults(1, { [`rooms.${room}.temperature`]: 21.5 });
 *   },
 * };
 * console.log(job.jobId);
 * ```
 */
export interface Job<Params = unknown> {
  /**
   * The id of the job. It must be unique within the bot and stay the same across refreshes and restarts; the second job
   * with the same id is refused.
   */
  readonly jobId: string;
  /**
   * What people call it, usually the name of the device. Logs and tables show `name (jobId)`, since names need not be
   * unique.
   *
   * @default none: they show the job id
   */
  readonly name?: string;
  /**
   * How often the job runs, in whole seconds above 0. The job runs when at least one interval is due, and once when
   * several are due together. A job without intervals never runs, as a device whose sensors have none is not polled.
   */
  readonly intervals: readonly number[];
  /**
   * Does the work; see {@linkcode PerformJob}. Yield the same function at each refresh: one that `jobs()` makes anew
   * replaces the job every time, and what its `context.problems` knew is forgotten and logged again.
   *
   * Declared as a method because only methods let TypeScript put jobs with different params into one list.
   */
  performJob(
    affectingIntervals: readonly number[],
    jobParams: Params,
    context: JobContext,
  ): void | Promise<void>;
  /**
   * Passed to `performJob` unchanged. Compared deeply at each refresh: the job is replaced if its params have changed,
   * and left alone otherwise.
   */
  readonly jobParams: Params;
  /**
   * The origin of the job's slots, in UNIX seconds: the job is due at `startTs + n * interval`. A new one moves the job, so
   * a bot that computes it from the current time rounds it, or the job never comes due.
   *
   * @default a hash of the job id, which spreads jobs evenly and survives restarts
   */
  readonly startTs?: number;
  /**
   * Whether a job that becomes known, at a start of the bot too, first runs soon, that is within a minute and for all its
   * intervals, or at its first slot.
   *
   * @default "soon", or "slot" for a job with a `startTs`
   */
  readonly firstRun?: "soon" | "slot";
  /**
   * How long one run may take, in seconds.
   *
   * @default the larger of 60 and the shortest interval
   */
  readonly timeout?: number;
}

/**
 * The function that does the work of a {@linkcode Job}.
 *
 * If it throws, the run counts as failed and is logged under the id of the job, and the job runs again at its next
 * slot. Two runs of the same job never overlap.
 *
 * @typeParam Params The type of the job's `jobParams`.
 * @param affectingIntervals The intervals with a slot since the last run started, in seconds, ascending; all of them in
 * the first run.
 * @param jobParams The `jobParams` of the job.
 * @param context The signal and the log of this run, and the way to send values.
 *
 * @example
 * ```ts
 * import type { EntityInfo, PerformJob } from "@grafolean/collector";
 *
 * const perform: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
 *   const response = await fetch("http://127.0.0.1:8080/temperature", { signal: context.signal });
 *   const path = `entity.${device.entityId}.temperature`;
 *   await context.sendResults(device.accountId, { [path]: await response.text() });
 * };
 * console.log(typeof perform);
 * ```
 */
export type PerformJob<Params = unknown> = (
  affectingIntervals: readonly number[],
  jobParams: Params,
  context: JobContext,
) => void | Promise<void>;

/** The lasting problems of a job, which are forgotten when the job changes or is removed. See {@linkcode ProblemLog}. */
export interface JobProblems {
  /** Reports that a problem exists or still exists. */
  raise(
    key: string,
    message: string,
    options?: JobProblemOptions & Pick<RaiseOptions, "expiresAfter">,
  ): void;
  /** Reports that a problem has ended, if it existed. */
  clear(key: string): void;
  /** Reports all problems of a group that exist now; the others of the group have ended. */
  report(group: string, messages: Iterable<string>, options?: JobProblemOptions): void;
  /** Logs something that happens and does not last, at most 20 times a minute for all events of this kind. */
  event(kind: string, message: string, options?: Pick<JobProblemOptions, "level">): void;
}

/** How {@linkcode JobProblems} logs a problem. */
export type JobProblemOptions = Pick<ProblemOptions, "kind" | "level">;

/**
 * What a {@linkcode PerformJob} can use during one run. Pass it on as it is or destructure it: some of its properties are
 * made when they are read, so `{ ...context }` does not copy them.
 */
export interface JobContext {
  /** The id of the job. */
  readonly jobId: string;
  /** The name of the job, if it has one. */
  readonly name: string | undefined;
  /**
   * The slot of this run, in UNIX seconds with a fraction. If the run was delayed, the latest of the slots merged into it.
   */
  readonly scheduledAt: number;
  /**
   * Aborts when the run exceeds its `timeout`, or when the bot is stopping and cannot wait any longer. Pass it to
   * everything that waits, such as `fetch`.
   */
  readonly signal: AbortSignal;
  /** Logs under the name and id of the job. */
  readonly log: Logger;
  /** Logs lasting problems of the job, such as a sensor that is never answered: once, and not at every run. */
  readonly problems: JobProblems;
  /**
   * Queues values for delivery to Grafolean, with the current time or their own. Values that Grafolean would not accept are left out
   * and logged with the reason; all others are kept until they are delivered.
   *
   * The calls of a job stay in order, and jobs take turns: a job that sends more than can be stored waits, the others
   * do not. It may send without waiting for the promise; the run then ends when the values are stored.
   *
   * @param accountId The account the values belong to: the `accountId` of the {@linkcode EntityInfo}.
   * @param values The values by path. Do not change more than 2,000 of them until the promise resolves: they are read
   * while other jobs go on. Prefer a list or a Map for 100,000 or more: listing the keys of an object stops everything
   * for 20 ms, of a million for 0.3 s.
   * @returns A promise that resolves once the values are stored, without waiting for the backend.
   * @throws {TypeError} If `values` has none of the shapes of {@linkcode Values}.
   */
  sendResults(accountId: number, values: Values): Promise<void>;
}
