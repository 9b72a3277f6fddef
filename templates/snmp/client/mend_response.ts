// net-snmp throws on a value that it cannot decode, such as an empty Gauge or one of an unknown type, and the request times
// out. Here such values are replaced before net-snmp sees them, so that a response is always a response.

import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { type BerItem, contentOf, readInteger, readItem, readItems } from "./ber.ts";

const { ErrorStatus, ObjectType, PduType } = snmp;
const SEQUENCE = 0x30;

/** The status of a response whose list of values is damaged. No device responds with it to a request for values. */
export const DAMAGED = ErrorStatus.WrongEncoding;

/**
 * Turns the values of a response that net-snmp cannot decode into an Opaque with the same bytes. If even the list of values
 * is damaged, the response gets the error status {@linkcode DAMAGED}. Returns anything else as it is.
 */
export function mendResponse(packet: Buffer): Buffer {
  const message = readItem(packet, 0);
  if (message?.tag !== SEQUENCE) return packet;
  const [_version, second, third, fourth] = readItems(packet, message);
  if (second === undefined || third === undefined) return packet;
  if (second.tag === ObjectType.OctetString) return mendPdu(packet, third); // after the community
  // SNMPv3. What is encrypted is mended after its decryption.
  if (fourth?.tag !== SEQUENCE) return packet;
  const mended = mendScopedPdu(packet, fourth);
  if (mended !== packet) originals.set(mended, packet);
  return mended;
}

const originals = new WeakMap<Buffer, Buffer>();

/** Makes net-snmp mend what it decrypts, and check the signature of the original of a response that was mended. */
export function mendV3(): void {
  const { isAuthentic } = snmp.Authentication;
  Object.assign(snmp.Authentication, {
    isAuthentic: (...[packet, protocol, key, engine, digest]: Parameters<typeof isAuthentic>) => {
      const original = originals.get(packet) ?? packet;
      const at = digest.byteOffset - packet.byteOffset;
      const signature = original.subarray(at, at + digest.length);
      return isAuthentic(original, protocol, key, engine, signature);
    },
  });
  const { aes, aes256b, aes256r } = snmp.PrivProtocols;
  for (const protocol of [aes, aes256b, aes256r] as const) {
    const algorithm = snmp.Encryption.algorithms[protocol];
    const { decryptPdu } = algorithm;
    const mend = (bytes: Buffer): Buffer => mendScopedPdu(bytes, readItem(bytes, 0));
    Object.assign(algorithm, {
      decryptPdu: (...args: Parameters<typeof decryptPdu>) => mend(decryptPdu(...args)),
    });
  }
}

function mendScopedPdu(bytes: Buffer, scopedPdu: BerItem | undefined): Buffer {
  if (scopedPdu?.tag !== SEQUENCE) return bytes;
  const [_engineId, _contextName, pdu] = readItems(bytes, scopedPdu);
  return pdu === undefined ? bytes : mendPdu(bytes, pdu);
}

function mendPdu(bytes: Buffer, pdu: BerItem): Buffer {
  if (pdu.tag !== PduType.GetResponse) return bytes;
  const [_id, status, index] = readItems(bytes, pdu);
  if (status === undefined || index === undefined) return bytes;
  const list = readItem(bytes, index.end);
  const undecodable = list && findUndecodable(bytes, list);
  const end = Math.min(undecodable ? list.end : index.end, bytes.length);
  if (undecodable?.length === 0 && end === bytes.length) return bytes;
  const mended = Buffer.from(bytes);
  for (const { start, end } of undecodable ?? []) mended.set(opaqueHeader(end - start), start);
  if (!undecodable && readInteger(contentOf(bytes, status)) === ErrorStatus.NoError) {
    mended[status.end - 1] = DAMAGED;
  }
  // net-snmp goes on behind the end of the list.
  mended.set(END_OF_LIST.subarray(0, bytes.length - end), end);
  return mended;
}

// Where net-snmp stops, at the beginning of a list and behind it.
const END_OF_LIST = Buffer.from([SEQUENCE, 0, SEQUENCE, 0, 0]);

/** Finds the values that cannot be decoded, each with its tag and length; `undefined` if the list is damaged. */
function findUndecodable(
  bytes: Buffer,
  list: BerItem,
): { start: number; end: number }[] | undefined {
  const undecodable: { start: number; end: number }[] = [];
  const listEnd = Math.min(list.end, bytes.length);
  let at = list.start;
  for (const row of readItems(bytes, list)) {
    const { start, end } = row;
    const oid = readItem(bytes, start, end);
    if (row.tag !== SEQUENCE || end > listEnd) return undefined;
    if (oid?.tag !== ObjectType.OID || !isDecodable(bytes, oid)) return undefined;
    if (end - oid.end < 2) return undefined;
    const value = readItem(bytes, oid.end, end);
    if (value?.end !== end || !isDecodable(bytes, value)) undecodable.push({ start: oid.end, end });
    at = end;
  }
  return list.tag === SEQUENCE && at === listEnd ? undecodable : undefined;
}

function isDecodable(bytes: Buffer, item: BerItem): boolean {
  const content = contentOf(bytes, item);
  switch (item.tag) {
    case ObjectType.Boolean:
    case ObjectType.Integer:
      return Number.isSafeInteger(readInteger(content));
    case ObjectType.Counter:
    case ObjectType.Gauge:
    case ObjectType.TimeTicks: {
      // Some devices forget the zero byte before a large number, which makes it negative.
      const value = readInteger(content);
      return value >= -(2 ** 31) && value < 2 ** 32;
    }
    case ObjectType.Counter64:
      return content.length > 0 && content.length <= 9;
    case ObjectType.OctetString:
    case ObjectType.Opaque:
      return true;
    case ObjectType.OID:
      return (content.at(-1) ?? 0xff) < 0x80;
    case ObjectType.IpAddress:
      return content.length === 4;
    case ObjectType.Null:
    case ObjectType.NoSuchObject:
    case ObjectType.NoSuchInstance:
    case ObjectType.EndOfMibView:
      return content.length === 0;
    default:
      return false;
  }
}

/** The tag and length of an Opaque that takes so many bytes with them. */
function opaqueHeader(size: number): number[] {
  const length = size - 4;
  return size < 130
    ? [ObjectType.Opaque, size - 2]
    : [ObjectType.Opaque, 0x82, length >> 8, length & 0xff];
}
