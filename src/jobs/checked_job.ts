/**
 * The form in which the scheduler keeps a job.
 *
 * @module
 */

import type { PerformJob } from "./job.ts";

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
