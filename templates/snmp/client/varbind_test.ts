import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { parseVarbind, type SnmpValue, toNumber } from "./varbind.ts";

const { ObjectType } = snmp;

function parse(type: snmp.ObjectType, value: unknown): SnmpValue | undefined {
  return parseVarbind({ oid: "1.3", type, value: value as snmp.VarbindValue });
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const utf8 = (text: string): Buffer => Buffer.from(text);

Deno.test("parseVarbind returns numbers", () => {
  assertEquals(parse(ObjectType.Integer, -5), { type: "number", value: -5 });
  assertEquals(parse(ObjectType.Gauge, 4_294_967_295), { type: "number", value: 4_294_967_295 });
  assertEquals(parse(ObjectType.TimeTicks, 12_345), { type: "number", value: 12_345 });
});

Deno.test("parseVarbind returns exact counters of any length", () => {
  assertEquals(parse(ObjectType.Counter, 4_294_967_295), {
    type: "counter",
    value: 4_294_967_295n,
  });
  assertEquals(parse(ObjectType.Counter64, bytes("05")), { type: "counter", value: 5n });
  assertEquals(parse(ObjectType.Counter64, bytes("")), { type: "counter", value: 0n });
  assertEquals(parse(ObjectType.Counter64, bytes("00 ff ff ff ff ff ff ff ff")), {
    type: "counter",
    value: 2n ** 64n - 1n,
  });
});

Deno.test("parseVarbind returns texts without their final NUL", () => {
  assertEquals(parse(ObjectType.OctetString, utf8("eth0")), { type: "text", value: "eth0" });
  assertEquals(parse(ObjectType.OctetString, utf8("Büro\0")), { type: "text", value: "Büro" });
  assertEquals(parse(ObjectType.OctetString, utf8("two\r\nlines")), {
    type: "text",
    value: "two\r\nlines",
  });
});

Deno.test("parseVarbind returns bytes that are not text in hexadecimal", () => {
  for (const [hex, value] of [["00 1a 2b 3c 4d 5e", "00:1a:2b:3c:4d:5e"], ["ff fe", "ff:fe"]]) {
    assertEquals(parse(ObjectType.OctetString, bytes(hex!)), { type: "binary", value: value! });
  }
});

Deno.test("parseVarbind returns OIDs and addresses", () => {
  assertEquals(parse(ObjectType.OID, "1.3.6"), { type: "oid", value: "1.3.6" });
  assertEquals(parse(ObjectType.IpAddress, "10.0.0.1"), { type: "address", value: "10.0.0.1" });
});

Deno.test("parseVarbind unwraps the Opaque types of Net-SNMP", () => {
  assertEquals(parse(ObjectType.Opaque, bytes("9f 78 04 3f 80 00 00")), {
    type: "number",
    value: 1,
  });
  assertEquals(parse(ObjectType.Opaque, bytes("9f 79 08 3f f8 00 00 00 00 00 00")), {
    type: "number",
    value: 1.5,
  });
  assertEquals(parse(ObjectType.Opaque, bytes("9f 76 01 07")), { type: "counter", value: 7n });
  assertEquals(parse(ObjectType.Opaque, bytes("9f 7a 01 ff")), { type: "number", value: -1 });
  assertEquals(parse(ObjectType.Opaque, bytes("9f 7b 01 ff")), { type: "number", value: 255 });
});

Deno.test("parseVarbind returns a 32-bit float with the digits that the device meant", () => {
  const float = (value: number) => {
    const opaque = bytes("9f 78 04 00 00 00 00");
    opaque.writeFloatBE(value, 3);
    return parse(ObjectType.Opaque, opaque)?.value;
  };
  for (const value of [0, 0.46, 23.8, -0.1, 1e-9, 3.4e38, NaN, Infinity]) {
    assertEquals(float(value), value);
  }
  fc.assert(fc.property(fc.float(), (value) => {
    assertEquals(Math.fround(Number(float(value))), value + 0);
  }));
});

Deno.test("parseVarbind returns what it cannot decode as such", () => {
  for (const [hex, value] of [["9f 78 04 3f", "9f:78:04:3f"], ["", ""], ["07", "07"]]) {
    assertEquals(parse(ObjectType.Opaque, bytes(hex!)), { type: "undecodable", value: value! });
  }
});

Deno.test("parseVarbind returns undefined without a value", () => {
  for (const type of ["NoSuchObject", "NoSuchInstance", "EndOfMibView", "Null"] as const) {
    assertEquals(parse(ObjectType[type], null), undefined);
  }
  assertEquals(parse(ObjectType.Integer, undefined), undefined);
});

Deno.test("toNumber converts numbers and numeric texts", () => {
  assertEquals(toNumber({ type: "number", value: 1.5 }), 1.5);
  assertEquals(toNumber({ type: "text", value: " -1.5e3 " }), -1500);
  assertEquals(toNumber({ type: "counter", value: 7n }), 7);
  assertEquals(toNumber({ type: "text", value: "1.2.3" }), NaN);
});

Deno.test("toNumber takes no bytes, OIDs and addresses for numbers", () => {
  for (const type of ["binary", "oid", "address", "undecodable"] as const) {
    assertEquals(toNumber({ type, value: "12" }), NaN);
    assertEquals(toNumber({ type, value: "0.0" }), NaN);
  }
});
