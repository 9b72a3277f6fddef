import { assertEquals } from "./equals.ts";

type Properties = Record<PropertyKey, unknown>;

/** Asserts that `actual` contains everything in `expected`, at every depth. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- as in the real package, which accepts any object
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  for (const object of [actual, expected]) {
    if (typeof object !== "object" || object === null) {
      throw new TypeError(
        `Cannot assertObjectMatch ${object === null ? null : `type ${typeof object}`}`,
      );
    }
  }
  assertEquals(
    commonProperties(actual, expected, new Map()),
    commonProperties(expected, expected, new Map()),
    msg,
  );
}

/** The part of `value` to compare with `pattern`. `seen` ends cycles. */
function common(
  value: unknown,
  pattern: unknown,
  seen: Map<unknown, unknown>,
): unknown {
  if (
    !isObject(value) || !isObject(pattern) || value instanceof RegExp ||
    value instanceof Date
  ) {
    return value;
  }
  if (Array.isArray(value) && Array.isArray(pattern)) {
    if (seen.get(value) === pattern) return value;
    seen.set(value, pattern);
    return value.slice(0, pattern.length).map((item, index) => common(item, pattern[index], seen));
  }
  if (value instanceof Map && pattern instanceof Map) {
    return new Map(
      [...value].filter(([key]) => pattern.has(key))
        .map(([key, item]) => {
          const other = pattern.get(key);
          return [
            key,
            isObject(item) && isObject(other) ? commonProperties(item, other, seen) : item,
          ];
        }),
    );
  }
  if (value instanceof Set && pattern instanceof Set) {
    return value.intersection(pattern);
  }
  return commonProperties(value, pattern, seen);
}

function commonProperties(
  value: Properties,
  pattern: Properties,
  seen: Map<unknown, unknown>,
): Properties {
  if (seen.get(value) === pattern) return value;
  seen.set(value, pattern);
  const own = Reflect.ownKeys(value);
  const wanted = Reflect.ownKeys(pattern);
  const shared = own.filter((key) => wanted.includes(key));
  // Nothing in common: keep everything, so that the message shows it.
  const foreign = shared.length === 0 && own.length > 0 && wanted.length > 0;
  const result: Properties = {};
  for (const key of foreign ? own : shared) {
    Object.defineProperty(result, key, {
      value: foreign ? value[key] : common(value[key], pattern[key], seen),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null;
}
