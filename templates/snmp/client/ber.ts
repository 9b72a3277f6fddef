import type { Buffer } from "node:buffer";

/** The place of an item of BER, the encoding of SNMP: a tag, a length, and the content. */
export interface BerItem {
  /** The type of the item. */
  readonly tag: number;
  /** Where its content begins. */
  readonly start: number;
  /** Where its content ends: behind the last byte if a packet was cut. */
  readonly end: number;
}

/** Finds the item that begins at `at`; `undefined` if its tag or its length is missing. */
export function readItem(bytes: Buffer, at: number, end = bytes.length): BerItem | undefined {
  const [tag, first] = bytes.subarray(at, end);
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const start = at + 2 + (first & 0x7f);
  if (first === 0x80 || start > end) return undefined;
  return { tag, start, end: start + readUnsigned(bytes.subarray(at + 2, start)) };
}

/** Finds the items within an item; the last may be cut. */
export function* readItems(bytes: Buffer, { start, end }: BerItem): Generator<BerItem> {
  end = Math.min(end, bytes.length);
  for (let at = start; at < end;) {
    const item = readItem(bytes, at, end);
    if (item === undefined) return;
    yield item;
    at = item.end;
  }
}

/** Returns the content of an item. */
export function contentOf(bytes: Buffer, { start, end }: BerItem): Buffer {
  return bytes.subarray(start, end);
}

/** Reads an INTEGER: NaN if it has no bytes, not exact above 53 bits. */
export function readInteger(content: Buffer): number {
  return content.length === 0 ? NaN : readUnsigned(content.subarray(1), content.readInt8(0));
}

function readUnsigned(bytes: Buffer, first = 0): number {
  return bytes.reduce((value, byte) => value * 256 + byte, first);
}
