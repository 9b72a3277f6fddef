import { Buffer } from "node:buffer";
import { decodeRow, type StoredRow } from "./stored_row.ts";

// See https://sqlite.org/fileformat.html
/** The size of a page. */
export const PAGE_BYTES = 4096;
const LEAF_OF_TABLE = 13;
const LEAF_HEADER_BYTES = 8;
const MAX_LOCAL_BYTES = PAGE_BYTES - 35;
const MIN_LOCAL_BYTES = Math.floor((PAGE_BYTES - 12) * 32 / 255) - 23;
const OVERFLOW_BYTES = PAGE_BYTES - 4;
// An entry of a pointer map is a type and four bytes.
const MAP_ENTRY_BYTES = 5;
const PAGES_PER_MAP = Math.floor(PAGE_BYTES / MAP_ENTRY_BYTES) + 1;
const FREE_PAGE = 2;

/**
 * Reads the rows of a damaged outbox without SQLite: from each page that holds rows, whether or not the pages that lead
 * there are intact.
 *
 * @param bytes The contents of the file.
 * @returns The rows in the order of their ids.
 */
export function salvageRows(bytes: Buffer): StoredRow[] {
  const rows: StoredRow[] = [];
  for (let page = 3; page * PAGE_BYTES <= bytes.length; page++) {
    const start = (page - 1) * PAGE_BYTES;
    // A free page may still hold rows that were delivered.
    if (bytes[start] !== LEAF_OF_TABLE || typeOf(page, bytes) === FREE_PAGE) continue;
    const cells = Math.min(bytes.readUInt16BE(start + 3), PAGE_BYTES / 4);
    for (let cell = 0; cell < cells; cell++) {
      try {
        const pointer = bytes.readUInt16BE(start + LEAF_HEADER_BYTES + 2 * cell);
        const row = readCell(bytes, start + pointer);
        if (row !== undefined) rows.push(row);
      } catch {
        // It makes no sense.
      }
    }
  }
  return rows.sort((a, b) => a.id - b.id);
}

/** What a page is, by the pointer map of the file. */
function typeOf(page: number, bytes: Buffer): number | undefined {
  const map = Math.floor((page - 2) / PAGES_PER_MAP) * PAGES_PER_MAP + 2;
  return bytes[(map - 1) * PAGE_BYTES + MAP_ENTRY_BYTES * (page - map - 1)];
}

/** Reads a cell of a leaf: its length, the id of the row, and a record. Throws if it makes no sense. */
function readCell(bytes: Buffer, start: number): StoredRow | undefined {
  const length = readVarint(bytes, start);
  const id = readVarint(bytes, length.end);
  const record = readPayload(bytes, id.end, length.value);
  // The only column beside the id comes after the header, whose length is its first byte.
  return decodeRow(id.value, record.toString("utf8", record[0]));
}

/** Joins what is in the cell with what is on other pages. */
function readPayload(bytes: Buffer, start: number, length: number): Buffer {
  if (length > bytes.length) throw new RangeError("The row is longer than the file");
  const rest = MIN_LOCAL_BYTES + (length - MIN_LOCAL_BYTES) % OVERFLOW_BYTES;
  let local = length;
  if (length > MAX_LOCAL_BYTES) local = rest <= MAX_LOCAL_BYTES ? rest : MIN_LOCAL_BYTES;
  const payload = Buffer.alloc(length);
  bytes.copy(payload, 0, start, start + local);
  let next = start + local;
  for (let at = local; at < length; at += OVERFLOW_BYTES) {
    next = (bytes.readUInt32BE(next) - 1) * PAGE_BYTES;
    bytes.copy(payload, at, next + 4, next + PAGE_BYTES);
  }
  return payload;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes.readUInt8(at);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError("The number is too large");
}
