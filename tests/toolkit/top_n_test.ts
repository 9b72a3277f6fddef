import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TopN } from "../../src/toolkit/top_n.ts";

/** A few frequent keys and many rare ones. */
const additions = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 400 }).map((n) => Math.floor(n * n / 400)),
    fc.nat({ max: 1000 }),
  ),
  { maxLength: 500, size: "max" },
);

function exactSums(all: readonly (readonly [number, number])[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [key, amount] of all) sums.set(key, (sums.get(key) ?? 0) + amount);
  return sums;
}

/** Checks the guarantees of the documentation against the exact sums. */
function assertGuarantees(table: TopN<number>, all: readonly (readonly [number, number])[]): void {
  const exact = exactSums(all);
  const total = all.reduce((sum, [, amount]) => sum + amount, 0);
  assert(table.size <= table.capacity);
  assert(
    table.error <= 2 * total / table.capacity,
    `error ${table.error} of ${total} at ${table.capacity}`,
  );
  const found = new Set<number>();
  for (const { key, sum, error } of table.top(Infinity)) {
    const truth = exact.get(key)!;
    assert(sum <= truth && truth <= sum + error, `${key}: ${sum} + ${error} for ${truth}`);
    assert(error <= table.error);
    found.add(key);
  }
  for (const [key, sum] of exact) {
    assert(found.has(key) || sum <= table.error, `${key} with ${sum} is missing`);
  }
}

Deno.test("TopN is exact up to its capacity", () => {
  fc.assert(fc.property(additions, (all) => {
    const table = new TopN<number>(500);
    for (const [key, amount] of all) table.add(key, amount);
    assertEquals(table.error, 0);
    assertEquals(new Map(table.top(Infinity).map(({ key, sum }) => [key, sum])), exactSums(all));
  }));
});

Deno.test("TopN returns the largest sums first, and equal ones in order of addition", () => {
  const table = new TopN<string>(10);
  table.add("a", 5);
  table.add("b", 7);
  table.add("c", 5);
  table.add("a", 0);
  assertEquals(table.top(2), [
    { key: "b", sum: 7, error: 0 },
    { key: "a", sum: 5, error: 0 },
  ]);
  assertEquals(table.top(0), []);
});

Deno.test("TopN keeps its guarantees after an overflow", () => {
  fc.assert(fc.property(additions, fc.integer({ min: 2, max: 60 }), (all, capacity) => {
    const table = new TopN<number>(capacity);
    for (const [key, amount] of all) table.add(key, amount);
    assertGuarantees(table, all);
  }));
});

Deno.test("TopN keeps its guarantees when tables that overflowed are merged", () => {
  fc.assert(
    fc.property(additions, additions, fc.integer({ min: 2, max: 60 }), (one, two, capacity) => {
      const table = new TopN<number>(capacity);
      const other = new TopN<number>(capacity);
      for (const [key, amount] of one) table.add(key, amount);
      for (const [key, amount] of two) other.add(key, amount);
      table.merge(other);
      assertGuarantees(table, [...one, ...two]);
    }),
  );
});

Deno.test("TopN keeps a large key exact through a flood of small ones", () => {
  const table = new TopN<string>(100);
  for (let n = 0; n < 50_000; n++) {
    table.add(`small ${n}`, 1);
    if (n % 10 === 0) table.add("large", 1000);
    assert(table.size <= 100);
  }
  assertEquals(table.top(1), [{ key: "large", sum: 5_000_000, error: 0 }]);
});

Deno.test("TopN reports no sum above the true one where many equal keys do not fit", () => {
  const table = new TopN<number>(2000);
  for (let round = 0; round < 5; round++) {
    for (let key = 0; key < 20_000; key++) {
      table.add(key, 100);
      if (key >= 10) assert(table.size >= 10);
    }
  }
  for (const { sum, error } of table.top(10)) assert(sum <= 500 && sum + error >= 500);
});

Deno.test("TopN can be restored from JSON", () => {
  const table = new TopN<string>(4);
  for (let n = 0; n < 20; n++) table.add(`key ${n % 7}`, n);
  assert(table.error > 0);
  const restored = TopN.from<string>(JSON.parse(JSON.stringify(table)), 4);
  assertEquals(restored.toJSON(), table.toJSON());
  assertEquals(TopN.from(table.toJSON(), 2).size <= 2, true);
});

Deno.test("TopN takes only what is certain from a state of version 0.1.0", () => {
  const table = TopN.from({ error: 10, entries: [["a", 25], ["b", 7]] }, 4);
  assertEquals(table.top(2), [
    { key: "a", sum: 15, error: 10 },
    { key: "b", sum: 0, error: 7 },
  ]);
});

Deno.test("TopN refuses an invalid capacity or amount", () => {
  for (const capacity of [0, 1, 2.5, NaN, Infinity]) {
    assertThrows(() => new TopN(capacity), RangeError, "capacity");
  }
  const table = new TopN<string>(2);
  for (const amount of [-1, NaN, Infinity]) {
    assertThrows(() => table.add("a", amount), RangeError, "finite");
  }
  assertThrows(() => TopN.from({ error: -1, entries: [] }, 2), RangeError);
  assertThrows(() => TopN.from({ error: 0, entries: [["a", -1]] }, 2), RangeError);
  assertThrows(() => TopN.from({ error: 0, entries: [["a", 1, -1]] }, 2), RangeError);
});
