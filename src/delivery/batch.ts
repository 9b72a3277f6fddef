import type { WaitingValue } from "./store/waiting_values.ts";

/** Values that are sent in one request. */
export interface Batch {
  /** The values. */
  readonly values: readonly WaitingValue[];
  /** How many ambiguous answers it got. */
  readonly failures: number;
  /**
   * After how many requests of which Grafolean had stored or refused values this batch, or the one that it is a part of, got
   * its first ambiguous answer; `undefined` before that.
   */
  readonly doneBefore: number | undefined;
  /** When it may be sent, in milliseconds. */
  readonly notBefore: number;
}

/** Returns a batch that has not been sent yet. */
export function newBatch(values: readonly WaitingValue[]): Batch {
  return { values, failures: 0, doneBefore: undefined, notBefore: 0 };
}
