/** Options for {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the reason of the signal. */
  signal?: AbortSignal;
  /**
   * Whether the process stays alive for this wait. `false` has an effect in Deno only.
   *
   * @default {true}
   */
  persistent?: boolean;
}

/** Declared here, as the real package compiles without the types of Deno as well. */
declare const Deno: { unrefTimer(id: number): void };

/** The longest timeout of a runtime: 2^31 - 1 ms, about 24.8 days. */
const LONGEST_TIMER = 0x7fff_ffff;

/**
 * Waits for `ms` milliseconds, also beyond the longest timeout of the runtime.
 *
 * @param ms Milliseconds; what is not a number, or below 0, counts as 0.
 * @param options A signal that ends the wait, and whether the process stays alive for it.
 * @returns Resolves after the wait; rejects with the reason of the signal when that comes first.
 */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);

  return new Promise((resolve, reject) => {
    const wait = ms > 0 ? Math.floor(ms) : 0;
    const start = wait > LONGEST_TIMER ? Date.now() : 0;
    let timer: ReturnType<typeof setTimeout>;

    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const finish = () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const arm = (left: number) => {
      timer = left > LONGEST_TIMER
        ? setTimeout(() => arm(wait - (Date.now() - start)), LONGEST_TIMER)
        : setTimeout(finish, left);
    };

    arm(wait);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (!persistent) {
      if ("Deno" in globalThis) Deno.unrefTimer(Number(timer!));
      // deno-lint-ignore no-console -- as in the real package
      else console.error("`persistent` option is only available in Deno");
    }
  });
}
