// A fast exporter fills the kernel's buffer within some milliseconds.
const MAX_BLOCKING_MS = 1;

/**
 * Passes on items, and lets packets be received whenever a millisecond has passed.
 *
 * It waits by a timer, as then about ten packets get through: enough at 5,000 packets a second. After `setImmediate` it is
 * one or two, and after a message to itself none, so that the others were lost.
 */
export async function* paced<T>(items: Iterable<T>): AsyncGenerator<T, void> {
  let since = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - since < MAX_BLOCKING_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}
