import { assertEquals } from "@std/assert";
import { MissedTime } from "./missed_time.ts";

Deno.test("MissedTime has at most 100 spans: the oldest become one", () => {
  const missed = new MissedTime();
  for (let n = 0; n < 110; n++) missed.add(10 * n, 10 * n + 1);
  assertEquals(missed.toJSON().length, 100);
  assertEquals(missed.within(0, 101), 101);
  assertEquals(missed.within(101, 2000), 99);
});
