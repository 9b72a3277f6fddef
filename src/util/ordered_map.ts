/**
 * Calls `work` for each item, at most `limit` at a time, and yields the results in the order of the items. If one call
 * fails or the loop ends early, the calls in progress are aborted.
 *
 * @param work Processes one item; must heed its signal.
 * @throws What `work` throws, once the results before it were yielded, and the reason of `signal` if that aborts.
 */
export async function* orderedMap<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<R> {
  signal?.throwIfAborted();
  // Not AbortSignal.any(): it leaks on a signal that lives as long as the bot.
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const inProgress: Promise<R>[] = [];
  try {
    for (const item of items) {
      const promise = work(item, controller.signal);
      // It may be awaited long after it has failed.
      promise.catch(() => {});
      inProgress.push(promise);
      if (inProgress.length >= limit) yield await inProgress.shift()!;
    }
    while (inProgress.length > 0) yield await inProgress.shift()!;
  } finally {
    signal?.removeEventListener("abort", abort);
    controller.abort(new DOMException("No more results are needed", "AbortError"));
    await Promise.allSettled(inProgress);
  }
}
