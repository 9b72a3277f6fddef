import type { Buffer } from "node:buffer";
import type { ReadRows } from "./read_rows.ts";
import { decodeFirstFormat, decodeRow, type StoredRow } from "./stored_row.ts";

// See https://sqlite.org/fileformat.html
const PAGE_BYTES = 4096;
const LEAF_OF_TABLE = 13;
const LEAF_HEADER_BYTES = 8;
const MAX_LOCAL_BYTES = PAGE_BYTES - 35;
const MIN_LOCAL_BYTES = Math.floor((PAGE_BYTES - 12) * 32 / 255) - 23;
const OVERFLOW_BYTES = PAGE_BYTES - 4;
// An entry of a pointer map is a type and four bytes.
const MAP_ENTRY_BYTES = 5;
const PAGES_PER_MAP = Math.floor(PAGE_BYTES / MAP_ENTRY_BYTES) + 1;
const FREE_PAGE = 2;
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/**
 * Reads the rows of a damaged outbox without SQLite: from each page that holds rows, whether or not the pages that lead
 * there are intact.
 *
 * @param bytes The contents of the file.
 */
export function salvageRows(bytes: Buffer): ReadRows {
  const rows: StoredRow[] = [];
  let unreadable = 0;
  const pages = Math.floor(bytes.length / PAGE_BYTES);
  for (let page = 3; page <= pages; page++) {
    const start = (page - 1) * PAGE_BYTES;
    // A free page may still hold rows that were delivered.
    if (bytes[start] !== LEAF_OF_TABLE || typeOf(page, bytes) === FREE_PAGE) continue;
    const cells = Math.min(bytes.readUInt16BE(start + 3), PAGE_BYTES / 4);
    for (let cell = 0; cell < cells; cell++) {
      try {
        const pointer = bytes.readUInt16BE(start + LEAF_HEADER_BYTES + 2 * cell);
        const columns = readCell(bytes, start + pointer);
        // The table with the id of the outbox has one column.
        if (columns.length === 1) continue;
        const row = decode(columns);
        if (row === undefined) unreadable++;
        else rows.push(row);
      } catch {
        unreadable++;
      }
    }
  }
  return { rows: rows.sort((a, b) => a.id - b.id), unreadable };
}

/** What a page is, by the pointer map of the file. */
function typeOf(page: number, bytes: Uint8Array): number | undefined {
  const map = Math.floor((page - 2) / PAGES_PER_MAP) * PAGES_PER_MAP + 2;
  return bytes[(map - 1) * PAGE_BYTES + MAP_ENTRY_BYTES * (page - map - 1)];
}

function decode([id, account, second, third, last]: unknown[]): StoredRow | undefined {
  return typeof second === "number"
    ? decodeRow({ id, account, accepted: second, data: third, checksum: last })
    : decodeFirstFormat({ id, account, p: second, v: third, t: last });
}

/** Reads a cell of a leaf: the id of a row and its other columns. Throws if it makes no sense. */
function readCell(bytes: Uint8Array, start: number): unknown[] {
  const length = readVarint(bytes, start);
  const id = readVarint(bytes, length.end);
  return readRecord(readPayload(bytes, id.end, length.value), id.value);
}

/** Joins what is in the cell with what is on other pages. */
function readPayload(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (length > bytes.length) throw new RangeError("The row is longer than the file");
  const rest = MIN_LOCAL_BYTES + (length - MIN_LOCAL_BYTES) % OVERFLOW_BYTES;
  const local = length <= MAX_LOCAL_BYTES
    ? length
    : rest <= MAX_LOCAL_BYTES
    ? rest
    : MIN_LOCAL_BYTES;
  const payload = new Uint8Array(length);
  payload.set(bytes.subarray(start, start + local));
  let next = start + local;
  for (let at = local; at < length; at += OVERFLOW_BYTES) {
    const page = new DataView(bytes.buffer, bytes.byteOffset + next, 4).getUint32(0);
    next = (page - 1) * PAGE_BYTES;
    if (page < 2 || next + PAGE_BYTES > bytes.length) throw new RangeError("The page is missing");
    const part = Math.min(OVERFLOW_BYTES, length - at);
    payload.set(bytes.subarray(next + 4, next + 4 + part), at);
  }
  return payload;
}

/** Decodes a record: the types of its columns, then their values. */
function readRecord(record: Uint8Array, id: number): unknown[] {
  const view = new DataView(record.buffer);
  const header = readVarint(record, 0);
  const columns: unknown[] = [];
  let at = header.value;
  for (let type = header.end; type < header.value;) {
    const { value: code, end } = readVarint(record, type);
    type = end;
    if (code >= 12) {
      const length = Math.floor((code - 12) / 2);
      const content = record.subarray(at, at + length);
      columns.push(code % 2 === 1 ? new TextDecoder("utf-8", { fatal: true }).decode(content) : 0);
      at += length;
    } else if (code === 7) {
      columns.push(view.getFloat64(at));
      at += 8;
    } else if (code >= 8) columns.push(code - 8);
    else {
      const length = INTEGER_BYTES[code]!;
      let value = length > 0 ? view.getInt8(at) : 0;
      for (let index = 1; index < length; index++) value = value * 256 + view.getUint8(at + index);
      // The id is not in the record.
      columns.push(code === 0 && columns.length === 0 ? id : value);
      at += length;
    }
  }
  return columns;
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError("The file ends within a number");
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError("The number is too large");
}
