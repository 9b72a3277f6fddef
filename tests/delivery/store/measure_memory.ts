// Prints how much memory waiting values take up, and what is estimated. Needs --v8-flags=--expose-gc.

// It talks to the test that started it.
// deno-lint-ignore-file no-console

import { type WaitingValue, WaitingValues } from "../../../src/delivery/store/waiting_values.ts";

const COUNT = 200_000;
const { gc } = globalThis as unknown as { gc: () => void };

function heap(): number {
  for (let round = 0; round < 3; round++) gc();
  return Deno.memoryUsage().heapUsed;
}

function valueOf(kind: string | undefined, index: number): number | string {
  const rest = kind === "mixed" ? index % 3 : ["integers", "numbers", "strings"].indexOf(kind!);
  return [index, index * 1.2345, `state number ${index % 1000}`][rest]!;
}

const start = heap();
const waiting = new WaitingValues();
const queue: WaitingValue[] = [];
for (let first = 0; first < COUNT; first += 1000) {
  const values = Array.from({ length: 1000 }, (_, at) => {
    const index = first + at;
    const device = ["sensors", "interfaces.core-router"][index % 2];
    // Through JSON, so that it is one string and not the parts that it was made of.
    const p = JSON.parse(`"${device}.${index}.traffic.in.octets${"x".repeat(index % 17)}"`);
    return { p, v: valueOf(Deno.args[0], index), t: 1_795_452_484_000_000 + index };
  });
  const rows = waiting.add(1, values);
  if (Deno.args[1] === "own times") waiting.replaceEarlier(rows);
  for (const row of rows) queue.push(...row.values);
  waiting.takeChanged();
}
const measured = heap() - start;
console.log(JSON.stringify({ estimated: waiting.bytes, measured, values: queue.length }));
