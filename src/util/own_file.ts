import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

// Everybody may create files in such a folder, but only their owner may delete them, as in /tmp.
const SHARED = 0o1002;
const WRITABLE_BY_OTHERS = 0o022;

/** Thrown by {@linkcode resolveOwnFile}. */
export class ForeignFileError extends Error {}

/**
 * Checks that nobody else has put a file where the bot keeps one of its own, to have another file overwritten or to feed it
 * with something.
 *
 * @returns The path of the file itself, where a symbolic link leads. The file need not exist, unless there is a link.
 * @throws {ForeignFileError} If the link belongs to somebody else or leads nowhere, or there is no regular file, or one in a
 * shared folder that others may write. The message is the rest of a sentence about the file.
 */
export function resolveOwnFile(path: string): string {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return path;
  const isLink = entry.isSymbolicLink();
  const file = isLink ? statSync(path, { throwIfNoEntry: false }) : entry;
  if (file === undefined) {
    throw new ForeignFileError(
      "it is a symbolic link that leads nowhere: create the file, or name it itself",
    );
  }
  // Administrators may set up what they like. Where there are no users (Windows), all ids are 0.
  if (isLink && entry.uid !== 0 && entry.uid !== file.uid) {
    throw new ForeignFileError(
      `it is a symbolic link of another user (id ${entry.uid}) than the file to which it leads: name the file itself`,
    );
  }
  if (!file.isFile()) {
    const kind = file.isDirectory() ? "a directory" : "no regular file";
    throw new ForeignFileError(`it is ${kind}: expected the name of a file`);
  }
  const resolved = isLink ? realpathSync(path) : path;
  if ((file.mode & WRITABLE_BY_OTHERS) !== 0 && isShared(dirname(resolved))) {
    throw new ForeignFileError(
      "others may write it, in a folder that everybody shares: delete it, or choose a folder of the bot's own",
    );
  }
  return resolved;
}

/** Whether two descriptions are those of the same file. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function isShared(folder: string): boolean {
  try {
    return (statSync(folder).mode & SHARED) === SHARED;
  } catch {
    // The bot may only be permitted to see its file.
    return false;
  }
}
