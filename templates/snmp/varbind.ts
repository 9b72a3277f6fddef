/**
 * What a device answered for one OID, as a number, a counter or a text.
 */

import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

/** One value that was read. */
export type Reading =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "counter"; readonly value: bigint }
  | { readonly type: "text"; readonly value: string };

const { ObjectType } = snmp;

/** Reads a varbind; `undefined` where the device has nothing under this OID. */
export function readingOf(varbind: snmp.Varbind): Reading | undefined {
  const { type, value } = varbind;
  switch (type) {
    case ObjectType.Integer:
    case ObjectType.Gauge:
    case ObjectType.TimeTicks:
      return typeof value === "number" ? { type: "number", value } : undefined;
    case ObjectType.Boolean:
      return { type: "number", value: value === true ? 1 : 0 };
    case ObjectType.Counter:
      return typeof value === "number" ? { type: "counter", value: BigInt(value) } : undefined;
    case ObjectType.Counter64:
      return Buffer.isBuffer(value) ? { type: "counter", value: unsigned(value) } : undefined;
    case ObjectType.Opaque:
      return Buffer.isBuffer(value) ? opaque(value) : undefined;
    case ObjectType.OctetString:
      return Buffer.isBuffer(value) ? { type: "text", value: textOf(value) } : undefined;
    case ObjectType.OID:
    case ObjectType.IpAddress:
      return typeof value === "string" ? { type: "text", value } : undefined;
    default:
      return undefined; // NoSuchObject, NoSuchInstance, EndOfMibView, Null, and types that hold nothing to show.
  }
}

/** The number in a reading: texts may hold one too, such as the load of a Linux host. NaN where there is none. */
export function numberOf(reading: Reading): number {
  if (reading.type !== "text") return Number(reading.value);
  const text = reading.value.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

// Big endian, of any length: devices leave out leading zeroes, or add one.
function unsigned(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
}

// Net-SNMP's agents wrap what SNMP has no type for in an Opaque: a tag of two bytes, a length, and the value.
function opaque(bytes: Buffer): Reading {
  const [wrapper, tag, length] = bytes;
  const value = bytes.subarray(3);
  if (wrapper === 0x9f && length === value.length) {
    if (tag === 0x78 && length === 4) return { type: "number", value: value.readFloatBE() };
    if (tag === 0x79 && length === 8) return { type: "number", value: value.readDoubleBE() };
    if (tag === 0x76 && length <= 9) return { type: "counter", value: unsigned(value) };
    if (tag === 0x7a && length >= 1 && length <= 8) {
      return { type: "number", value: Number(BigInt.asIntN(length * 8, unsigned(value))) };
    }
    if (tag === 0x7b && length <= 9) return { type: "number", value: Number(unsigned(value)) };
  }
  return { type: "text", value: hex(bytes) };
}

// Names are UTF-8, sometimes with the zero byte that ended them in C; addresses of hardware are not text at all.
function textOf(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end));
    if (!/[^\P{Cc}\t\r\n]/u.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return hex(bytes);
}

function hex(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
