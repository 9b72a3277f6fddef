import { assert, assertEquals } from "@std/assert";
import { RequestSize } from "../../src/delivery/request_size.ts";
import type { StoredValue } from "../../src/delivery/store/outbox_store.ts";

const values = (count: number, change: Partial<StoredValue> = {}): StoredValue[] =>
  Array.from({ length: count }, (_, n) => ({
    id: n,
    accountId: 1,
    p: `p${n}`,
    v: n,
    t: 1795452484000000 + n,
    ...change,
  }));

Deno.test("RequestSize puts nothing twice into one request", () => {
  const size = new RequestSize();
  assertEquals(size.fit(values(3, { p: "a" }), "POST"), 1);
  assertEquals(size.fit(values(3, { p: "a" }), "PUT"), 3);
  assertEquals(size.fit(values(3, { p: "a", t: 1795452484000000 }), "PUT"), 1);
  assertEquals(size.fit(values(3, { t: 1795452484000000 }), "PUT"), 3);
});

Deno.test("RequestSize keeps a POST to 100 values, and lets a PUT grow to 500", () => {
  const size = new RequestSize();
  for (let n = 0; n < 5; n++) size.stored("PUT", size.putValues, 10);
  assertEquals(size.fit(values(1000), "POST"), 100);
  assertEquals(size.fit(values(1000), "PUT"), 500);
});

Deno.test("RequestSize keeps a body below what a proxy takes, also when one value is long", () => {
  const size = new RequestSize();
  for (let n = 0; n < 5; n++) size.stored("PUT", size.putValues, 10);
  const long = values(1000, { p: "x".repeat(2000), v: "9".repeat(1000) });
  const count = size.fit(long, "PUT");
  assert(count * 3000 < 2 ** 20 && count > 200, `${count}`);
  for (let n = 0; n < 30; n++) size.tooLarge();
  assertEquals(size.fit(long, "PUT"), 1);
});

Deno.test("RequestSize sends less when answers are slow, and learns nothing from a few values", () => {
  const size = new RequestSize();
  size.stored("PUT", 100, 1000);
  assertEquals(size.putValues, 70);
  size.stored("PUT", 3, 2000);
  assertEquals(size.putValues, 70);
  size.stored("PUT", 70, 10);
  assertEquals(size.putValues, 140);
  size.stored("PUT", 140, 60_000);
  assertEquals(size.putValues, 50, "below that it is something else that takes long");
});

Deno.test("RequestSize halves what had no answer in time, but not for ever", () => {
  const size = new RequestSize();
  assertEquals(size.late(400), true);
  assertEquals(size.putValues, 200);
  assertEquals(size.late(60), true);
  assertEquals(size.putValues, 50);
  assertEquals(size.late(50), false);
});
