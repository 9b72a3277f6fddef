import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isIPv6 } from "node:net";
import { formatAddress, isUnset, normalizeAddress } from "./address.ts";

const words = (...groups: number[]) =>
  Uint32Array.from({ length: 4 }, (_, n) => groups[2 * n]! * 0x10000 + groups[2 * n + 1]!);
const ipv6 = (...groups: number[]) => formatAddress(words(...groups));

Deno.test("formatAddress formats IPv4, which is mapped into IPv6", () => {
  assertEquals(ipv6(0, 0, 0, 0, 0, 0xffff, 0xa00, 0xff01), "10.0.255.1");
  assertEquals(formatAddress([9, 0, 0, 0xffff, 0xffffffff], 1), "255.255.255.255");
});

Deno.test("isUnset tells an address that was not exported from all others", () => {
  assertEquals(isUnset(words(0, 0, 0, 0, 0, 0, 0, 0)), true);
  assertEquals(isUnset(words(0, 0, 0, 0, 0, 0xffff, 0, 0)), false);
  assertEquals(isUnset(words(0xfe80, 0, 0, 0, 0, 0, 0, 0)), false);
});

Deno.test("formatAddress formats IPv6 in its canonical form", () => {
  assertEquals(ipv6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), "2001:db8::1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1), "2001:db8:0:1::1");
  assertEquals(ipv6(0x2001, 0, 0, 1, 0, 0, 1, 1), "2001::1:0:0:1:1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1");
  assertEquals(ipv6(0xfe80, 0, 0, 0, 0, 0, 0, 0), "fe80::");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 1), "::1");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 0), "::");
});

Deno.test("formatAddress agrees with the URL parser", () => {
  const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
  fc.assert(fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
    const text = ipv6(...groups);
    assertEquals(isIPv6(text), true);
    assertEquals(new URL(`http://[${text}]/`).hostname.length > 0, true);
    if (!text.includes(".")) assertEquals(new URL(`http://[${text}]/`).hostname, `[${text}]`);
  }));
});

Deno.test("normalizeAddress trims and canonicalizes addresses, and unmaps IPv4", () => {
  assertEquals(normalizeAddress(" 10.0.0.1 "), "10.0.0.1");
  assertEquals(normalizeAddress("::ffff:10.0.0.1"), "10.0.0.1");
  assertEquals(normalizeAddress("2001:DB8::1"), "2001:db8::1");
  assertEquals(normalizeAddress("2001:db8:0:0:0000:0:0:1"), "2001:db8::1");
  assertEquals(normalizeAddress("fe80::1%eth0"), "fe80::1%eth0");
  assertEquals(normalizeAddress("not an address: at all"), "not an address: at all");
});
