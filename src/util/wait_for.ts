import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

// Runtimes fire longer timeouts at once.
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Limits of {@linkcode waitFor}. */
interface WaitLimits {
  /** How long to wait, in milliseconds. @default Infinity */
  readonly ms?: number | undefined;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
  /** The timers. @default SYSTEM_CLOCK */
  readonly clock?: Clock | undefined;
}

/**
 * Waits until `done` resolves or rejects, within the limits. Leaves no timer and no listener behind.
 *
 * @returns Whether it has; a rejection is left to whoever awaits `done`, and is not unhandled if nobody does.
 */
export function waitFor(
  done: Promise<unknown>,
  { ms = Infinity, signal, clock = SYSTEM_CLOCK }: WaitLimits = {},
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isDone: boolean): void => {
      if (timeout !== undefined) clock.clearTimeout(timeout);
      signal?.removeEventListener("abort", giveUp);
      resolve(isDone);
    };
    const giveUp = (): void => end(false);
    const settle = (): void => end(true);
    const timeout = ms <= MAX_TIMEOUT ? clock.setTimeout(giveUp, ms) : undefined;
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    done.then(settle, settle);
  });
}
