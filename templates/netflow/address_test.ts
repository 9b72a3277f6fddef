import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isIPv6 } from "node:net";
import { ipv4At, ipv6At, normalizeAddress } from "./address.ts";

const ipv6 = (...groups: number[]) => {
  const view = new DataView(new ArrayBuffer(17));
  groups.forEach((group, n) => view.setUint16(1 + 2 * n, group));
  return ipv6At(view, 1);
};

Deno.test("ipv4At formats an address", () => {
  assertEquals(ipv4At(new DataView(Uint8Array.of(9, 10, 0, 255, 1).buffer), 1), "10.0.255.1");
});

Deno.test("ipv6At formats an address in its canonical form", () => {
  assertEquals(ipv6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), "2001:db8::1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1), "2001:db8:0:1::1");
  assertEquals(ipv6(0x2001, 0, 0, 1, 0, 0, 1, 1), "2001::1:0:0:1:1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1");
  assertEquals(ipv6(0xfe80, 0, 0, 0, 0, 0, 0, 0), "fe80::");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 1), "::1");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 0), "::");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0xffff, 0xa00, 1), "::ffff:10.0.0.1");
});

Deno.test("ipv6At agrees with the URL parser", () => {
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
