import { type Stats, statSync, utimesSync } from "node:fs";

/** What identifies a file: its device and its inode. */
export type FileId = string;

/**
 * Returns the id of a file.
 *
 * @throws {Error} If it does not exist.
 */
export function fileIdOf(file: string): FileId {
  return idOf(statSync(file));
}

/** Notices when somebody else deletes, replaces or changes a file that this process writes, or the journal beside it. */
export class FileWatch {
  readonly #file: string;
  #id: FileId | undefined;
  #known: Stats | undefined;
  #knownJournal: number | undefined;

  /** Constructs a new instance that knows nothing of the file. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The id of the file that was last open. */
  get fileId(): FileId | undefined {
    return this.#id;
  }

  /** Starts to watch a file that was just opened. */
  start(id: FileId): void {
    this.#id = id;
    this.#known = undefined;
    this.#knownJournal = this.#journalId();
  }

  /**
   * Remembers what the file is like, after this process has written it.
   *
   * @param size The size that it must have at least, in bytes.
   */
  remember(size: number): void {
    this.#known = undefined;
    const found = look(this.#file);
    // Somebody may have changed it in the meantime.
    if (found === undefined || idOf(found) !== this.#id || found.size < size) return;
    this.#setBack();
    this.#known = look(this.#file);
    // The first transaction makes it.
    this.#knownJournal ??= this.#journalId();
  }

  /** Returns what happened since, as the rest of a sentence about the file; `undefined` if nothing did. */
  change(): string | undefined {
    const known = this.#known;
    const found = look(this.#file);
    if (found === undefined) return "was deleted or cannot be reached";
    if (idOf(found) !== this.#id) return "was replaced by another file";
    // Deno knows the time of the last change of the mode in whole seconds only.
    const isSame = (["size", "mtimeMs", "ctimeMs", "mode"] as const)
      .every((each) => found[each] === known?.[each]);
    if (!isSame) return "was changed by another program";
    if (this.#knownJournal !== this.#journalId()) return "lost its journal";
    return undefined;
  }

  // Times are as fine as a tick of the kernel, some milliseconds: without this, somebody who writes the file in the same
  // tick would not be noticed.
  #setBack(): void {
    const time = Date.now() / 1000 - 1;
    try {
      utimesSync(this.#file, time, time);
    } catch {
      // It is gone, or belongs to somebody else.
    }
  }

  #journalId(): number | undefined {
    return look(`${this.#file}-journal`)?.ino;
  }
}

function idOf({ dev, ino }: Stats): FileId {
  return `${dev}:${ino}`;
}

/** What the file is like; `undefined` if it is gone, or the program may not look at it. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
