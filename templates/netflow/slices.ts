// A tenth of what the kernel's buffer holds of a fast stream.
const SLICE_MS = 2;

/** Does work step by step, and lets packets be received between the steps whenever it has taken 2 ms. */
export async function inSlices(steps: Iterable<unknown>): Promise<void> {
  let since = performance.now();
  for (const _ of steps) {
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}
