import { lstatSync, realpathSync } from "node:fs";
import { ConfigError } from "../../util/errors.ts";
import type { Logger } from "../../util/log.ts";
import { FileJournal, type FileJournalOptions } from "./file_journal.ts";
import type { Journal } from "./journal.ts";
import { MemoryJournal } from "./memory_journal.ts";
import { reserveFile } from "./open_files.ts";
import { RefusedFileError } from "./refused_file_error.ts";
import { findSqlite, type Sqlite } from "./sqlite.ts";
import type { WaitingValues } from "./waiting_values.ts";

/** Options for {@linkcode openJournal}. */
export interface OpenJournalOptions extends FileJournalOptions {
  /** Receives a warning if the runtime has no SQLite. */
  readonly log: Logger;
  /** Returns the SQLite of the runtime. @default findSqlite */
  readonly findSqlite?: (() => Sqlite | undefined) | undefined;
}

/**
 * Opens the journal of values that wait, and restores those that wait in its file.
 *
 * A file that cannot be used now is reported as a problem, and tried again every few seconds.
 *
 * @param file The path of the file; `undefined` for a journal that keeps nothing.
 * @param waiting Must be empty.
 * @throws {ConfigError} If another bot uses the file, or it belongs to another program or a newer version.
 */
export function openJournal(
  file: string | undefined,
  waiting: WaitingValues,
  options: OpenJournalOptions,
): Journal {
  if (file === undefined) return new MemoryJournal(waiting);
  if (file.startsWith(":") || file.startsWith("file:")) {
    throw new ConfigError([`OUTBOX_FILE: "${file}" is no path: expected the name of a file`]);
  }
  const sqlite = (options.findSqlite ?? findSqlite)();
  if (sqlite === undefined) {
    options.log.warn(
      "OUTBOX_FILE is set, but this runtime has no node:sqlite (Deno and Node from 22.13 have it): waiting values are " +
        "kept in memory, and lost if the bot stops while the backend is away",
    );
    return new MemoryJournal(waiting);
  }
  const reservation = reserveFile(file);
  if (reservation === undefined) {
    throw new ConfigError([
      `OUTBOX_FILE: "${file}" is in use by another bot of this process: give each bot its own file`,
    ]);
  }
  try {
    return new FileJournal(followLink(file), waiting, sqlite, { ...options, reservation });
  } catch (error) {
    reservation[Symbol.dispose]();
    if (!(error instanceof RefusedFileError)) throw error;
    throw new ConfigError([`OUTBOX_FILE: "${file}" ${error.message}`], { cause: error });
  }
}

/** Where a symbolic link leads: SQLite keeps its journal there, and only that file may be renamed. */
function followLink(file: string): string {
  try {
    return lstatSync(file).isSymbolicLink() ? realpathSync(file) : file;
  } catch {
    return file;
  }
}
