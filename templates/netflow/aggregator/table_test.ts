import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatKey } from "./flow_key.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { Table } from "./table.ts";

const WORDS = 4;
const CAPACITY = 32;
const MEGABYTE = 1_000_000;

/** Keys and amounts: a few frequent keys and many rare ones. */
type Additions = (readonly [key: number, amount: number])[];

const additions: fc.Arbitrary<Additions> = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 400 }).map((n) => Math.floor(n * n / 400)),
    fc.integer({ min: 1, max: 1000 }),
  ),
  { maxLength: 500, size: "max" },
);

function keyOf(n: number, words = WORDS): Uint32Array {
  const key = new Uint32Array(words);
  key[words - 1] = n;
  return key;
}

function tableOf(
  all: Additions,
  { capacity = CAPACITY, memory = new MemoryBudget(MEGABYTE) } = {},
) {
  const table = new Table(WORDS, capacity, memory);
  for (const [key, amount] of all) table.add(keyOf(key), amount);
  return table;
}

function exactSums(all: Additions, words = WORDS): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [n, amount] of all) {
    const key = formatKey(keyOf(n, words), 0, words);
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  return sums;
}

/** Checks that no sum is above the true one, and none below it by more than its error. */
function assertGuarantees(table: Table, all: Additions): void {
  const missing = exactSums(all);
  const { error: most, keys, sums, errors } = table.rows;
  for (const [row, sum] of sums.entries()) {
    const key = formatKey(keys, row * WORDS, WORDS);
    const [truth, error] = [missing.get(key)!, errors[row]!];
    assert(sum <= truth && truth <= sum + error, `${key}: ${sum} + ${error} for ${truth}`);
    assert(error <= most);
    missing.delete(key);
  }
  for (const [key, truth] of missing) assert(truth <= most, `${key} is missing`);
}

Deno.test("Table is exact up to its capacity", () => {
  const kinds = fc.constantFrom(1, 4, 8);
  fc.assert(fc.property(additions, kinds, (all, words) => {
    const table = new Table(words, 512, new MemoryBudget(MEGABYTE));
    for (const [key, amount] of all) table.add(keyOf(key, words), amount);
    assertEquals(table.rows.error, 0);
    assertEquals(new Map(table.top(512)), exactSums(all, words));
  }));
});

Deno.test("Table keeps its guarantees after an overflow", () => {
  fc.assert(fc.property(additions, (all) => {
    const table = tableOf(all);
    const total = all.reduce((sum, [, amount]) => sum + amount, 0);
    assert(table.rows.sums.length <= CAPACITY);
    assert(table.rows.error <= 2 * total / CAPACITY);
    assertGuarantees(table, all);
  }));
});

Deno.test("Table keeps its guarantees when the rows of another one are added", () => {
  fc.assert(fc.property(additions, additions, (one, two) => {
    const table = tableOf(one);
    table.addRows(tableOf(two, { capacity: 2 * CAPACITY }).rows);
    assert(table.rows.sums.length <= CAPACITY);
    assertGuarantees(table, [...one, ...two]);
  }));
});

Deno.test("Table keeps its guarantees when memory is refused", () => {
  fc.assert(fc.property(additions, additions, fc.nat({ max: 20_000 }), (one, two, limit) => {
    const memory = new MemoryBudget(limit);
    const table = tableOf(one, { capacity: 256, memory });
    const other = tableOf(two, { capacity: 256, memory });
    table.addRows(other.rows);
    assert(memory.usedBytes <= limit);
    assertGuarantees(table, [...one, ...two]);
  }));
});

Deno.test("Table can be copied by its rows", () => {
  fc.assert(fc.property(additions, (all) => {
    const table = tableOf(all);
    const copy = tableOf([]);
    copy.addRows(table.rows);
    assertEquals(copy.rows, table.rows);
  }));
});

Deno.test("Table returns the largest sums first, and equal ones in the order of addition", () => {
  fc.assert(fc.property(additions, fc.integer({ min: 1, max: 20 }), (all, n) => {
    const table = tableOf(all, { capacity: 512 });
    const sorted = [...exactSums(all)].sort(([, a], [, b]) => b - a);
    assertEquals(table.top(n), sorted.slice(0, n));
  }));
});

Deno.test("Table keeps a large key exact through a flood of small ones", () => {
  const table = tableOf([]);
  for (let n = 0; n < 20_000; n++) {
    table.add(keyOf(n), 1);
    if (n % 10 === 0) table.add(keyOf(1_000_000), 1000);
  }
  assertEquals(table.top(1), [["::f:4240", 2_000_000]]);
});

Deno.test("Table keeps a key exact that was large in both tables", () => {
  const all: Additions = [[1000, 700], ...Array.from({ length: 500 }, (_, n) => [n, 1] as const)];
  const table = tableOf(all);
  table.addRows(tableOf(all).rows);
  assertEquals(table.top(1), [["::3e8", 1400]]);
});

Deno.test("Table reports no sum above the true one where many equal keys do not fit", () => {
  const table = tableOf([], { capacity: 2048 });
  for (let round = 0; round < 5; round++) {
    for (let key = 0; key < 20_000; key++) {
      table.add(keyOf(key), 100);
      if (key >= 10) assert(table.rows.sums.length >= 10);
    }
  }
  const top = table.top(10);
  assertEquals(top.length, 10);
  for (const [, sum] of top) assert(sum <= 500);
});

Deno.test("Table takes no memory while it is empty", () => {
  const memory = new MemoryBudget(MEGABYTE);
  const table = tableOf([], { memory });
  assertEquals(memory.usedBytes, 0);
  table.add(keyOf(1), 5);
  assert(memory.usedBytes > 0);
});
