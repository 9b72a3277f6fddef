import { delay } from "@std/async/delay";

/** Longer than any machine stands still for. */
const STALL_TIMEOUT_MS = 120_000;

/**
 * Polls until a condition holds.
 *
 * @param progress Waiting goes on for as long as its result changes; by default only the condition counts as progress.
 * @throws {Error} If there has been no progress for two minutes.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  progress: () => unknown = () => undefined,
): Promise<void> {
  let last = progress();
  let since = performance.now();
  while (!await condition()) {
    const current = progress();
    if (current !== last) {
      last = current;
      since = performance.now();
    } else if (performance.now() - since > STALL_TIMEOUT_MS) {
      throw new Error(`No progress for ${STALL_TIMEOUT_MS / 1000} s, at ${current}: ${condition}`);
    }
    await delay(5);
  }
}
