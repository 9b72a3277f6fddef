/**
 * Compares two values of JSON, which may also hold `undefined`, four times as fast as `isDeepStrictEqual` of `node:util`.
 * Values that are nested some thousand levels deep count as different.
 */
export function isEqualJson(left: unknown, right: unknown): boolean {
  try {
    return isEqual(left, right);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isContainer(left) || !isContainer(right)) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  let more = 0;
  for (const key in left) {
    const value = left[key];
    const other = right[key];
    if (value !== other ? !isEqual(value, other) : value === undefined && !(key in right)) {
      return false;
    }
    more++;
  }
  for (const _ in right) more--;
  return more === 0;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
