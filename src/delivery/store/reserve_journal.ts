import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

// A transaction that deletes some hundred rows fits in.
const RESERVED_BYTES = 256 * 1024;

/**
 * Makes sure that the rollback journal beside an open outbox takes up some room on the disk, so that rows can also be
 * deleted when the disk is full.
 *
 * A journal that begins with a zero is no journal of a transaction that must be rolled back, and what follows after the
 * records of one is not read.
 */
export function reserveJournal(file: string): void {
  try {
    const descriptor = openSync(`${file}-journal`, "a", 0o600);
    try {
      const missing = RESERVED_BYTES - fstatSync(descriptor).size;
      if (missing > 0) writeSync(descriptor, new Uint8Array(missing));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The disk is full already, or the program may write no other file.
  }
}
