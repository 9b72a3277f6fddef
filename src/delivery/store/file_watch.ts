import { type Stats, statSync, utimesSync } from "node:fs";

/** Notices when somebody else deletes, replaces or changes a file that this process writes, or the journal beside it. */
export class FileWatch {
  readonly #file: string;
  #known: Stats | undefined;
  #knownJournal: number | undefined;

  /** Constructs a new instance that knows nothing of the file. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Device and inode of the file when it was last remembered. */
  get fileId(): string | undefined {
    return this.#known && `${this.#known.dev}:${this.#known.ino}`;
  }

  /** Remembers what the file is like, after this process has written it. */
  remember(): void {
    this.#setBack();
    this.#known = look(this.#file);
    this.#knownJournal = this.#journalId();
  }

  /** Returns what happened since, as the rest of a sentence about the file; `undefined` if nothing did. */
  change(): string | undefined {
    const known = this.#known;
    const found = look(this.#file);
    if (found === undefined || known === undefined) return "was deleted or cannot be reached";
    if (found.dev !== known.dev || found.ino !== known.ino) return "was replaced by another file";
    // Deno knows the time of the last change of the mode in whole seconds only.
    const isSame = (["size", "mtimeMs", "ctimeMs", "mode"] as const)
      .every((each) => found[each] === known[each]);
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

/** What the file is like; `undefined` if it is gone, or the program may not look at it. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
