import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { indexBelow, isAfter, parseOid } from "./oid.ts";

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

Deno.test("isAfter compares numerically, with the longer OID after its prefix", () => {
  assert(isAfter("1.3.10", "1.3.9"));
  assert(!isAfter("1.3.9", "1.3.10"));
  assert(isAfter("1.3.6.0", "1.3.6"));
  assert(!isAfter("1.3.6", "1.3.6.0"));
  assert(!isAfter("1.3.6", "1.3.6"));
  assert(isAfter("1.4", "1.3.6.1"));
});

Deno.test("isAfter is a total order", () => {
  const oid = fc.array(fc.nat(12), { minLength: 1, maxLength: 5 }).map((n) => n.join("."));
  fc.assert(fc.property(oid, oid, oid, (a, b, c) => {
    assertEquals(Number(isAfter(a, b)) + Number(isAfter(b, a)), a === b ? 0 : 1);
    if (isAfter(a, b) && isAfter(b, c)) assert(isAfter(a, c));
  }));
});
