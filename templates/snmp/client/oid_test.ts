import { assertEquals, assertThrows } from "@std/assert";
import { indexBelow, parseOid } from "./oid.ts";

Deno.test("parseOid accepts numbers with or without a leading dot", () => {
  assertEquals(parseOid("1.3.6.1.2.1.1.3.0"), "1.3.6.1.2.1.1.3.0");
  assertEquals(parseOid(" .1.3.6 "), "1.3.6");
  assertEquals(parseOid("1.3.06"), "1.3.6");
});

for (
  const text of [
    "",
    "1",
    "1.",
    "..1.3",
    "1.3.x",
    "sysUpTime.0",
    "1.3.-6",
    "1.4294967296",
    "1.3 .6",
    undefined,
    1.3,
    null,
  ]
) {
  Deno.test(`parseOid refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseOid(text), TypeError, "expected numbers and dots");
  });
}

Deno.test("indexBelow returns what follows, only for OIDs below the root", () => {
  assertEquals(indexBelow("1.3.6", "1.3.6.7"), "7");
  assertEquals(indexBelow("1.3.6", "1.3.6.10.0.0.1"), "10.0.0.1");
  assertEquals(indexBelow("1.3.6", "1.3.6"), undefined);
  assertEquals(indexBelow("1.3.6", "1.3.61"), undefined);
  assertEquals(indexBelow("1.3.6", "1.3.7.1"), undefined);
});
