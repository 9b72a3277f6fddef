import type { RequestOptions } from "./credential.ts";

/** Timeouts for polling a device. */
export interface Timeouts {
  /** For one response, before the request is sent again, in milliseconds. */
  readonly timeoutMs: number;
  /** How many times a request is sent again. */
  readonly retries: number;
  /** How long a run may wait, in all, for what the device does not answer, in milliseconds. */
  readonly maxSilenceMs: number;
  /** For a whole run, in seconds. */
  readonly runTimeoutS: number;
}

const RETRIES = 2;
const TIMEOUT_S = 2;
const MAX_RUN_TIMEOUT_S = 300;
const MAX_SILENCE_S = 30;

/**
 * Chooses the timeouts for a device with these intervals, in seconds. All attempts of a request together take at most
 * a third of the shortest interval; a run takes at most nine tenths of it, and at most 5 minutes.
 *
 * @param options What the credential sets.
 */
export function timeoutsFor(
  intervals: readonly number[],
  options: RequestOptions = {},
): Timeouts {
  const { timeoutS = TIMEOUT_S, retries = RETRIES } = options;
  const shortest = Math.min(...intervals, Infinity);
  const runTimeoutS = Math.min(MAX_RUN_TIMEOUT_S, shortest * 0.9);
  return {
    // With at least two attempts, since the question whether the device answers at all takes as long as one.
    timeoutMs: 1000 * Math.min(timeoutS, shortest / (3 * (Math.max(retries, 1) + 1))),
    retries,
    maxSilenceMs: 1000 * Math.min(MAX_SILENCE_S, runTimeoutS / 2),
    runTimeoutS,
  };
}
