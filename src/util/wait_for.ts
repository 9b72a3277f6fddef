import type { Timers } from "./clock.ts";

// Runtimes let longer timeouts fire at once.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** What ends a {@linkcode waitFor} early. */
export interface WaitLimits {
  /** How long to wait, in milliseconds; without it, for ever. */
  readonly ms?: number | undefined;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Where timers come from. */
  readonly timers: Timers;
}

/**
 * Waits until `done` resolves, but no longer than the limits allow. Leaves no timer and no listener behind.
 *
 * @returns Whether `done` has resolved.
 */
export function waitFor(
  done: Promise<unknown>,
  { ms = Infinity, signal, timers }: WaitLimits,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isDone: boolean) => {
      if (timeout !== undefined) timers.clearTimeout(timeout);
      signal?.removeEventListener("abort", giveUp);
      resolve(isDone);
    };
    const giveUp = () => end(false);
    const timeout = ms <= LONGEST_TIMEOUT ? timers.setTimeout(giveUp, ms) : undefined;
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    done.then(() => end(true));
  });
}
