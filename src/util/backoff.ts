/** Options for {@linkcode backoffMs}. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. @default 1000 */
  readonly minMs?: number;
  /** Upper bound of every wait, in milliseconds. @default 60_000 */
  readonly maxMs?: number;
  /** Returns a number from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * Returns how long to wait after a number of failures in a row, in milliseconds: up to 1 s, doubling to up to 60 s, with
 * full jitter, so that many bots that lost the same backend do not return at the same moment.
 *
 * @param failures How many attempts have failed, from 1.
 */
export function backoffMs(failures: number, options: BackoffOptions = {}): number {
  const { minMs = 1000, maxMs = 60_000, random = Math.random } = options;
  return Math.round(random() * Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30)));
}
