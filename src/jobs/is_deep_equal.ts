import { isDeepStrictEqual } from "node:util";

// Cycles and parts that occur in many places need a memory of what was compared; the params of most jobs are smaller.
const REMEMBER_FROM = 1000;

/**
 * Compares two values as `isDeepStrictEqual` of `node:util` does, which fails on objects and arrays that are nested some
 * thousand levels deep. These may be.
 *
 * @throws What getters throw.
 */
export function isDeepEqual(left: unknown, right: unknown): boolean {
  const pending: unknown[] = [left, right];
  const compared = new Map<object, Set<object>>();
  let count = 0;
  while (pending.length > 0) {
    const b = pending.pop();
    const a = pending.pop();
    if (Object.is(a, b)) continue;
    if (!isObject(a) || !isObject(b)) return false;
    if (++count > REMEMBER_FROM) {
      const others = compared.get(a);
      if (others?.has(b)) continue;
      if (others === undefined) compared.set(a, new Set([b]));
      else others.add(b);
    }
    if (!isPlain(a) || !isPlain(b)) {
      if (!isDeepStrictEqual(a, b)) return false;
      continue;
    }
    if (!pushParts(a, b, pending)) return false;
  }
  return true;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether it is an array or an object as in JSON, and not a Date, a Map, of a class, … */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  const isKnown = prototype === Object.prototype || prototype === Array.prototype ||
    prototype === null;
  return isKnown && Object.getOwnPropertySymbols(value).length === 0;
}

/** Adds the parts of two objects or arrays in pairs; returns whether they can be equal. */
function pushParts(
  a: Record<PropertyKey, unknown>,
  b: Record<PropertyKey, unknown>,
  pending: unknown[],
): boolean {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  // Arrays may have holes.
  if (Array.isArray(a) && a.length !== b.length) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false;
    pending.push(a[key], b[key]);
  }
  return true;
}
