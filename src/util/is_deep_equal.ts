import { isDeepStrictEqual } from "node:util";

// Values that contain themselves have an end, too.
const MAX_PAIRS = 1_000_000;

/**
 * Compares two values as `isDeepStrictEqual` of `node:util` does, which fails on objects and arrays that are nested some
 * thousand levels deep. These may be, if they are as in JSON.
 *
 * @throws What getters throw, and a `RangeError` if something else, such as a map, is nested as deep.
 */
export function isDeepEqual(left: unknown, right: unknown): boolean {
  try {
    return isDeepStrictEqual(left, right);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const pairs: [unknown, unknown][] = [[left, right]];
  for (const [a, b] of pairs) {
    if (!isPlain(a) || !isPlain(b)) {
      if (!isDeepStrictEqual(a, b)) return false;
      continue;
    }
    const keys = Object.keys(a);
    if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) {
      return false;
    }
    if (pairs.length + keys.length > MAX_PAIRS) return false;
    for (const key of keys) {
      if (!Object.hasOwn(b, key)) return false;
      pairs.push([a[key], b[key]]);
    }
  }
  return true;
}

/** Whether it is an array or an object as in JSON, and not a Date, a Map, of a class, … */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}
