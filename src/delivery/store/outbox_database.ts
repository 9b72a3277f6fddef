import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type FileId, fileIdOf } from "./file_watch.ts";
import { type ReadRows, readRows } from "./read_rows.ts";
import { RefusedFileError } from "./refused_file_error.ts";
import { salvageRows } from "./salvage_rows.ts";
import { MAGIC } from "./set_aside.ts";
import { isBusy, type Sqlite } from "./sqlite.ts";
import { encodeRow } from "./stored_row.ts";
import type { WaitingRow } from "./waiting_values.ts";

/** Options for {@linkcode OutboxDatabase}. */
export interface OutboxDatabaseOptions {
  /** How long to wait for another holder of the file, in milliseconds. */
  readonly busyMs: number;
  /** The most pages of 4 KiB that the file may have, so that a test can fill it. @default no limit */
  readonly maxPages?: number | undefined;
}

// "Gcol", so that a file of something else is not taken for an outbox.
const APPLICATION_ID = 0x47636f6c;
const FORMAT = 2;
// 4 MiB: as much may be free in a file that is still in use.
const SHRINK_FROM_PAGES = 1024;
// Takes a few milliseconds.
const SHRINK_PAGES_AT_ONCE = 1000;
const MAX_SINGLE_DELETES = 200;
const JOURNAL_BYTES = 4 * 1024 * 1024;

/**
 * An open outbox file, which nobody else can read or write meanwhile. A row of waiting values is a row of its table.
 *
 * Everything is on the disk before a method returns (`synchronous=FULL`). In the rollback journal, which stays beside the
 * file, is nothing that anybody needs between two transactions.
 */
export class OutboxDatabase implements Disposable {
  /** The format of the file; `undefined` if it is new. */
  readonly format: 1 | 2 | undefined;
  /** Which file is open, whatever has its name later. */
  readonly fileId: FileId;
  readonly #db: DatabaseSync;
  /** Reads the file. It is closed after the database, since a process that closes a file loses its locks on it. */
  readonly #reader: number;
  #insert: StatementSync | undefined;
  #delete: StatementSync | undefined;
  #pages: StatementSync | undefined;
  #pageSize = 0;
  #usedPages = 0;
  #freePages = 0;

  /**
   * Opens a file and locks it.
   *
   * @throws {RefusedFileError} If another bot holds the file, or it is no outbox, or one of a newer version.
   * @throws {Error} If it cannot be opened or is damaged.
   */
  constructor(file: string, sqlite: Sqlite, { busyMs, maxPages }: OutboxDatabaseOptions) {
    this.#reader = openSync(file, "r");
    let db: DatabaseSync;
    try {
      db = this.#db = new sqlite.DatabaseSync(file);
    } catch (error) {
      closeSync(this.#reader);
      throw error;
    }
    try {
      this.fileId = fileIdOf(file);
      db.exec(`PRAGMA busy_timeout = ${Math.round(busyMs)}`);
      db.exec("PRAGMA locking_mode = EXCLUSIVE");
      this.format = this.#readFormat();
      db.exec("PRAGMA auto_vacuum = INCREMENTAL"); // before there is anything in the file
      // Not WAL: that keeps values in another file, which people take for a left-over.
      db.exec("PRAGMA journal_mode = PERSIST");
      db.exec(`PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
      db.exec("PRAGMA synchronous = FULL");
      if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
      db.exec("BEGIN EXCLUSIVE; COMMIT"); // The lock stays.
      this.#measure();
    } catch (error) {
      const inUse = isBusy(error) && this.#isHeldByBot();
      this[Symbol.dispose]();
      throw inUse
        ? new RefusedFileError(
          "is in use by another bot: stop that bot, or give each bot its own file",
          { cause: error },
        )
        : error;
    }
  }

  /** The size of the file without its free pages, in bytes. */
  get usedBytes(): number {
    return this.#usedPages * this.#pageSize;
  }

  /** The size of the file, in bytes. */
  get bytes(): number {
    return (this.#usedPages + this.#freePages) * this.#pageSize;
  }

  /** Whether so much of the file is free that it should be made smaller. */
  get isSparse(): boolean {
    return this.#freePages >= SHRINK_FROM_PAGES;
  }

  /** Returns what is wrong with the file; `undefined` if nothing is. Reads all of it. */
  findDamage(): string | undefined {
    const row = this.#db.prepare("PRAGMA quick_check(1)").get() ?? {};
    const [result] = Object.values(row);
    return result === "ok" ? undefined : String(result).split("\n").at(-1);
  }

  /** Returns all rows that can be read. */
  read(): ReadRows {
    return this.format === undefined
      ? { rows: [], unreadable: 0 }
      : readRows(this.#db, this.format);
  }

  /** Whether just these rows are on the disk, whatever SQLite remembers of it. */
  holds(rows: Iterable<WaitingRow>): boolean {
    const bytes = Buffer.alloc(fstatSync(this.#reader).size);
    readSync(this.#reader, bytes, 0, bytes.length, 0);
    const found = salvageRows(bytes);
    const counts = new Map(found.rows.map(({ id, values }) => [id, values.length]));
    let count = 0;
    for (const { id, values } of rows) {
      if (counts.get(id) !== values.length) return false;
      count++;
    }
    return found.unreadable === 0 && count === counts.size &&
      bytes.toString("latin1", 0, MAGIC.length) === MAGIC;
  }

  /** Returns which outbox the file belongs to; `undefined` if it does not say so. */
  readInstance(): string | undefined {
    try {
      const row = this.#db.prepare("SELECT id FROM instance").get();
      const id = row?.["id"];
      return typeof id === "string" ? id : undefined;
    } catch {
      return undefined; // A file of format 1 has none.
    }
  }

  /** Replaces everything that is in the file. */
  replaceAll(instance: string, rows: Iterable<WaitingRow>): void {
    this.#transaction(() => {
      this.#db.exec(`
        DROP TABLE IF EXISTS waiting;
        DROP TABLE IF EXISTS instance;
        CREATE TABLE waiting (
          id INTEGER PRIMARY KEY,
          account INTEGER NOT NULL,
          accepted INTEGER NOT NULL, -- microseconds since 1970
          data TEXT NOT NULL, -- JSON: path, value, time after it was accepted, path, value, ...
          checksum INTEGER NOT NULL
        );
        CREATE TABLE instance (id TEXT NOT NULL);
        PRAGMA application_id = ${APPLICATION_ID};
        PRAGMA user_version = ${FORMAT};
      `);
      this.#db.prepare("INSERT INTO instance VALUES (?)").run(instance);
      this.#insertAll(rows);
    });
  }

  /** Writes rows anew, and deletes those without values. */
  write(rows: ReadonlySet<WaitingRow>): void {
    const full: WaitingRow[] = [];
    this.#transaction(() => {
      const statement = this.#delete ??= this.#db.prepare("DELETE FROM waiting WHERE id = ?");
      // First, so that a full disk has room for the others.
      for (const row of rows) {
        if (row.values.length > 0) full.push(row);
        else statement.run(row.id);
      }
      this.#insertAll(full);
    });
  }

  /**
   * Deletes rows without values one by one, for a disk that is so full that it has no room for a larger transaction.
   *
   * @returns The rows that were deleted, at most 200.
   */
  deleteSingly(rows: ReadonlySet<WaitingRow>): WaitingRow[] {
    const deleted: WaitingRow[] = [];
    try {
      for (const row of rows) {
        if (deleted.length === MAX_SINGLE_DELETES) break;
        if (row.values.length > 0) continue;
        this.write(new Set([row]));
        deleted.push(row);
      }
    } catch {
      // There is no room even for this.
    }
    return deleted;
  }

  /** Gives some free pages back to the disk. */
  shrink(): void {
    // Not VACUUM, which attaches a database: Deno does not allow that to a bot that may not read and write everything.
    // Stepped through to its end, since each step gives back one page.
    this.#db.prepare(`PRAGMA incremental_vacuum(${SHRINK_PAGES_AT_ONCE})`).all();
    this.#measure();
  }

  /** Closes the file, which unlocks it. */
  [Symbol.dispose](): void {
    this.#db.close();
    closeSync(this.#reader);
  }

  #readFormat(): 1 | 2 | undefined {
    const [application, version] = ["application_id", "user_version"].map((name) =>
      this.#number(`PRAGMA ${name}`)
    );
    if (application === APPLICATION_ID) {
      if (version === 1 || version === FORMAT) return version;
      throw new RefusedFileError(
        `was written by a newer version of this library (format ${version}, expected at most ${FORMAT}): ` +
          "update the bot, or give it another file",
      );
    }
    if (this.#number("SELECT count(*) FROM sqlite_schema") === 0) return undefined;
    throw new RefusedFileError("is a database of something else: give the bot a file of its own");
  }

  #insertAll(rows: Iterable<WaitingRow>): void {
    const statement = this.#insert ??= this.#db.prepare(
      "INSERT OR REPLACE INTO waiting (id, account, accepted, data, checksum) VALUES (?, ?, ?, ?, ?)",
    );
    for (const row of rows) statement.run(...encodeRow(row));
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // Some failures, a full disk among them, have rolled it back already.
      }
      throw error;
    }
    this.#measure();
  }

  #measure(): void {
    this.#pageSize ||= this.#number("PRAGMA page_size");
    this.#pages ??= this.#db.prepare(
      "SELECT page_count AS pages, freelist_count AS free FROM pragma_page_count, pragma_freelist_count",
    );
    const { pages, free } = this.#pages.get() as { pages: number; free: number };
    this.#usedPages = pages - free;
    this.#freePages = free;
  }

  // A bot holds its file exclusively, so that nobody else can even read it. Another holder, such as a backup, does not,
  // and goes away.
  #isHeldByBot(): boolean {
    try {
      this.#db.exec("PRAGMA busy_timeout = 0");
      this.#number("SELECT count(*) FROM sqlite_schema");
      return false;
    } catch (error) {
      return isBusy(error);
    }
  }

  #number(sql: string): number {
    const [value] = Object.values(this.#db.prepare(sql).get() ?? {});
    return Number(value);
  }
}
