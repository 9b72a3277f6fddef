import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type IsolatedValue, Quarantine } from "../../src/delivery/quarantine.ts";
import type { WaitingValue } from "../../src/delivery/store/waiting_values.ts";
import { waitingValues } from "./values.ts";

/** Values of one path. */
function valuesOf(count: number, path = "bad") {
  const { values, waiting } = waitingValues(count);
  for (const value of values) Object.assign(value, { p: path });
  return { values, waiting };
}

/** A quarantine with a path that was closed at time 0, and on which more values wait. */
function closed(count: number) {
  const { values, waiting } = valuesOf(count);
  const quarantine = new Quarantine();
  quarantine.isolate(values[0]!, 0);
  for (const value of values.slice(1)) quarantine.add(value);
  return { quarantine, values, waiting };
}

/** Takes out a value whose request takes no time. */
function takeAt(quarantine: Quarantine, now: number): IsolatedValue | undefined {
  const taken = quarantine.take(now);
  if (taken !== undefined) quarantine.onAnswered(now, 0);
  return taken;
}

function takeNext(quarantine: Quarantine): { taken: IsolatedValue; at: number } {
  const at = quarantine.nextTry();
  const taken = takeAt(quarantine, at);
  assert(taken !== undefined, `nothing to take at ${at}`);
  return { taken, at };
}

Deno.test("Quarantine holds a path from the failure of one value until one is stored", () => {
  const { quarantine, values } = closed(4);
  assertEquals([quarantine.holds("bad"), quarantine.holds("good")], [true, false]);
  assertEquals(quarantine.values, 4);
  assertEquals(quarantine.closedPaths(1), ["bad"]);
  assertEquals(quarantine.closedPaths(0), []);
  const { taken, at } = takeNext(quarantine);
  const freed = quarantine.onStored(taken);
  assertEquals(quarantine.holds("bad"), false);
  assertEquals(quarantine.closedPaths(1e9), []);
  // The first one has failed itself, and is tried alone.
  assertEquals(freed.length, 2);
  assertEquals(quarantine.values, 1);
  const failed = takeAt(quarantine, at);
  assertStrictEquals(failed?.value, values[0]);
  quarantine.onStored(failed!);
  assertEquals([quarantine.values, quarantine.nextTry()], [0, Infinity]);
});

Deno.test("Quarantine tries the oldest and the newest value of a path in turns", () => {
  const { quarantine, values } = closed(6);
  const tried: WaitingValue[] = [];
  for (let n = 0; n < 6; n++) {
    const { taken, at } = takeNext(quarantine);
    tried.push(taken.value);
    // Its next try is far away.
    quarantine.onFailed({ value: taken.value, failedSince: -1e7 }, at);
  }
  const order = tried.map((value) => values.indexOf(value));
  assertEquals(order, [5, 0, 4, 1, 3, 2]);
});

Deno.test("Quarantine pauses for longer the longer a path fails, up to a minute", () => {
  const { quarantine } = closed(1000);
  const pauses: number[] = [];
  let last = 0;
  for (let n = 0; n < 60; n++) {
    const { taken, at } = takeNext(quarantine);
    pauses.push(Math.round(at - last));
    last = at;
    quarantine.onFailed(taken, at);
  }
  assertEquals(pauses.slice(0, 3), [1000, 1000, 1000]);
  assertEquals(pauses.at(-1), 60_000);
  assertEquals(pauses, pauses.toSorted((a, b) => a - b));
});

Deno.test("Quarantine pauses up to ten minutes for a value that fails alone", () => {
  const { quarantine } = closed(1);
  let last = 0;
  const pauses: number[] = [];
  for (let n = 0; n < 80; n++) {
    const { taken, at } = takeNext(quarantine);
    pauses.push(Math.round(at - last));
    last = at;
    quarantine.onFailed(taken, at);
  }
  assertEquals([pauses[0], pauses.at(-1)], [1000, 600_000]);
});

Deno.test("Quarantine gives each path its turn", () => {
  const quarantine = new Quarantine();
  const names = ["a", "b", "c"];
  for (const name of names) {
    const { values } = valuesOf(10, name);
    quarantine.isolate(values[0]!, 0);
    for (const value of values.slice(1)) quarantine.add(value);
  }
  const order: string[] = [];
  for (let n = 0; n < 9; n++) {
    quarantine.retryNow();
    const taken = takeAt(quarantine, 0)!;
    order.push(taken.value.p);
    quarantine.onFailed(taken, 0);
  }
  assertEquals(order, [...names, ...names, ...names]);
});

Deno.test("Quarantine tries at once what a flush asks for, and what was not sent to the end", () => {
  const { quarantine, values } = closed(1);
  assertEquals(takeAt(quarantine, 500)?.value.v, undefined);
  quarantine.retryNow();
  const taken = takeAt(quarantine, 500);
  assertStrictEquals(taken?.value, values[0]);
  quarantine.putBack(taken!);
  assertEquals(quarantine.values, 1);
  assertStrictEquals(takeAt(quarantine, 500)?.value, values[0]);
});

Deno.test("Quarantine closes a path again of which a value fails after others were stored", () => {
  const { quarantine, values } = closed(2);
  quarantine.retryNow();
  quarantine.onStored(takeAt(quarantine, 0)!);
  assertEquals(quarantine.holds("bad"), false);
  const { values: [later] } = valuesOf(1);
  quarantine.isolate(later!, 5000);
  assertEquals(quarantine.holds("bad"), true);
  assertEquals(quarantine.closedPaths(5000), [], "not since the first time");
  assertEquals(quarantine.values, 2);
  assertEquals([values.length, quarantine.closedPaths(5001)], [2, ["bad"]]);
});

Deno.test("Quarantine sends nothing that was dropped", () => {
  const { quarantine, values, waiting } = closed(5);
  waiting.remove([values[0]!, values[1]!, values[4]!]);
  assertEquals(quarantine.values, 2);
  quarantine.retryNow();
  assertStrictEquals(takeNext(quarantine).taken.value, values[3]);
  waiting.remove([values[2]!]);
  assertEquals(takeAt(quarantine, 1e9)?.value.v, undefined);
  assertEquals(quarantine.nextTry(), Infinity);
});

Deno.test("Quarantine keeps a value that has failed when all behind it were dropped", () => {
  const { quarantine, values, waiting } = closed(2);
  let last = 0;
  for (let n = 0; n < 2; n++) {
    const { taken, at } = takeNext(quarantine);
    last = at;
    // Its next try is far away.
    quarantine.onFailed({ value: taken.value, failedSince: -1e7 }, at);
  }
  const { values: [dropped] } = valuesOf(1);
  quarantine.add(dropped!);
  dropped!.row = undefined;
  assertEquals(takeAt(quarantine, quarantine.nextTry()), undefined);
  assertEquals(quarantine.values, 2);
  const next = quarantine.nextTry();
  assert(next < last + 700_000, `${next}`);
  assert(values.includes(takeAt(quarantine, next)!.value));
  waiting.remove(values);
});
