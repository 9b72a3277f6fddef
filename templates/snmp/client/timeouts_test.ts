import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { timeoutsFor } from "./timeouts.ts";

Deno.test("timeoutsFor waits two seconds, three times, if the interval allows it", () => {
  assertEquals(timeoutsFor([60, 300]), { timeoutMs: 2000, retries: 2, runTimeoutS: 54 });
  assertEquals(timeoutsFor([86_400]), { timeoutMs: 2000, retries: 2, runTimeoutS: 300 });
  assertEquals(timeoutsFor([]), { timeoutMs: 2000, retries: 2, runTimeoutS: 300 });
});

Deno.test("timeoutsFor stays below the shortest interval", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (intervals) => {
      const { timeoutMs, retries, runTimeoutS } = timeoutsFor(intervals);
      const shortest = Math.min(...intervals);
      assert(timeoutMs >= 100);
      assert(timeoutMs * (retries + 1) / 1000 <= shortest / 2);
      assert(runTimeoutS < shortest);
    }),
  );
});
