import { assertEquals } from "@std/assert";
import { Lateness } from "../../src/jobs/lateness.ts";

Deno.test("Lateness summarizes the recorded runs", () => {
  const lateness = new Lateness();
  assertEquals(lateness.summary(), { p50: 0, p99: 0, max: 0 });
  for (let n = 100; n >= 1; n--) lateness.add(n / 100);
  assertEquals(lateness.summary(), { p50: 0.5, p99: 0.99, max: 1 });
});

Deno.test("Lateness replaces the oldest runs when full", () => {
  const lateness = new Lateness(3);
  for (const seconds of [100, 3, 1, 2]) lateness.add(seconds);
  assertEquals(lateness.summary(), { p50: 2, p99: 3, max: 3 });
});

Deno.test("Lateness reports only values that were recorded", () => {
  const lateness = new Lateness();
  for (const seconds of [7, 1, 3]) lateness.add(seconds);
  assertEquals(lateness.summary(), { p50: 3, p99: 7, max: 7 });
  lateness.add(9);
  assertEquals(lateness.summary(), { p50: 3, p99: 9, max: 9 });
});
