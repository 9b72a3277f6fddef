import type { Point } from "../values/values.ts";

/** Who observes the values that jobs send. */
export interface ValuesObserver {
  /** A job has sent values; those that cannot be sent are left out. */
  readonly onValues?: (jobId: string, accountId: number, points: readonly Point[]) => void;
}
