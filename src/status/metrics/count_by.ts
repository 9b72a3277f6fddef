import { inTurns } from "../../util/turns.ts";

// Kinds of problems come from bots: one with the name of a device in it would be a time series for each.
const MAX_KEYS = 50;
const MAX_LENGTH = 100;

/**
 * Counts items by a key, bit by bit while everything else goes on. After 50 keys, all others are `other`.
 *
 * @param keyOf Returns the key; `undefined` for items that do not count.
 * @param last The counts of the last time: their keys stay, with 0, so that their time series do not end.
 */
export async function countBy<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string | undefined,
  last: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const counts = new Map([...last.keys()].map((key) => [key, 0]));
  await inTurns(items, (item) => {
    let key = keyOf(item)?.slice(0, MAX_LENGTH);
    if (key === undefined) return;
    if (!counts.has(key) && counts.size >= MAX_KEYS) key = "other";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return counts;
}
