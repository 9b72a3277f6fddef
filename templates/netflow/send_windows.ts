import type { JobContext } from "@grafolean/collector";
import type { Aggregator } from "./aggregator/aggregator.ts";
import { paced } from "./aggregator/paced.ts";
import type { Device } from "./device.ts";
import { accountValues } from "./values.ts";

// So many values are sent at once: about a millisecond.
const MAX_PIECE = 500;

/**
 * Sends the values of all windows that have ended, and closes them. One that cannot be sent is closed too, as its values
 * would fail again; one that was being sent when the signal aborted stays, and is sent again.
 *
 * @param now The time in milliseconds since 1970.
 * @throws What sending throws; then the windows after it are left for the next call.
 */
export async function sendEndedWindows(
  aggregator: Aggregator,
  now: number,
  devices: readonly Device[],
  context: Pick<JobContext, "signal" | "sendResults">,
): Promise<void> {
  const accounts = Map.groupBy(devices, ({ accountId }) => accountId);
  for (let window; (window = aggregator.nextEnded(now)) !== undefined;) {
    try {
      // Without a part of its time it would be misleading.
      if (window.isComplete) {
        for (const [account, ofAccount] of accounts) {
          await sendValues(account, accountValues(window, ofAccount), context);
        }
      }
    } finally {
      if (!context.signal.aborted) await aggregator.close(window);
    }
  }
}

/** Sends values, and lets packets be received meanwhile. */
export async function sendValues(
  accountId: number,
  values: Iterable<readonly [path: string, value: number]>,
  { signal, sendResults }: Pick<JobContext, "signal" | "sendResults">,
): Promise<void> {
  const piece = new Map<string, number>();
  const send = async () => {
    signal.throwIfAborted();
    await sendResults(accountId, piece);
    piece.clear();
  };
  for await (const [path, value] of paced(values)) {
    piece.set(path, value);
    if (piece.size >= MAX_PIECE) await send();
  }
  await send();
}
