import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

/**
 * A value that a device returned:
 * - `"text"`: text, which may be a number;
 * - `"binary"`: bytes that are not text, such as a MAC address, as `00:1a:2b:3c:4d:5e`;
 * - `"oid"`, `"address"`: an OID or an IPv4 address with dots;
 * - `"undecodable"`: bytes that are not a value of their type, in the form of `"binary"`.
 */
export type SnmpValue =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "counter"; readonly value: bigint }
  | {
    readonly type: "text" | "binary" | "oid" | "address" | "undecodable";
    readonly value: string;
  };

const { ObjectType } = snmp;

/** Returns the value of a varbind; `undefined` if the device has none for its OID. */
export function parseVarbind({ type, value }: snmp.Varbind): SnmpValue | undefined {
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
      return Buffer.isBuffer(value) ? { type: "counter", value: parseUnsigned(value) } : undefined;
    case ObjectType.Opaque:
      return Buffer.isBuffer(value) ? parseOpaque(value) : undefined;
    case ObjectType.OctetString:
      return Buffer.isBuffer(value) ? parseText(value) : undefined;
    case ObjectType.OID:
      return typeof value === "string" ? { type: "oid", value } : undefined;
    case ObjectType.IpAddress:
      return typeof value === "string" ? { type: "address", value } : undefined;
    default:
      return undefined; // NoSuchObject, NoSuchInstance, EndOfMibView, Null, and types without a value to show
  }
}

/** Converts a value to a number; NaN if it is none. A text can be one, such as the load average of a Linux host. */
export function toNumber(value: SnmpValue): number {
  if (value.type === "number" || value.type === "counter") return Number(value.value);
  if (value.type !== "text") return NaN;
  const text = value.value.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

// Big-endian, of any length: devices omit leading zeros, or add one.
function parseUnsigned(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
}

// Net-SNMP agents wrap types that SNMP lacks in an Opaque: a tag of two bytes, a length, and the value.
function parseOpaque(bytes: Buffer): SnmpValue {
  const [wrapper, tag, length] = bytes;
  const value = bytes.subarray(3);
  if (wrapper === 0x9f && length === value.length) {
    if (tag === 0x78 && length === 4) {
      return { type: "number", value: shortest(value.readFloatBE()) };
    }
    if (tag === 0x79 && length === 8) return { type: "number", value: value.readDoubleBE() };
    if (tag === 0x76 && length <= 9) return { type: "counter", value: parseUnsigned(value) };
    if (tag === 0x7a && length >= 1 && length <= 8) {
      return { type: "number", value: Number(BigInt.asIntN(length * 8, parseUnsigned(value))) };
    }
    if (tag === 0x7b && length <= 9) return { type: "number", value: Number(parseUnsigned(value)) };
  }
  return { type: "undecodable", value: toHex(bytes) };
}

// The decimal that the device meant: 0.46, not 0.46000000834465027, which is the same in 32 bits.
function shortest(float32: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const decimal = Number(float32.toPrecision(digits));
    if (Math.fround(decimal) === float32) return decimal;
  }
  return float32; // not finite
}

// Names are UTF-8, sometimes with the NUL that ended them in C; MAC addresses are not text at all.
function parseText(bytes: Buffer): SnmpValue {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    const value = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end));
    if (!/[^\P{Cc}\t\r\n]/u.test(value)) return { type: "text", value };
  } catch {
    // Not UTF-8.
  }
  return { type: "binary", value: toHex(bytes) };
}

function toHex(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
