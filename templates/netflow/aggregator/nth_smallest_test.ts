import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { nthSmallest } from "./nth_smallest.ts";

Deno.test("nthSmallest returns what is at an index of the sorted numbers", () => {
  const all = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.nat()), { minLength: 1, maxLength: 300 });
  fc.assert(fc.property(all, fc.nat(), (all, at) => {
    const n = at % all.length;
    assertEquals(nthSmallest(Float64Array.from(all), n), all.toSorted((a, b) => a - b)[n]);
  }));
});
