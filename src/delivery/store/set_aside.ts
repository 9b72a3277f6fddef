import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from "node:fs";

/** The beginning of every SQLite file. */
export const MAGIC = "SQLite format 3\0";
const PAGE_BYTES = 4096;
// The file with its first two tables.
const LEAST_PAGES = 4;

/**
 * Renames a damaged outbox, with the journals beside it, to `FILE.damaged-` and the time.
 *
 * @returns The new name.
 * @throws {Error} If it cannot be renamed.
 */
export function setAside(file: string, now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  let name = `${file}.damaged-${time}`;
  for (let number = 2; existsSync(name); number++) name = `${file}.damaged-${time}-${number}`;
  renameSync(file, name);
  for (const end of ["-journal", "-wal"]) {
    try {
      renameSync(`${file}${end}`, `${name}${end}`);
    } catch {
      // Usually there is none.
    }
  }
  return name;
}

/** Whether a file that is no database any more was an outbox, as far as can be seen. The file must not be open. */
export function looksLikeOutbox(file: string): boolean {
  const start = new Uint8Array(PAGE_BYTES);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (new TextDecoder("latin1").decode(start.subarray(0, MAGIC.length)) === MAGIC) return true;
  // Where it was emptied while it was written, it begins with a hole.
  if (start.subarray(0, MAGIC.length).every((byte) => byte === 0)) return true;
  // Its start was overwritten. A text that somebody took for an outbox has another size.
  const { size } = statSync(file);
  return size % PAGE_BYTES === 0 && size >= LEAST_PAGES * PAGE_BYTES;
}
