import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { patienceFor } from "./timeouts.ts";

Deno.test("patienceFor waits two seconds for an answer, three times, where the interval allows it", () => {
  assertEquals(patienceFor([60, 300]), { timeoutMs: 2000, retries: 2, runSeconds: 54 });
  assertEquals(patienceFor([86_400]), { timeoutMs: 2000, retries: 2, runSeconds: 300 });
  assertEquals(patienceFor([]), { timeoutMs: 2000, retries: 2, runSeconds: 300 });
});

Deno.test("patienceFor is always done before the shortest interval is over", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (intervals) => {
      const { timeoutMs, retries, runSeconds } = patienceFor(intervals);
      const shortest = Math.min(...intervals);
      assert(timeoutMs >= 100);
      assert(timeoutMs * (retries + 1) / 1000 <= shortest / 2);
      assert(runSeconds < shortest);
    }),
  );
});
