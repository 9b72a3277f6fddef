import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { valuesRequest, wireSize, wireTime } from "../../src/delivery/values_request.ts";

Deno.test("wireTime is exact to the microsecond, in the form that the backend reads", () => {
  assertEquals(wireTime(1795452484650641), "1795452484.650641");
  assertEquals(wireTime(1795452484000000), "1795452484.000000");
  assertEquals(wireTime(5), 0.000005);
  fc.assert(fc.property(fc.integer({ min: 10_000_000, max: 4e15 }), (t) => {
    const text = String(wireTime(t));
    assert(/^[1-9][0-9]{1,9}(\.[0-9]{1,6})?$/.test(text), text);
    assertEquals(BigInt(text.replace(".", "")), BigInt(t));
  }));
});

Deno.test("valuesRequest gives a PUT its times, and a POST none", () => {
  const values = [{ p: "a", v: 1.5, t: 1795452484650641 }, { p: "b", v: "2", t: 1795452484650642 }];
  assertEquals(valuesRequest("POST", 7, values), {
    method: "POST",
    path: "/accounts/7/values",
    body: '[{"p":"a","v":1.5},{"p":"b","v":"2"}]',
  });
  assertEquals(JSON.parse(valuesRequest("PUT", 7, values).body!), [
    { p: "a", v: 1.5, t: "1795452484.650641" },
    { p: "b", v: "2", t: "1795452484.650642" },
  ]);
});

Deno.test("wireSize is not below the real size", () => {
  const values = [
    { p: "a", v: -1.2345678901234567e-300, t: 1795452484650641 },
    { p: "p".repeat(2000), v: "9".repeat(3000), t: 1795452484650641 },
  ];
  const size = values.reduce((sum, value) => sum + wireSize(value), 0);
  assert(valuesRequest("PUT", 1, values).body!.length <= size);
});
