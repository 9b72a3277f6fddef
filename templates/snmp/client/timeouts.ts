/** Timeouts for polling a device. */
interface Timeouts {
  /** For one response, before the request is sent again, in milliseconds. */
  readonly timeoutMs: number;
  /** How many times a request is sent again. */
  readonly retries: number;
  /** For a whole run, in seconds. */
  readonly runTimeoutS: number;
}

const RETRIES = 2;
const MAX_TIMEOUT_MS = 2000;
const MAX_RUN_TIMEOUT_S = 300;

/**
 * Chooses the timeouts for a device with these intervals, in seconds. All attempts of a request together take at most
 * half of the shortest interval, and at most 6 s; a run takes at most nine tenths of it, and at most 5 minutes.
 */
export function timeoutsFor(intervals: readonly number[]): Timeouts {
  const shortest = Math.min(...intervals, Infinity);
  return {
    timeoutMs: Math.min(MAX_TIMEOUT_MS, (shortest * 1000) / (2 * (RETRIES + 1))),
    retries: RETRIES,
    runTimeoutS: Math.min(MAX_RUN_TIMEOUT_S, shortest * 0.9),
  };
}
