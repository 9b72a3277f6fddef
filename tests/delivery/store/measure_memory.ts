// Prints, by kind of values, the ratio of their estimated memory to the measured one. Needs --v8-flags=--expose-gc.

// It talks to the test that started it.
// deno-lint-ignore-file no-console

import { type WaitingValue, WaitingValues } from "../../../src/delivery/store/waiting_values.ts";

const COUNT = 200_000;
const { gc } = globalThis as unknown as { gc: () => void };

function heap(): number {
  for (let round = 0; round < 3; round++) gc();
  return Deno.memoryUsage().heapUsed;
}

function valueOf(kind: string, index: number): number | string {
  const rest = kind === "mixed" ? index % 3 : ["integers", "numbers", "strings"].indexOf(kind);
  return [index, index * 1.2345, `state number ${index % 1000}`][rest]!;
}

/** Returns the ratio of the estimate to what is measured. */
function measure(kind: string, haveOwnTimes: boolean): number {
  const start = heap();
  const waiting = new WaitingValues();
  const queue: WaitingValue[] = [];
  for (let first = 0; first < COUNT; first += 1000) {
    const values = Array.from({ length: 1000 }, (_, at) => {
      const index = first + at;
      const device = ["sensors", "interfaces.core-router"][index % 2];
      // Through JSON, so that it is one string and not the parts that it was made of.
      const p = JSON.parse(`"${device}.${index}.traffic.in.octets${"x".repeat(index % 17)}"`);
      return { p, v: valueOf(kind, index), t: 1_795_452_484_000_000 + index };
    });
    const rows = waiting.add(1, values);
    if (haveOwnTimes) waiting.replaceEarlier(rows);
    for (const row of rows) queue.push(...row.values);
    waiting.takeChanged();
  }
  const measured = heap() - start;
  // They are in use to here.
  if (queue.length !== waiting.values) throw new Error("Some values are missing");
  return waiting.bytes / measured;
}

const ratios = Object.fromEntries(
  ["integers", "numbers", "strings", "mixed"].map((kind) => [kind, measure(kind, false)]),
);
console.log(JSON.stringify({ ...ratios, "own times": measure("mixed", true) }));
