/** Bounds of the wait between tries. */
export interface BackoffOptions {
  /** The longest first wait, in milliseconds. @default 1000 */
  readonly minMs?: number;
  /** The longest wait of all, in milliseconds. @default 60_000 */
  readonly maxMs?: number;
  /** A number from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * The wait after so many failures in a row: up to 1 s, doubling to up to 60 s, with full jitter, so that many bots that
 * lost the same backend do not come back at the same moment.
 *
 * @param failures How many tries have failed, from 1.
 * @returns Milliseconds.
 */
export function backoffMs(failures: number, options: BackoffOptions = {}): number {
  const { minMs = 1000, maxMs = 60_000, random = Math.random } = options;
  return Math.round(random() * Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30)));
}
