import type { Logger } from "../util/log.ts";
import type { Values } from "../values/values.ts";

/**
 * One thing that a bot does again and again: usually polling one device.
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
   * Names the job, for ever: the same thing must get the same id at every refresh and after every restart. Two jobs
   * with one id are a mistake; the second is refused.
   */
  readonly jobId: string;
  /**
   * How often the job runs, in whole seconds above 0. It runs when at least one of its intervals is due, and once where
   * several are.
   */
  readonly intervals: readonly number[];
  /**
   * Does the work: a {@linkcode PerformJob}.
   *
   * Written as a method, because only so TypeScript lets jobs with different params stand in one list.
   */
  performJob(
    affectingIntervals: readonly number[],
    jobParams: Params,
    context: JobContext,
  ): void | Promise<void>;
  /**
   * Handed to `performJob` as it is. Compared deeply at each refresh: a job whose params have changed is replaced, one
   * whose params are the same is left alone.
   */
  readonly jobParams: Params;
  /**
   * Origin of the job's slots, in UNIX seconds: the job is due at `startTs + n * interval`. Left out, the origin comes
   * from a hash of the job id, which spreads the jobs evenly and stays the same over restarts. A different `startTs` at
   * a later refresh does not move a job that is already known.
   */
  readonly startTs?: number;
  /**
   * How long one run may take, in seconds.
   *
   * @default the larger of 60 and the shortest interval
   */
  readonly timeout?: number;
}

/**
 * The function that does the work of a job.
 *
 * It may throw: the run then counts as failed, is logged with the id of the job, and the job runs again at its next
 * slot. It never runs twice at the same time for one job.
 *
 * @param affectingIntervals The intervals, in seconds and ascending, that have come due since the last run started.
 * @param jobParams The `jobParams` of the job.
 * @param context What the run can use: its signal, its log, and the way to send values.
 */
export type PerformJob<Params = unknown> = (
  affectingIntervals: readonly number[],
  jobParams: Params,
  context: JobContext,
) => void | Promise<void>;

/** What one run of a job is given besides its params. */
export interface JobContext {
  /** The id of the job. */
  readonly jobId: string;
  /** The slot that this run is for, in UNIX seconds. After a delay it is the latest of the slots that are merged. */
  readonly scheduledAt: number;
  /**
   * Aborts when the run has taken longer than its `timeout`, or when the bot is ending and can wait no longer. Hand it
   * to everything that waits, such as `fetch`.
   */
  readonly signal: AbortSignal;
  /** Says things under the id of the job. */
  readonly log: Logger;
  /**
   * Hands values over for delivery, with the current time. Values that Grafolean cannot take are left out and logged
   * with the reason; everything else is kept until Grafolean has it. Resolves when the values are in safe keeping, which
   * does not wait for the backend.
   *
   * @param accountId The account that the values belong to: `accountId` of the entity.
   * @param values Values by path.
   * @throws {TypeError} If `values` is of no form that {@linkcode Values} describes.
   */
  sendResults(accountId: number, values: Values): Promise<void>;
}
