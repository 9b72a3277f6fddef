import { assertEquals } from "@std/assert";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { isEqualJson } from "../../src/util/is_equal_json.ts";

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, undefined, true, 0, 1, "", "1"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("0", "a", "length"), tie("value"), { noNullPrototype: true }),
  ),
})).value;

Deno.test("isEqualJson agrees with isDeepStrictEqual", async () => {
  await fc.assert(
    fc.property(json, json, (left, right) => {
      assertEquals(isEqualJson(left, right), isDeepStrictEqual(left, right));
      assertEquals(isEqualJson(left, structuredClone(left)), true);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("isEqualJson tells a list from an object, and a missing field from one that is undefined", () => {
  assertEquals(isEqualJson(["a"], { 0: "a" }), false);
  assertEquals(isEqualJson({ a: undefined }, { b: undefined }), false);
  assertEquals(isEqualJson({ a: undefined }, {}), false);
  assertEquals(isEqualJson({}, { a: undefined }), false);
});

Deno.test("isEqualJson survives what is nested too deep", () => {
  const nested = () => JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assertEquals(isEqualJson(nested(), nested()), false);
});
