import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { timeoutsFor } from "./timeouts.ts";

Deno.test("timeoutsFor waits two seconds, three times, if the interval allows it", () => {
  const usual = { timeoutMs: 2000, retries: 2 };
  assertEquals(timeoutsFor([60, 300]), { ...usual, maxSilenceMs: 27_000, runTimeoutS: 54 });
  assertEquals(timeoutsFor([86_400]), { ...usual, maxSilenceMs: 30_000, runTimeoutS: 300 });
  assertEquals(timeoutsFor([]), { ...usual, maxSilenceMs: 30_000, runTimeoutS: 300 });
});

Deno.test("timeoutsFor waits as a credential sets it, if the interval allows it", () => {
  const { timeoutMs, retries } = timeoutsFor([60], { timeoutS: 5, retries: 1 });
  assertEquals([timeoutMs, retries], [5000, 1]);
  assertEquals(timeoutsFor([60], { timeoutS: 20, retries: 2 }).timeoutMs, 60_000 / 9);
  assertEquals(timeoutsFor([10], { timeoutS: 5, retries: 0 }).timeoutMs, 10_000 / 6);
});

Deno.test("timeoutsFor stays below the shortest interval", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (intervals) => {
      const { timeoutMs, retries, maxSilenceMs, runTimeoutS } = timeoutsFor(intervals);
      const shortest = Math.min(...intervals);
      assert(timeoutMs >= 100);
      assert(timeoutMs * (retries + 1) / 1000 < shortest / 3 + 1e-6);
      // What is asked last ends within the run too.
      assert((maxSilenceMs + timeoutMs * (retries + 1)) / 1000 < runTimeoutS);
      assert(runTimeoutS < shortest);
    }),
  );
});
