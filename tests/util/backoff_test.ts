import { assertEquals } from "@std/assert";
import { backoffMs } from "../../src/util/backoff.ts";

Deno.test("backoffMs doubles from 1 s to 60 s, with full jitter", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((n) => backoffMs(n, { random: () => 0.999999 }));
  assertEquals(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assertEquals(backoffMs(5, { random: () => 0 }), 0);
});
