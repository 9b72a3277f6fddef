import { closeSync, copyFileSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { OutboxDatabase } from "./outbox_database.ts";
import { type ReadRows, readRows } from "./read_rows.ts";
import type { Sqlite } from "./sqlite.ts";

const PAGE_BYTES = 4096;

// Places in the first page, see https://sqlite.org/fileformat.html
const JOURNAL_MODES = 18;
const CHANGE_COUNTER = 24;
const SIZE_VALID_FOR = 92;

/**
 * Reads the rows of a file that SQLite does not open: its end is missing, or its first page is destroyed. Works on
 * copies of it, which are deleted.
 */
export function recoverRows(file: string, sqlite: Sqlite): ReadRows {
  const copy = `${file}.copy`;
  try {
    for (const firstPage of [readFirstPage(file), freshFirstPage(copy, sqlite)]) {
      copyFileSync(file, copy);
      // Not the size that the first page names, which may be more than is left, but what is there.
      firstPage[SIZE_VALID_FOR] = firstPage[CHANGE_COUNTER]! ^ 1;
      firstPage.fill(1, JOURNAL_MODES, JOURNAL_MODES + 2); // no WAL
      writeFirstPage(copy, firstPage);
      const found = tryToRead(copy, sqlite);
      if (found.rows.length > 0) return found;
    }
    return { rows: [], unreadable: 1 };
  } finally {
    rmSync(copy, { force: true });
    rmSync(`${copy}-journal`, { force: true });
  }
}

function tryToRead(file: string, sqlite: Sqlite): ReadRows {
  const db = new sqlite.DatabaseSync(file);
  try {
    const { user_version: format } = db.prepare("PRAGMA user_version").get() ?? {};
    return readRows(db, format === 1 ? 1 : 2);
  } catch {
    return { rows: [], unreadable: 1 };
  } finally {
    db.close();
  }
}

/** The first page of a new file: it says where the tables begin, which is the same in all files. */
function freshFirstPage(scratch: string, sqlite: Sqlite): Uint8Array {
  rmSync(scratch, { force: true });
  const fresh = new OutboxDatabase(scratch, sqlite, { busyMs: 0 });
  try {
    fresh.replaceAll("", []);
  } finally {
    fresh[Symbol.dispose]();
  }
  return readFirstPage(scratch);
}

function readFirstPage(file: string): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, page, 0, PAGE_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return page;
}

function writeFirstPage(file: string, page: Uint8Array): void {
  const descriptor = openSync(file, "r+");
  try {
    writeSync(descriptor, page, 0, page.length, 0);
  } finally {
    closeSync(descriptor);
  }
}
