/**
 * Runs `work` for each item, at most `limit` at once, and yields the results in the order of the items. When one of
 * them fails, or nobody wants the rest, those that are under way are aborted.
 *
 * @param work Does one of them; has to heed the signal that it is given.
 * @throws What `work` throws, when its turn comes, and the reason of `signal` when that aborts.
 */
export async function* orderedMap<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<R> {
  signal?.throwIfAborted();
  // Not AbortSignal.any(): it leaves something behind on a signal that lives as long as the bot.
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const underWay: Promise<R>[] = [];
  try {
    for (const item of items) {
      const promise = work(item, controller.signal);
      // Its turn to be looked at may come long after it has failed.
      promise.catch(() => {});
      underWay.push(promise);
      if (underWay.length >= limit) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    signal?.removeEventListener("abort", abort);
    controller.abort(new DOMException("Nobody wants the rest", "AbortError"));
    await Promise.allSettled(underWay);
  }
}
