import { ConfigError } from "../../util/errors.ts";
import type { Logger } from "../../util/log.ts";
import { ForeignFileError, resolveOwnFile } from "../../util/own_file.ts";
import { FileJournal, type FileJournalOptions } from "./file_journal.ts";
import { type Journal, MemoryJournal } from "./journal.ts";
import { findSqlite } from "./sqlite.ts";
import type { WaitingValues } from "./waiting_values.ts";

/** Options for {@linkcode openJournal}. */
export interface OpenJournalOptions extends FileJournalOptions {
  /** Receives a warning if the runtime has no SQLite. */
  readonly log: Logger;
}

/**
 * Opens the journal of values that wait, and restores those that wait in its file.
 *
 * A file that cannot be used now is reported as a problem, and tried again every few seconds.
 *
 * @param waiting Must be empty.
 * @throws {ConfigError} If another bot uses the file, or it belongs to another program or a newer version.
 */
export function openJournal(
  file: string,
  waiting: WaitingValues,
  options: OpenJournalOptions,
): Journal {
  if (file.startsWith(":") || file.startsWith("file:")) {
    throw new ConfigError([`OUTBOX_FILE: "${file}" is no path: expected the name of a file`]);
  }
  const sqlite = findSqlite();
  if (sqlite !== undefined) return new FileJournal(resolve(file), waiting, sqlite, options);
  options.log.warn(
    "OUTBOX_FILE is set, but this runtime has no node:sqlite (Deno and Node from 22.13 have it): waiting values are " +
      "kept in memory, and lost if the bot stops while the backend is away",
  );
  return new MemoryJournal(waiting);
}

/** Where a symbolic link leads: SQLite keeps its journal there, and only that file may be renamed. */
function resolve(file: string): string {
  try {
    return resolveOwnFile(file);
  } catch (error) {
    // Any other may pass, such as a folder that is not mounted yet.
    if (!(error instanceof ForeignFileError)) return file;
    throw new ConfigError([`OUTBOX_FILE: "${file}" cannot be used: ${error.message}`]);
  }
}
