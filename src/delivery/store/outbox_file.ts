import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
} from "node:fs";
import { isSameFile, resolveOwnFile } from "../../util/own_file.ts";

const OWNER_ONLY = 0o600;

/**
 * Makes sure that a file exists.
 *
 * A file that exists is not opened: where this process has it open already, closing it once more would release its lock.
 *
 * @returns The size that the file had, in bytes; `undefined` if it is new.
 * @throws {Error} If somebody else has put something in its place since the start.
 */
export function prepareFile(file: string): number | undefined {
  if (resolveOwnFile(file) !== file) {
    throw new Error("it has become a symbolic link: restart the bot to follow it");
  }
  const found = lstatSync(file, { throwIfNoEntry: false });
  // Exclusively, so that no link is followed that somebody makes at this moment.
  if (found === undefined) closeSync(openSync(file, "wx", OWNER_ONLY));
  return found?.size;
}

/**
 * Makes sure that only its owner can read and write an outbox. SQLite gives the journal beside it the same mode.
 *
 * @param opened The file that is open.
 */
export function makePrivate(file: string, opened: Stats): void {
  try {
    const found = lstatSync(file);
    if (!isSameFile(found, opened) || (found.mode & 0o777) === OWNER_ONLY) return;
    chmodSync(file, OWNER_ONLY);
  } catch {
    // Where there are no modes (Windows, some network disks) the directory has to be private.
  }
}

/**
 * Renames a damaged outbox, with the journals beside it, to `FILE.damaged-` and the time.
 *
 * @returns The new name.
 * @throws {Error} If it cannot be renamed.
 */
export function setAside(file: string): string {
  const time = new Date(Date.now()).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
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
