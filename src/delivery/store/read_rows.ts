import type { DatabaseSync } from "node:sqlite";
import { decodeFirstFormat, decodeRow, type StoredRow } from "./stored_row.ts";

/** What could be read of a file. */
export interface ReadRows {
  /** The rows in the order of their ids. */
  readonly rows: StoredRow[];
  /** How many rows make no sense. */
  readonly unreadable: number;
}

const FORMATS = {
  1: { columns: "id, account, p, v, t", decode: decodeFirstFormat },
  2: { columns: "id, account, accepted, data, checksum", decode: decodeRow },
} as const;

// Damage can make any of these of an id.
const SMALLEST_ID = -(2n ** 63n);
const LARGEST_ID = 2n ** 63n - 1n;

const ROWS_AT_ONCE = 1000;

/**
 * Reads all rows of an outbox.
 *
 * @throws {Error} If the file is damaged.
 */
export function readRows(db: DatabaseSync, format: keyof typeof FORMATS): ReadRows {
  const { columns, decode } = FORMATS[format];
  const page = db.prepare(
    `SELECT ${columns} FROM waiting WHERE id >= ? ORDER BY id LIMIT ${ROWS_AT_ONCE}`,
  );
  // Numbers that JavaScript cannot represent would throw otherwise, and hide the other rows.
  page.setReadBigInts(true);
  const rows: StoredRow[] = [];
  let unreadable = 0;
  let found: Record<string, unknown>[] = [];
  let first = SMALLEST_ID;
  do {
    found = page.all(first);
    for (const columns of found) {
      const row = decode(withNumbers(columns));
      if (row === undefined) unreadable++;
      else rows.push(row);
    }
    const last: bigint = (found.at(-1)?.["id"] as bigint | undefined) ?? LARGEST_ID;
    first = last + 1n;
  } while (found.length === ROWS_AT_ONCE && first <= LARGEST_ID);
  return { rows, unreadable };
}

function withNumbers(columns: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in columns) {
    const value = columns[name];
    result[name] = typeof value === "bigint" ? Number(value) : value;
  }
  return result;
}
