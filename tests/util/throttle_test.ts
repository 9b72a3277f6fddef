import { assertEquals } from "@std/assert";
import { Throttle } from "../../src/util/throttle.ts";

Deno.test("Throttle lets some events pass and counts the others", () => {
  let now = 0;
  const throttle = new Throttle(2, 60_000, () => now);
  assertEquals([1, 2, 3, 4].map(() => throttle.pass()), [0, 0, undefined, undefined]);
  now = 60_000;
  assertEquals([1, 2, 3].map(() => throttle.pass()), [2, 0, undefined]);
});
