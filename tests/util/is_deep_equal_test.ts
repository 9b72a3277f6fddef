import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { isDeepEqual } from "../../src/util/is_deep_equal.ts";

function nested(levels: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { value } : [value];
  return value;
}

Deno.test("isDeepEqual compares values that are nested 100,000 levels deep", () => {
  assertEquals(isDeepEqual(nested(100_000, 1), nested(100_000, 1)), true);
  assertEquals(isDeepEqual(nested(100_000, 1), nested(100_000, 2)), false);
  assertEquals(isDeepEqual(nested(100_000, 1), nested(99_998, 1)), false);
});

Deno.test("isDeepEqual agrees with isDeepStrictEqual", () => {
  const leaf = fc.constantFrom<unknown>(
    ...[0, -0, 1, NaN, "", "1", true, null, undefined, 1n, Symbol.iterator],
    ...[
      new Date(0),
      new Date(1),
      new Map([["a", 1]]),
      new Set([1]),
      /a/,
      new Error("a"),
      Object(1),
    ],
    ...[Object.create(null), { [Symbol.iterator]: 1 }, Array(1), [undefined], new (class {})()],
    ...[{ length: {} }, { length: 1 }, { a: undefined }, {}],
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 2 }),
    object: fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { maxKeys: 2 }),
  })).value;
  fc.assert(
    fc.property(value, value, (a, b) => {
      assertEquals(isDeepEqual(a, b), isDeepStrictEqual(a, b));
      assertEquals(isDeepEqual([a, b], [a, b]), true);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("isDeepEqual comes to an end where deep values contain themselves", () => {
  const ring = () => {
    const list: unknown[] = [];
    list.push(nested(100_000, list));
    return list;
  };
  assertEquals(isDeepEqual(ring(), ring()), false);
});
