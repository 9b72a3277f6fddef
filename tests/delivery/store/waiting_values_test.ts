import { assert, assertEquals } from "@std/assert";
import { type WaitingRow, WaitingValues } from "../../../src/delivery/store/waiting_values.ts";
import { values } from "./values.ts";

const MEMORY = new URL("./measure_memory.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

function ids(rows: Iterable<WaitingRow>): number[] {
  return [...rows].map(({ id }) => id);
}

Deno.test("WaitingValues counts values and memory, and is empty when all values are removed", () => {
  const waiting = new WaitingValues();
  const rows = [...waiting.add(1, values(0, 250)), ...waiting.add(2, values(250, 1))];
  assertEquals(rows.map(({ values }) => values.length), [100, 100, 50, 1]);
  assertEquals([waiting.values, [...waiting.rows()][0]?.values[0]?.p], [251, values(0, 1)[0]!.p]);
  const some = rows[0]!.values.slice(0, 99);
  assertEquals([waiting.remove(some), waiting.remove(some)], [99, 0]);
  assert(some.every(({ row }) => row === undefined));
  assertEquals([waiting.values, [...waiting.rows()][0]?.values[0]?.p], [152, values(99, 1)[0]!.p]);
  assertEquals(waiting.remove(rows.flatMap((row) => row.values)), 152);
  assertEquals([waiting.values, waiting.bytes, [...waiting.rows()][0]], [0, 0, undefined]);
  assertEquals(ids(waiting.rows()), []);
});

Deno.test("WaitingValues returns the rows that have changed once", () => {
  const waiting = new WaitingValues();
  const [first, second] = waiting.add(1, values(0, 200));
  assertEquals(ids(waiting.takeChanged()), [1, 2]);
  assertEquals(ids(waiting.takeChanged()), []);
  waiting.remove(first!.values.slice(0, 1));
  waiting.remove(second!.values);
  waiting.restore(7, 1, values(300, 1));
  assertEquals(ids(waiting.takeChanged()), [1, 2]);
  assertEquals(ids(waiting.rows()), [1, 7]);
  assertEquals(ids(waiting.add(1, values(400, 1))), [8]);
});

Deno.test("WaitingValues takes up no memory for what went through, while its first value stays", () => {
  const waiting = new WaitingValues();
  waiting.add(1, values(0, 1));
  let seen = 0;
  for (let number = 1; number < 50_000; number++) {
    waiting.remove(waiting.add(1, values(number, 1))[0]!.values);
    waiting.takeChanged();
    if (number % 1000 === 0) seen += [...waiting.rows()].length;
  }
  assertEquals([seen, waiting.values], [49, 1]);
});

Deno.test("WaitingValues takes up no memory when values with their own times are gone", () => {
  const waiting = new WaitingValues();
  const rows = waiting.add(1, values(0, 250));
  waiting.replaceEarlier(rows);
  const { bytes } = waiting;
  const again = waiting.add(1, values(0, 100));
  assertEquals(waiting.replaceEarlier(again), 100);
  assertEquals([waiting.values, waiting.bytes], [250, bytes]);
  waiting.remove([...rows, ...again].flatMap((row) => row.values));
  assertEquals([waiting.values, waiting.bytes], [0, 0]);
});

Deno.test("WaitingValues estimates its memory within a fifth", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--v8-flags=--expose-gc",
      `--config=${CONFIG}`,
      MEMORY,
    ],
    stderr: "inherit",
  }).output();
  assert(success);
  const ratios: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(Object.keys(ratios).length, 5);
  for (const [kind, ratio] of Object.entries(ratios)) {
    assert(ratio > 0.8 && ratio < 1.2, `${kind}: estimated ${ratio} of what is measured`);
  }
});
