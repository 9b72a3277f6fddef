import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { median } from "./median.ts";

Deno.test("median returns the lower median of any numbers", () => {
  const numbers = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.nat()), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(fc.property(numbers, (all) => {
    const sorted = all.toSorted((a, b) => a - b);
    assertEquals(median(Float64Array.from(all)), sorted[(all.length - 1) >> 1]);
  }));
});
