import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type FileId, fileIdOf } from "./file_watch.ts";

/** A file that an outbox of this process uses. */
interface OpenFile {
  readonly path: string;
  readonly id: FileId | undefined;
}

// Of the whole process, also where this module was loaded twice.
const KEY = Symbol.for("@grafolean/collector: open outbox files");

function openFiles(): Set<OpenFile> {
  const holder = globalThis as { [KEY]?: Set<OpenFile> };
  return holder[KEY] ??= new Set();
}

/**
 * Reserves a file for one outbox of this process, without opening it: a process that opens and closes a file once more
 * loses its locks on it.
 *
 * @returns What ends the reservation; `undefined` if another outbox has it.
 */
export function reserveFile(file: string): Disposable | undefined {
  const files = openFiles();
  const path = realPath(file);
  const id = idOf(file);
  for (const other of files) {
    const otherId = idOf(other.path) ?? other.id;
    if (other.path === path || (id !== undefined && otherId === id)) return undefined;
  }
  const reserved = { path, id };
  files.add(reserved);
  return { [Symbol.dispose]: () => void files.delete(reserved) };
}

function realPath(file: string): string {
  const ways = [
    () => realpathSync(file),
    () => join(realpathSync(dirname(file)), basename(file)), // where the file is missing
    () => resolve(file),
  ];
  for (const way of ways) {
    try {
      return way();
    } catch {
      // Missing, or the program may not look.
    }
  }
  return file;
}

function idOf(file: string): FileId | undefined {
  try {
    return fileIdOf(file);
  } catch {
    return undefined; // It does not exist.
  }
}
