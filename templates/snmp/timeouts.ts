/** How long to wait. */
export interface Patience {
  /** For one answer, before asking again, in milliseconds. */
  readonly timeoutMs: number;
  /** How often to ask again. */
  readonly retries: number;
  /** For all the answers of one run, in seconds. */
  readonly runSeconds: number;
}

const RETRIES = 2;
const LONGEST_TIMEOUT_MS = 2000;
const LONGEST_RUN_SECONDS = 300;

/**
 * Chooses how long to wait for a device that is asked at these intervals, in seconds: all tries of one request together
 * take half of the shortest one, and at most six seconds; a run takes nine tenths of it, and at most five minutes.
 */
export function patienceFor(intervals: readonly number[]): Patience {
  const shortest = Math.min(...intervals, Infinity);
  return {
    timeoutMs: Math.min(LONGEST_TIMEOUT_MS, (shortest * 1000) / (2 * (RETRIES + 1))),
    retries: RETRIES,
    runSeconds: Math.min(LONGEST_RUN_SECONDS, shortest * 0.9),
  };
}
