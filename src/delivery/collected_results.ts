import type { Point, RefusedValue } from "../values/values.ts";

/** The values of one call of `sendResults`, as a dry run gets them. */
export interface CollectedResults {
  /** The id of the job that sent the values. */
  readonly jobId: string;
  /** The name of that job, if it has one. */
  readonly jobName?: string;
  /** The account of the values. */
  readonly accountId: number;
  /** When the job sent them, in UNIX seconds; values with their own time have it as `t`. */
  readonly time: number;
  /** The values that would be sent to Grafolean. */
  readonly values: readonly Point[];
  /** The values that are refused, and why. */
  readonly refused: readonly RefusedValue[];
}
