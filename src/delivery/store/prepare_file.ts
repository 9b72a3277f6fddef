import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { RefusedFileError } from "./refused_file_error.ts";

const OWNER_ONLY = 0o600;

/**
 * Makes sure that a file exists which only its owner can read and write. SQLite gives the journal beside it the same
 * mode.
 *
 * A file that exists is not opened: where this process has it open already, closing it once more would release its lock.
 *
 * @returns Whether the file is new, was there but empty, or has contents.
 * @throws {RefusedFileError} If it is a directory or a device.
 */
export function prepareFile(file: string): "new" | "empty" | "used" {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) {
    throw new RefusedFileError(
      `is ${found.isDirectory() ? "a directory" : "no regular file"}: expected the name of a file`,
    );
  }
  if (found === undefined) create(file);
  else if ((found.mode & 0o777) !== OWNER_ONLY) makePrivate(file);
  if (found === undefined) return "new";
  return found.size === 0 ? "empty" : "used";
}

function create(file: string): void {
  try {
    closeSync(openSync(file, "wx", OWNER_ONLY));
  } catch (error) {
    // Somebody was faster, or it is a symbolic link to nowhere.
    if ((error as { code?: unknown }).code !== "EEXIST") throw error;
  }
}

function makePrivate(file: string): void {
  try {
    chmodSync(file, OWNER_ONLY);
  } catch {
    // Where there are no modes (Windows, some network disks) the directory has to be private.
  }
}
