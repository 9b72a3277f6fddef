import type { Queueable } from "./due_queue.ts";
import type { ValidJob } from "./validate_job.ts";

/** A scheduled job. All times are in milliseconds. */
export interface JobEntry extends Queueable {
  /** The job as of the last update. */
  job: ValidJob;
  /** The origin of its slots. */
  origin: number;
  /** Slots up to here have been handled: when the last run started, or the job was added. -Infinity before a first run. */
  handledUpTo: number;
  /** The slot that it waits for a place since, if it waits. */
  waitsSince: number;
  /** How long the last run of a hanging job took to fail; 0 for a job that is not hanging. */
  hungFor: number;
  /** Whether a run of it is in progress. */
  isRunning: boolean;
  /** Whether it may have problems that a run ends when it succeeds, some of an earlier scheduler perhaps. */
  hasProblems: boolean;
}
