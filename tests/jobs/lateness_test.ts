import { assertEquals } from "@std/assert";
import { Lateness, percentile } from "../../src/jobs/lateness.ts";

Deno.test("Lateness sums up the runs that it has seen", () => {
  const lateness = new Lateness();
  assertEquals(lateness.summary(), { p50: 0, p99: 0, max: 0 });
  for (let n = 100; n >= 1; n--) lateness.add(n / 100);
  assertEquals(lateness.summary(), { p50: 0.5, p99: 0.99, max: 1 });
});

Deno.test("Lateness forgets the oldest runs where it has no room", () => {
  const lateness = new Lateness(3);
  for (const seconds of [100, 3, 1, 2]) lateness.add(seconds);
  assertEquals(lateness.summary(), { p50: 2, p99: 3, max: 3 });
});

Deno.test("percentile is one of the numbers", () => {
  assertEquals(percentile([], 0.5), 0);
  assertEquals(percentile([7], 0), 7);
  assertEquals(percentile([1, 2, 3, 4], 0.5), 2);
  assertEquals(percentile([1, 2, 3, 4], 0.51), 3);
  assertEquals(percentile([1, 2, 3, 4], 1), 4);
});
