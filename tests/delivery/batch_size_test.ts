import { assert, assertEquals } from "@std/assert";
import { BatchSize } from "../../src/delivery/batch_size.ts";
import { type Method, wireSize } from "../../src/delivery/values_request.ts";

type Value = { readonly p: string; readonly v: number | string };

/** How many of some values fit into one request. */
function count(size: BatchSize, values: readonly Value[], method: Method): number {
  const fits = size.fitting(method);
  const end = values.findIndex((value) => !fits(value));
  return end < 0 ? values.length : end;
}

function some(length: number, path = (n: number) => `p${n}`, v: Value["v"] = 1): Value[] {
  return Array.from({ length }, (_, n) => ({ p: path(n), v }));
}

/** How many values a PUT carries. */
function putValues(size: BatchSize): number {
  return count(size, some(1000), "PUT");
}

/** A size that has grown as far as it can. */
function largest(): BatchSize {
  const size = new BatchSize();
  for (let n = 0; n < 5; n++) size.onStored("PUT", putValues(size), 10);
  return size;
}

Deno.test("BatchSize puts no path twice into a POST; by PUT its times tell them apart", () => {
  const size = new BatchSize();
  assertEquals(count(size, some(3, () => "a"), "POST"), 1);
  assertEquals(count(size, some(5, (n) => `p${n % 4}`), "POST"), 4);
  assertEquals(count(size, some(3, () => "a"), "PUT"), 3);
});

Deno.test("BatchSize keeps a POST to 100 values, and lets a PUT grow to 500", () => {
  assertEquals(count(new BatchSize(), some(1000), "PUT"), 100);
  const size = largest();
  assertEquals(count(size, some(1000), "POST"), 100);
  assertEquals(count(size, some(1000), "PUT"), 500);
});

Deno.test("BatchSize keeps a body below 900 KiB, but sends a longer value alone", () => {
  const long = some(1000, () => "x".repeat(2000), "9".repeat(1000));
  const fitting = count(largest(), long, "PUT");
  assert(fitting * wireSize(long[0]!) <= 900 * 1024, `${fitting}`);
  assert((fitting + 1) * wireSize(long[0]!) > 900 * 1024, `${fitting}`);
  assertEquals(count(largest(), some(2, () => "x".repeat(2 ** 20)), "PUT"), 1);
});

Deno.test("BatchSize halves the body when a proxy finds it too large, and slowly tries more again", () => {
  const size = largest();
  const long = some(500, () => "x".repeat(2000));
  const before = count(size, long, "PUT");
  size.onTooLarge();
  const after = count(size, long, "PUT");
  assert(Math.abs(after - before / 2) <= 1, `${before} ${after}`);
  for (let n = 0; n < 30; n++) size.onTooLarge();
  assertEquals(count(size, long, "PUT"), 1);
  assert(count(size, some(500), "PUT") >= 10, "a kilobyte is never too large");
  size.onStored("PUT", 1, 10);
  assertEquals(count(size, long, "PUT"), 1);
  for (let n = 0; n < 1000; n++) size.onStored("PUT", 1, 10);
  assertEquals(count(size, long, "PUT"), before);
});

Deno.test("BatchSize sends less where answers take longer than 0.7 s, and learns nothing from a few values", () => {
  const size = new BatchSize();
  size.onStored("PUT", 100, 1000);
  assertEquals(putValues(size), 70);
  size.onStored("PUT", 3, 2000);
  size.onStored("POST", 100, 2000);
  assertEquals(putValues(size), 70);
  size.onStored("PUT", 70, 10);
  assertEquals(putValues(size), 140, "at most doubled");
  size.onStored("PUT", 140, 60_000);
  assertEquals(putValues(size), 50, "below that, something else takes long");
});

Deno.test("BatchSize halves what was not answered in time, down to 50 values", () => {
  const size = new BatchSize();
  assertEquals(size.onTimeout(400), true);
  assertEquals(putValues(size), 200);
  assertEquals(size.onTimeout(60), true);
  assertEquals(putValues(size), 50);
  assertEquals(size.onTimeout(50), false);
});
