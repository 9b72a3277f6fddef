import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isIPv6 } from "node:net";
import { ipv4At, ipv6At, plainAddress } from "./address.ts";

const ipv6 = (...groups: number[]) => {
  const view = new DataView(new ArrayBuffer(17));
  groups.forEach((group, n) => view.setUint16(1 + 2 * n, group));
  return ipv6At(view, 1);
};

Deno.test("ipv4At writes an address", () => {
  assertEquals(ipv4At(new DataView(Uint8Array.of(9, 10, 0, 255, 1).buffer), 1), "10.0.255.1");
});

Deno.test("ipv6At writes an address in its canonical form", () => {
  assertEquals(ipv6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), "2001:db8::1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1), "2001:db8:0:1::1");
  assertEquals(ipv6(0x2001, 0, 0, 1, 0, 0, 1, 1), "2001::1:0:0:1:1");
  assertEquals(ipv6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1");
  assertEquals(ipv6(0xfe80, 0, 0, 0, 0, 0, 0, 0), "fe80::");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 1), "::1");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0, 0, 0), "::");
  assertEquals(ipv6(0, 0, 0, 0, 0, 0xffff, 0xa00, 1), "::ffff:10.0.0.1");
});

Deno.test("ipv6At writes what others read as the same address", () => {
  const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
  fc.assert(fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
    const text = ipv6(...groups);
    assertEquals(isIPv6(text), true);
    assertEquals(new URL(`http://[${text}]/`).hostname.length > 0, true);
    if (!text.includes(".")) assertEquals(new URL(`http://[${text}]/`).hostname, `[${text}]`);
  }));
});

Deno.test("plainAddress brings typed addresses and those of sockets together", () => {
  assertEquals(plainAddress(" 10.0.0.1 "), "10.0.0.1");
  assertEquals(plainAddress("::ffff:10.0.0.1"), "10.0.0.1");
  assertEquals(plainAddress("2001:DB8::1"), "2001:db8::1");
  assertEquals(plainAddress("2001:db8:0:0:0000:0:0:1"), "2001:db8::1");
  assertEquals(plainAddress("fe80::1%eth0"), "fe80::1%eth0");
  assertEquals(plainAddress("not an address: at all"), "not an address: at all");
});
