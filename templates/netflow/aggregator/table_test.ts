import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ADDRESS_KEY, ADDRESS_PAIR_KEY, NUMBER_KEY } from "./flow_key.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { Table } from "./table.ts";

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

function keyOf(n: number, { words } = ADDRESS_KEY): Uint32Array {
  const key = new Uint32Array(words);
  key[words - 1] = n;
  return key;
}

function tableOf(
  all: Additions,
  { capacity = CAPACITY, memory = new MemoryBudget(MEGABYTE) } = {},
) {
  const table = new Table(ADDRESS_KEY, capacity, memory);
  for (const [key, amount] of all) table.add(keyOf(key), amount);
  return table;
}

function exactSums(all: Additions, kind = ADDRESS_KEY): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [n, amount] of all) {
    const key = kind.format(keyOf(n, kind), 0);
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  return sums;
}

/** Checks that no sum is above the true one, and none below it by more than its error. */
function assertGuarantees(table: Table, all: Additions): void {
  const missing = exactSums(all);
  for (const [key, sum, error] of table.entries()) {
    const truth = missing.get(key)!;
    assert(sum <= truth && truth <= sum + error, `${key}: ${sum} + ${error} for ${truth}`);
    assert(error <= table.error);
    missing.delete(key);
  }
  for (const [key, truth] of missing) assert(truth <= table.error, `${key} is missing`);
}

Deno.test("Table is exact up to its capacity", () => {
  const kinds = fc.constantFrom(NUMBER_KEY, ADDRESS_KEY, ADDRESS_PAIR_KEY);
  fc.assert(fc.property(additions, kinds, (all, kind) => {
    const table = new Table(kind, 512, new MemoryBudget(MEGABYTE));
    for (const [key, amount] of all) table.add(keyOf(key, kind), amount);
    assertEquals(table.error, 0);
    assertEquals(new Map(table.entries().map(([key, sum]) => [key, sum])), exactSums(all, kind));
  }));
});

Deno.test("Table keeps its guarantees after an overflow", () => {
  fc.assert(fc.property(additions, (all) => {
    const table = tableOf(all);
    const total = all.reduce((sum, [, amount]) => sum + amount, 0);
    assert(table.size <= CAPACITY);
    assert(table.error <= 2 * total / CAPACITY);
    assertGuarantees(table, all);
  }));
});

Deno.test("Table keeps its guarantees when it takes the sums of another one", () => {
  fc.assert(fc.property(additions, additions, (one, two) => {
    const table = tableOf(one);
    const other = tableOf(two, { capacity: 2 * CAPACITY });
    table.take(other);
    assertEquals([other.size, other.error], [0, 0]);
    assert(table.size <= CAPACITY);
    assertGuarantees(table, [...one, ...two]);
  }));
});

Deno.test("Table keeps its guarantees when memory is refused", () => {
  fc.assert(fc.property(additions, additions, fc.nat({ max: 20_000 }), (one, two, limit) => {
    const memory = new MemoryBudget(limit);
    const table = tableOf(one, { capacity: 256, memory });
    const other = tableOf(two, { capacity: 256, memory });
    assert(memory.usedBytes <= limit);
    table.take(other);
    assertGuarantees(table, [...one, ...two]);
    table.clear();
    assertEquals(memory.usedBytes, 0);
  }));
});

Deno.test("Table can be made of the entries of another one", () => {
  fc.assert(fc.property(additions, (all) => {
    const table = tableOf(all);
    const copy = new Table(ADDRESS_KEY, CAPACITY, new MemoryBudget(MEGABYTE));
    copy.addError(table.error);
    for (const entry of table.entries()) copy.addEntry(entry);
    assertEquals([...copy.entries()], [...table.entries()]);
    assertEquals(copy.error, table.error);
  }));
});

Deno.test("Table returns the largest sums first, and equal ones in the order of addition", () => {
  fc.assert(fc.property(additions, fc.integer({ min: 1, max: 20 }), (all, n) => {
    const table = tableOf(all, { capacity: 512 });
    assertEquals(table.top(n), [...table.entries()].sort(([, a], [, b]) => b - a).slice(0, n));
  }));
});

Deno.test("Table keeps a large key exact through a flood of small ones", () => {
  const table = tableOf([]);
  for (let n = 0; n < 20_000; n++) {
    table.add(keyOf(n), 1);
    if (n % 10 === 0) table.add(keyOf(1_000_000), 1000);
  }
  assertEquals(table.top(1), [["::f:4240", 2_000_000, 0]]);
});

Deno.test("Table keeps a key exact that was large in both tables when it takes the other", () => {
  const flood: Additions = Array.from({ length: 500 }, (_, n) => [n, 1]);
  const table = tableOf([[1000, 700], ...flood]);
  table.take(tableOf([...flood, [1000, 7], [1001, 700]]));
  table.take(tableOf([[1000, 700], ...flood]));
  const [[, sum, error] = []] = table.top(1);
  assertEquals(sum, 1407);
  assert(error! > 0 && error! < 20);
  const other = tableOf([[1000, 700], ...flood]);
  other.take(tableOf([[1000, 700], ...flood]));
  assertEquals(other.top(1), [["::3e8", 1400, 0]]);
});

Deno.test("Table reports no sum above the true one where many equal keys do not fit", () => {
  const table = tableOf([], { capacity: 2048 });
  for (let round = 0; round < 5; round++) {
    for (let key = 0; key < 20_000; key++) {
      table.add(keyOf(key), 100);
      if (key >= 10) assert(table.size >= 10);
    }
  }
  const top = table.top(10);
  assertEquals(top.length, 10);
  for (const [, sum, error] of top) assert(sum <= 500 && sum + error >= 500);
});

Deno.test("Table takes no memory while it is empty, and gives it back", () => {
  const memory = new MemoryBudget(MEGABYTE);
  const table = tableOf([], { memory });
  assertEquals(memory.usedBytes, 0);
  table.add(keyOf(1), 5);
  assert(memory.usedBytes > 0);
  tableOf([], { memory }).take(table);
  assert(memory.usedBytes > 0);
  table.clear();
  assertEquals(table.top(10), []);
});
