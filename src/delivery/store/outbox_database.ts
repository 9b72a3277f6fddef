import { lstatSync, type Stats } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ConfigError } from "../../util/errors.ts";
import { isSameFile } from "../../util/own_file.ts";
import { type FileContents, INSTANCE_ROW, readRows } from "./read_rows.ts";
import { makePrivate } from "./outbox_file.ts";
import { isBusy, type Sqlite } from "./sqlite.ts";
import { encodeRow } from "./stored_row.ts";
import type { WaitingRow } from "./waiting_values.ts";

// "Gcol", so that a file of something else is not taken for an outbox.
const APPLICATION_ID = 0x47636f6c;
/** The present format of the file. */
export const FORMAT = 2;
const JOURNAL_BYTES = 4 * 1024 * 1024;
// 4 MiB: as much may be free in a file that is still in use.
const SHRINK_FROM_PAGES = 1024;
// Takes a few milliseconds.
const SHRINK_PAGES_AT_ONCE = 1000;

/**
 * An open outbox file, which nobody else can read or write meanwhile. A row of waiting values is a row of its table.
 *
 * Everything is on the disk before a method returns (`synchronous=FULL`). In the rollback journal, which stays beside the
 * file, is nothing that anybody needs between two transactions.
 */
export class OutboxDatabase implements Disposable {
  /** The format of the file; `undefined` if it is new. */
  readonly format: 1 | 2 | undefined;
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #opened: Stats;
  #mtimeMs: number | undefined;
  #journal: number | undefined;
  #insert: StatementSync | undefined;
  #delete: StatementSync | undefined;
  #pages: StatementSync | undefined;
  #pageSize = 0;
  #usedPages = 0;
  #freePages = 0;

  /**
   * Opens a file and locks it.
   *
   * @param busyMs How long to wait for another holder of the file, in milliseconds.
   * @throws {ConfigError} If another bot holds the file, or it is no outbox, or one of a newer version.
   * @throws {Error} If it does not exist, cannot be opened, or is no database.
   */
  constructor(file: string, sqlite: Sqlite, busyMs: number) {
    this.#file = file;
    this.#opened = lstatSync(file);
    const db = this.#db = new sqlite.DatabaseSync(file);
    try {
      db.exec(`PRAGMA busy_timeout = ${busyMs}`);
      db.exec("PRAGMA locking_mode = EXCLUSIVE");
      this.format = this.#readFormat();
      // Not before, as it may be the file of something else.
      makePrivate(file, this.#opened);
      db.exec("PRAGMA auto_vacuum = INCREMENTAL"); // before there is anything in the file
      // Not WAL: that keeps values in another file, which people take for a left-over.
      db.exec("PRAGMA journal_mode = PERSIST");
      db.exec(`PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
      db.exec("PRAGMA synchronous = FULL");
      db.exec("BEGIN EXCLUSIVE; COMMIT"); // The lock stays.
      this.#measure();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
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

  /**
   * Returns what somebody else has done to the file since it was last written, as the rest of a sentence about it;
   * `undefined` if nothing is to be seen.
   */
  findChange(): string | undefined {
    const found = look(this.#file);
    if (found === undefined) return "was deleted or cannot be reached";
    if (!isSameFile(found, this.#opened)) return "was replaced by another file";
    const isSame = found.size === this.bytes && found.mtimeMs === this.#mtimeMs;
    if (!isSame) return "was changed by another program";
    return look(`${this.#file}-journal`)?.ino === this.#journal ? undefined : "lost its journal";
  }

  /**
   * Checks and reads the whole file.
   *
   * @throws {Error} If it is damaged, or cannot be read for another reason.
   */
  read(): FileContents {
    const { dev, ino } = this.#opened;
    return readRows(this.#db, this.format, `${dev}:${ino}`);
  }

  /** Replaces everything that is in the file. */
  replaceAll(instance: string, rows: Iterable<WaitingRow>): void {
    this.#transaction(() => {
      this.#db.exec(`
        DROP TABLE IF EXISTS waiting;
        CREATE TABLE waiting (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
        PRAGMA application_id = ${APPLICATION_ID};
        PRAGMA user_version = ${FORMAT};
      `);
      this.#prepareInsert().run(INSTANCE_ROW, instance);
      this.#insertAll(rows);
    });
  }

  /** Writes rows anew, and deletes those without values. */
  write(rows: Iterable<WaitingRow>): void {
    const full: WaitingRow[] = [];
    this.#transaction(() => {
      const statement = this.#delete ??= this.#db.prepare("DELETE FROM waiting WHERE id = ?");
      // First, so that a file that cannot grow has room for the others.
      for (const row of rows) {
        if (row.values.length > 0) full.push(row);
        else statement.run(row.id);
      }
      this.#insertAll(full);
    });
    if (this.#freePages >= SHRINK_FROM_PAGES) {
      // Not VACUUM, which attaches a database: Deno does not allow that to a bot that may not read and write everything.
      // Stepped through to its end, since each step gives back one page.
      this.#db.prepare(`PRAGMA incremental_vacuum(${SHRINK_PAGES_AT_ONCE})`).all();
      this.#measure();
    }
  }

  /** Closes the file, which unlocks it. */
  [Symbol.dispose](): void {
    this.#db.close();
  }

  #readFormat(): 1 | 2 | undefined {
    let application: number;
    try {
      application = this.#number("PRAGMA application_id");
    } catch (error) {
      // A bot holds its file exclusively. Another holder, such as a backup, lets others read it, and goes away.
      if (!isBusy(error)) throw error;
      throw this.#refuse("is in use by another bot: stop that bot, or give each bot its own file");
    }
    if (application === APPLICATION_ID) {
      const version = this.#number("PRAGMA user_version");
      if (version === 1 || version === FORMAT) return version;
      throw this.#refuse(
        `was written by a newer version of this library (format ${version}, expected at most ${FORMAT}): ` +
          "update the bot, or give it another file",
      );
    }
    if (this.#number("SELECT count(*) FROM sqlite_schema") === 0) return undefined;
    throw this.#refuse("is a database of something else: give the bot a file of its own");
  }

  #refuse(reason: string): ConfigError {
    return new ConfigError([`OUTBOX_FILE: "${this.#file}" ${reason}`]);
  }

  #prepareInsert(): StatementSync {
    return this.#insert ??= this.#db.prepare("INSERT OR REPLACE INTO waiting VALUES (?, ?)");
  }

  #insertAll(rows: Iterable<WaitingRow>): void {
    const insert = this.#prepareInsert();
    for (const row of rows) insert.run(row.id, encodeRow(row));
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
    } finally {
      this.#measure();
    }
  }

  /** Remembers what the file is like after this process has written it. */
  #measure(): void {
    this.#pageSize ||= this.#number("PRAGMA page_size");
    this.#pages ??= this.#db.prepare(
      "SELECT page_count AS pages, freelist_count AS free FROM pragma_page_count, pragma_freelist_count",
    );
    const { pages, free } = this.#pages.get() as { pages: number; free: number };
    this.#usedPages = pages - free;
    this.#freePages = free;
    this.#mtimeMs = look(this.#file)?.mtimeMs;
    // The first transaction makes it.
    this.#journal ??= look(`${this.#file}-journal`)?.ino;
  }

  #number(sql: string): number {
    const [value] = Object.values(this.#db.prepare(sql).get() ?? {});
    return Number(value);
  }
}

/** What a file is like; `undefined` if it is gone, or the program may not look at it. */
export function look(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
