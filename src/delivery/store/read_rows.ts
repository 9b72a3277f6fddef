import type { DatabaseSync } from "node:sqlite";
import { decodeFirstFormat, decodeRow, type StoredRow } from "./stored_row.ts";

/** What could be read of a file. */
export interface ReadRows {
  /** The rows in the order of their ids. */
  readonly rows: StoredRow[];
  /** How many rows or places could not be read. */
  readonly unreadable: number;
}

const FORMATS = {
  1: { columns: "id, account, p, v, t", decode: decodeFirstFormat },
  2: { columns: "id, account, accepted, data", decode: decodeRow },
} as const;

// Larger ones are no ids of ours, and cannot be represented.
const MAX_ID = Number.MAX_SAFE_INTEGER;

const ROWS_AT_ONCE = 1000;

/**
 * Reads all rows of an outbox, around whatever cannot be read: a row, or the pages in which rows are found.
 *
 * @throws {Error} If the table cannot be read at all.
 */
export function readRows(db: DatabaseSync, format: keyof typeof FORMATS): ReadRows {
  const { columns, decode } = FORMATS[format];
  const page = db.prepare(
    `SELECT ${columns} FROM waiting WHERE id > ? AND id <= ${MAX_ID} ORDER BY id LIMIT ${ROWS_AT_ONCE}`,
  );
  const one = db.prepare(`SELECT ${columns} FROM waiting WHERE id = ?`);
  const next = db.prepare(
    `SELECT id FROM waiting WHERE id > ? AND id <= ${MAX_ID} ORDER BY id LIMIT 1`,
  );
  const previous = db.prepare(
    "SELECT id FROM waiting WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1",
  );
  const rows: StoredRow[] = [];
  let unreadable = 0;

  const add = (row: StoredRow | undefined): void => {
    if (row === undefined) unreadable++;
    else rows.push(row);
  };
  const readOne = (id: number): StoredRow | undefined =>
    attempt(() => decode(one.get(id) as Record<string, unknown>));

  /** Returns the first id above another; `undefined` at the end. Throws where it cannot be read. */
  const idAbove = (after: number): number | undefined => {
    const id = idOf(next.get(after));
    if (id !== undefined && id <= after) throw new Error("The rows are not in order");
    return id;
  };

  /** Reads some rows one by one, and returns the last id; `undefined` at the end. */
  const readSingly = (after: number): number | undefined => {
    for (let count = 0; count < ROWS_AT_ONCE; count++) {
      const found = attempt(() => ({ id: idAbove(after) }));
      if (found === undefined) return readAround(after);
      if (found.id === undefined) return undefined;
      add(readOne(found.id));
      after = found.id;
    }
    return after;
  };

  /** Finds a row behind the damage after an id, reads from there back to the damage, and returns the id of the row. */
  const readAround = (after: number): number | undefined => {
    unreadable++;
    let last: number | undefined;
    for (let step = 1; after + step < MAX_ID; step *= 2) {
      const found = attempt(() => ({ id: idAbove(after + step) }));
      if (found === undefined) continue;
      last = found.id;
      break;
    }
    const backwards: (StoredRow | undefined)[] = [];
    for (let behind = last === undefined ? MAX_ID : last + 1;;) {
      const id = attempt(() => idOf(previous.get(after, behind)));
      if (id === undefined || id <= after || id >= behind) break;
      backwards.push(readOne(id));
      behind = id;
    }
    for (const row of backwards.reverse()) add(row);
    return last;
  };

  for (let after: number | undefined = 0; after !== undefined;) {
    const start: number = after;
    const found = attempt(() => page.all(start) as (Record<string, unknown> & { id: number })[]);
    if (found === undefined || !areInOrder(found, start)) {
      after = readSingly(start);
      continue;
    }
    for (const columns of found) add(decode(columns));
    after = found.length < ROWS_AT_ONCE ? undefined : found.at(-1)!.id;
  }
  return { rows, unreadable };
}

function areInOrder(rows: readonly { id: number }[], after: number): boolean {
  return rows.every(({ id }, index) => id > (index === 0 ? after : rows[index - 1]!.id));
}

function idOf(row: unknown): number | undefined {
  return (row as { id: number } | undefined)?.id;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
