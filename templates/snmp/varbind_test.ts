import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { numberOf, type Reading, readingOf } from "./varbind.ts";

const { ObjectType } = snmp;

function read(type: snmp.ObjectType, value: unknown): Reading | undefined {
  return readingOf({ oid: "1.3", type, value: value as snmp.VarbindValue });
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const utf8 = (text: string): Buffer => Buffer.from(text);

Deno.test("readingOf reads numbers", () => {
  assertEquals(read(ObjectType.Integer, -5), { type: "number", value: -5 });
  assertEquals(read(ObjectType.Gauge, 4_294_967_295), { type: "number", value: 4_294_967_295 });
  assertEquals(read(ObjectType.TimeTicks, 12_345), { type: "number", value: 12_345 });
});

Deno.test("readingOf reads counters exactly, of any length", () => {
  assertEquals(read(ObjectType.Counter, 4_294_967_295), { type: "counter", value: 4_294_967_295n });
  assertEquals(read(ObjectType.Counter64, bytes("05")), { type: "counter", value: 5n });
  assertEquals(read(ObjectType.Counter64, bytes("")), { type: "counter", value: 0n });
  assertEquals(read(ObjectType.Counter64, bytes("00 ff ff ff ff ff ff ff ff")), {
    type: "counter",
    value: 2n ** 64n - 1n,
  });
});

Deno.test("readingOf reads texts, without the zero that ends them", () => {
  assertEquals(read(ObjectType.OctetString, utf8("eth0")), { type: "text", value: "eth0" });
  assertEquals(read(ObjectType.OctetString, utf8("Büro\0")), { type: "text", value: "Büro" });
  assertEquals(read(ObjectType.OctetString, utf8("two\r\nlines")), {
    type: "text",
    value: "two\r\nlines",
  });
  assertEquals(read(ObjectType.OID, "1.3.6"), { type: "text", value: "1.3.6" });
  assertEquals(read(ObjectType.IpAddress, "10.0.0.1"), { type: "text", value: "10.0.0.1" });
});

Deno.test("readingOf shows bytes that are no text in hexadecimal", () => {
  assertEquals(read(ObjectType.OctetString, bytes("00 1a 2b 3c 4d 5e")), {
    type: "text",
    value: "00:1a:2b:3c:4d:5e",
  });
  assertEquals(read(ObjectType.OctetString, bytes("ff fe")), { type: "text", value: "ff:fe" });
});

Deno.test("readingOf unwraps what Net-SNMP puts into an Opaque", () => {
  assertEquals(read(ObjectType.Opaque, bytes("9f 78 04 3f 80 00 00")), {
    type: "number",
    value: 1,
  });
  assertEquals(read(ObjectType.Opaque, bytes("9f 79 08 3f f8 00 00 00 00 00 00")), {
    type: "number",
    value: 1.5,
  });
  assertEquals(read(ObjectType.Opaque, bytes("9f 76 01 07")), { type: "counter", value: 7n });
  assertEquals(read(ObjectType.Opaque, bytes("9f 7a 01 ff")), { type: "number", value: -1 });
  assertEquals(read(ObjectType.Opaque, bytes("9f 7b 01 ff")), { type: "number", value: 255 });
  assertEquals(read(ObjectType.Opaque, bytes("9f 78 04 3f")), {
    type: "text",
    value: "9f:78:04:3f",
  });
  assertEquals(read(ObjectType.Opaque, bytes("")), { type: "text", value: "" });
});

Deno.test("readingOf finds nothing where there is nothing", () => {
  for (const type of ["NoSuchObject", "NoSuchInstance", "EndOfMibView", "Null"] as const) {
    assertEquals(read(ObjectType[type], null), undefined);
  }
  assertEquals(read(ObjectType.Integer, undefined), undefined);
});

Deno.test("numberOf finds the number in a reading", () => {
  assertEquals(numberOf({ type: "number", value: 1.5 }), 1.5);
  assertEquals(numberOf({ type: "text", value: " -1.5e3 " }), -1500);
  assertEquals(numberOf({ type: "text", value: "1.2.3" }), NaN);
});
