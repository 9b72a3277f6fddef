import { chmodSync, closeSync, existsSync, openSync, renameSync, statSync } from "node:fs";
import { ConfigError } from "../../util/errors.ts";

const OWNER_ONLY = 0o600;

/**
 * Makes sure that a file exists which only its owner can read and write. SQLite gives the journal beside it the same
 * mode.
 *
 * A file that exists is not opened: where this process has it open already, closing it once more would release its lock.
 *
 * @returns The size that the file had, in bytes; `undefined` if it is new.
 * @throws {ConfigError} If it is a directory or a device.
 */
export function prepareFile(file: string): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    closeSync(openSync(file, "a", OWNER_ONLY));
    return undefined;
  }
  if (!found.isFile()) {
    const kind = found.isDirectory() ? "a directory" : "no regular file";
    throw new ConfigError([`OUTBOX_FILE: "${file}" is ${kind}: expected the name of a file`]);
  }
  try {
    if ((found.mode & 0o777) !== OWNER_ONLY) chmodSync(file, OWNER_ONLY);
  } catch {
    // Where there are no modes (Windows, some network disks) the directory has to be private.
  }
  return found.size;
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
