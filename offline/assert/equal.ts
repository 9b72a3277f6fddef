type Keyed = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;
type Indexed = ArrayLike<unknown>;
type Properties = Readonly<Record<PropertyKey, unknown>>;

const TypedArray: abstract new () => Indexed = Object.getPrototypeOf(
  Uint8Array,
);

/** Classes whose instances are equal if their texts are; `Temporal` where the runtime has it. */
const TEXT_LIKE: readonly unknown[] = [
  URL,
  URLSearchParams,
  RegExp,
  Intl.Locale,
  ...Object.values(
    Object.getOwnPropertyDescriptors("Temporal" in globalThis ? Temporal : {}),
  )
    .map(({ value }) => value).filter((value) => typeof value === "function"),
].map((constructor) => constructor.prototype);

/**
 * Whether two values are deeply equal: of the same class, with equal properties (those from
 * getters of a class included), equal entries. `0` equals `-0`, `NaN` equals itself; functions and
 * symbols are equal only to themselves; cycles are followed once.
 *
 * @throws {TypeError} For a `WeakMap` or a `WeakSet`, whose entries cannot be known.
 */
export function equal(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}

/** @param pairs The pairs being compared further out. */
function same(a: unknown, b: unknown, pairs: Map<unknown, unknown>): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  if (
    typeof a !== "object" || typeof b !== "object" || a === null || b === null
  ) return false;
  if (a instanceof Date && b instanceof Date) {
    return Object.is(a.getTime(), b.getTime());
  }
  const prototype = Object.getPrototypeOf(a);
  if (!samePrototype(prototype, Object.getPrototypeOf(b))) return false;
  if (a instanceof TypedArray) return sameItems(a, b as Indexed);
  if (isBuffer(a)) {
    return sameItems(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (a instanceof WeakRef) {
    return same(a.deref(), (b as WeakRef<WeakKey>).deref(), pairs);
  }
  if (pairs.get(a) === b) return true;
  if (Object.keys(a).length !== Object.keys(b).length) return false;
  pairs.set(a, b);
  if (a instanceof Map || a instanceof Set) {
    return sameEntries(a, b as Keyed, pairs);
  }
  if (TEXT_LIKE.includes(prototype)) return String(a) === String(b);

  const plain = isPlain(prototype);
  const keys = plain ? Reflect.ownKeys({ ...a, ...b }) : [...allKeys(a), ...allKeys(b)];
  return keys.every((key) =>
    key in a === key in b &&
    same((a as Properties)[key], (b as Properties)[key], pairs)
  );
}

function samePrototype(a: unknown, b: unknown): boolean {
  return (a ?? Object.prototype) === (b ?? Object.prototype);
}

function isPlain(prototype: unknown): boolean {
  return prototype === null || prototype === Object.prototype ||
    prototype === Array.prototype;
}

function isBuffer(value: object): value is ArrayBuffer | SharedArrayBuffer {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function sameItems(a: Indexed, b: Indexed): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (!same(a[i], b[i], new Map())) return false;
  }
  return true;
}

function sameEntries(
  a: Keyed,
  b: Keyed,
  pairs: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const entriesOfB = [...b.entries()];
  return a.entries().every(([key, value]) => {
    if (typeof key !== "object" && typeof key !== "function" || key === null) {
      return b.has(key) &&
        (!(b instanceof Map) || same(value, b.get(key), pairs));
    }
    return entriesOfB.some(([otherKey, otherValue]) =>
      same(key, otherKey, pairs) && same(value, otherValue, pairs)
    );
  });
}

/** All keys of an instance of a class, with those of its getters and methods. */
function allKeys(value: object): Set<PropertyKey> {
  const keys = new Set<PropertyKey>();
  for (
    let level: object | null = value;
    level !== null && !isPlain(level);
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Reflect.ownKeys(level)) keys.add(key);
  }
  return keys;
}
