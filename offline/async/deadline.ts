/** Options for {@linkcode deadline}. */
export interface DeadlineOptions {
  /** Ends the wait early: the promise rejects with the reason of the signal. */
  signal?: AbortSignal;
}

/**
 * Waits for `p`, but no longer than `ms` milliseconds.
 *
 * @param p What to wait for. It is not stopped by the deadline, only no longer waited for.
 * @param ms Milliseconds; from `Number.MAX_SAFE_INTEGER` on there is no limit.
 * @param options A signal that ends the wait.
 * @returns What `p` resolves to; rejects with a `TimeoutError` (a `DOMException`) when time is up.
 */
export async function deadline<T>(
  p: Promise<T>,
  ms: number,
  options: DeadlineOptions = {},
): Promise<T> {
  const limits = options.signal ? [options.signal] : [];
  if (ms < Number.MAX_SAFE_INTEGER) limits.push(AbortSignal.timeout(ms));
  const limit = AbortSignal.any(limits);
  limit.throwIfAborted();

  let onAbort = () => {};
  const over = new Promise<never>((_resolve, reject) => onAbort = () => reject(limit.reason));
  limit.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([p, over]);
  } finally {
    limit.removeEventListener("abort", onAbort);
  }
}
