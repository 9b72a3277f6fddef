import { readFileSync, rmSync } from "node:fs";
import { type FileId, fileIdOf } from "./file_watch.ts";
import { OutboxDatabase, type OutboxDatabaseOptions } from "./outbox_database.ts";
import { prepareFile } from "./prepare_file.ts";
import type { ReadRows } from "./read_rows.ts";
import { RefusedFileError } from "./refused_file_error.ts";
import { salvageRows } from "./salvage_rows.ts";
import { looksLikeOutbox, setAside } from "./set_aside.ts";
import { isDamage, type Sqlite } from "./sqlite.ts";
import type { StoredRow } from "./stored_row.ts";

/** What was in a file when it was opened. */
export interface FoundRows {
  /** The rows, in the order of their ids. */
  readonly rows: readonly StoredRow[];
  /** Which outbox the file belongs to; `undefined` if it does not say so. */
  readonly instance: string | undefined;
  /** Device and inode of the file. */
  readonly fileId: FileId;
  /** Whether just these rows stay in the file, in the present format. */
  readonly isCurrent: boolean;
}

/** Options for {@linkcode openOutboxFile}. */
export interface OpenOutboxFileOptions extends OutboxDatabaseOptions {
  /** Whether the program starts, so that memory holds nothing yet. */
  readonly isStarting: boolean;
  /** Is written into a new file, see {@linkcode FoundRows.instance}. */
  readonly instance: string;
  /** Returns the milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Takes the rows over. Is called before anything happens that may fail, so that nothing is lost then; therefore also
   * for a file that cannot be opened in the end.
   *
   * @returns How many values were taken over; `undefined` if those that wait do so in memory already.
   */
  readonly takeOver: (found: FoundRows) => number | undefined;
  /** Reports what has happened to the file. The message is the rest of a sentence that begins with its name. */
  readonly report: (message: string, level: "warn" | "error") => void;
}

/**
 * Opens and locks an outbox file, and reads what is in it. A damaged one is set aside, and a new one takes its place.
 *
 * @throws {RefusedFileError} If the file belongs to another bot or program.
 * @throws {Error} If it cannot be used.
 */
export function openOutboxFile(
  file: string,
  sqlite: Sqlite,
  options: OpenOutboxFileOptions,
): OutboxDatabase {
  const state = prepareFile(file);
  if (state === "empty" && options.isStarting) {
    options.report("is empty: if values waited in it, they are lost", "warn");
  }
  const opened = openChecked(file, sqlite, options);
  if (opened instanceof OutboxDatabase) return withTables(opened, file, state === "new", options);

  const { damage, fileId, instance } = opened;
  const found = salvageRows(readFileSync(file));
  // Now, since the next step may fail.
  const count = options.takeOver({ rows: found.rows, instance, fileId, isCurrent: false });
  let aside: string;
  try {
    aside = setAside(file, options.now());
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(`it is damaged (${damage}) and cannot be renamed (${reason})`, { cause });
  }
  const result = count === undefined
    ? "it is written anew, and nothing is lost"
    : `${count} values were taken over from it, ${found.unreadable} places could not be read, and more may be lost`;
  options.report(
    `was damaged (${damage}) and is now "${aside}": ${result}`,
    count === undefined ? "warn" : "error",
  );
  prepareFile(file);
  return withTables(new OutboxDatabase(file, sqlite, options), file, true, options);
}

/** A file that must be set aside. */
interface DamagedFile {
  readonly damage: string;
  readonly fileId: FileId;
  readonly instance?: string | undefined;
}

/** Opens a file, and takes its rows over if it is not damaged. */
function openChecked(
  file: string,
  sqlite: Sqlite,
  options: OpenOutboxFileOptions,
): OutboxDatabase | DamagedFile {
  const fileId = fileIdOf(file);
  let database: OutboxDatabase;
  try {
    database = new OutboxDatabase(file, sqlite, options);
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (!looksLikeOutbox(file)) {
      throw new RefusedFileError("is no outbox: give the bot a file of its own", { cause: error });
    }
    return { damage: messageOf(error), fileId };
  }
  let isGood = false;
  try {
    let found: ReadRows | undefined;
    const damage = checked(() => database.findDamage()) ??
      checked(() => {
        found = database.read();
        return found.unreadable > 0 ? "it has rows that make no sense" : undefined;
      });
    const instance = database.readInstance();
    if (found === undefined || damage !== undefined) {
      return { damage: damage ?? "", fileId, instance };
    }
    options.takeOver({ rows: found.rows, instance, fileId, isCurrent: database.format === 2 });
    isGood = true;
    return database;
  } finally {
    if (!isGood) database[Symbol.dispose]();
  }
}

/** Returns what is wrong with the contents of the file; other failures are thrown. */
function checked(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (isDamage(error)) return messageOf(error);
    throw error;
  }
}

/** Makes the tables of a new file at once, so that no empty file is left behind. */
function withTables(
  database: OutboxDatabase,
  file: string,
  isNew: boolean,
  { instance }: OpenOutboxFileOptions,
): OutboxDatabase {
  if (database.format !== undefined) return database;
  try {
    database.replaceAll(instance, []);
    return database;
  } catch (error) {
    database[Symbol.dispose]();
    if (isNew) rmSync(file, { force: true });
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
