import { existsSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  byteSize,
  type DroppedValues,
  type OutboxStore,
  type StoredValue,
  type StoreSize,
} from "./outbox_store.ts";

type Sqlite = typeof import("node:sqlite");

/** The SQLite of the runtime, if it has one: Deno and Node from 22 do. */
export function findSqlite(): Sqlite | undefined {
  try {
    return globalThis.process?.getBuiltinModule?.("node:sqlite");
  } catch {
    return undefined;
  }
}

/** Thrown when another process holds the file. */
export class StoreInUseError extends Error {
  /** Makes an error about a file. */
  constructor(file: string, options?: ErrorOptions) {
    super(`The outbox file "${file}" is in use by another bot`, options);
    this.name = "StoreInUseError";
  }
}

// "Gcol", so that a file of somebody else is not taken for an outbox.
const APPLICATION_ID = 0x47636f6c;
const VERSION = 1;
// Long enough for the bot before this one to end.
const BUSY_MS = 3000;
// 4 MiB: a file that has grown no more than this stays as it is.
const SHRINK_FROM_PAGES = 1024;
const SHRINK_PAGES_AT_ONCE = 2000;

interface Row {
  readonly id: number;
  readonly account: number;
  readonly p: string;
  readonly v: string;
  readonly t: number;
}

/**
 * A store that outlives the process, whatever ends it, and a power cut.
 *
 * Everything is on the disk before `append` returns (`synchronous=FULL`): the outbox puts the values of many jobs into
 * one transaction, so this costs one sync for all of them. The file is held exclusively as long as the store is open.
 */
export class SqliteStore implements OutboxStore {
  readonly place: string;
  readonly missedSome = false;
  lastId: number;
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #read: StatementSync;
  readonly #oldest: StatementSync;
  #values = 0;
  #bytes = 0;

  /**
   * Opens a file, or makes it.
   *
   * @param sqlite The SQLite of the runtime.
   * @param busyMs How long to wait for whoever holds the file, in milliseconds.
   * @param limits `maxPages`: how many pages of 4 KiB the file may have, so that a test can fill it.
   * @throws {StoreInUseError} If another bot holds the file.
   * @throws {Error} If the file cannot be opened, or is no outbox.
   */
  constructor(file: string, sqlite: Sqlite, busyMs = BUSY_MS, limits: { maxPages?: number } = {}) {
    this.place = `"${file}"`;
    this.#file = file;
    this.#db = new sqlite.DatabaseSync(file);
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${Math.round(busyMs)}`);
      this.#db.exec("PRAGMA locking_mode = EXCLUSIVE");
      this.#db.exec("PRAGMA auto_vacuum = INCREMENTAL"); // before there is anything in the file
      this.#db.exec("PRAGMA journal_mode = WAL");
      this.#db.exec("PRAGMA synchronous = FULL");
      if (limits.maxPages) this.#db.exec(`PRAGMA max_page_count = ${limits.maxPages}`);
      this.#prepareSchema(file);
      this.#insert = this.#db.prepare(
        "INSERT INTO waiting (id, account, p, v, t) VALUES (?, ?, ?, ?, ?)",
      );
      this.#delete = this.#db.prepare("DELETE FROM waiting WHERE id = ?");
      this.#read = this.#db.prepare(
        "SELECT id, account, p, v, t FROM waiting WHERE account = ? AND id > ? ORDER BY id LIMIT ?",
      );
      this.#oldest = this.#db.prepare(
        "SELECT id, account, p, v, t FROM waiting ORDER BY id LIMIT ?",
      );
      this.lastId = this.#measure();
    } catch (error) {
      this.#db.close();
      throw isBusy(error) ? this.#whoHolds(file, sqlite, error) : error;
    }
  }

  /** SQLite would go on with a file that was deleted, and that nobody will find again. */
  get durable(): boolean {
    return this.#file === ":memory:" || existsSync(this.#file);
  }

  append(values: readonly StoredValue[]): void {
    if (!this.durable) {
      throw new Error("it was deleted or moved while the bot was running: restart the bot");
    }
    this.#inTransaction(() => {
      for (const { id, accountId, p, v, t } of values) {
        this.#insert.run(id, accountId, p, JSON.stringify(v), t);
      }
    });
    for (const value of values) {
      this.#values++;
      this.#bytes += byteSize(value);
      this.lastId = value.id;
    }
  }

  read(accountId: number, afterId: number, limit: number): StoredValue[] {
    return this.#read.all(accountId, afterId, Math.max(0, limit)).map(toValue);
  }

  remove(values: readonly StoredValue[]): number {
    let removed = 0;
    let bytes = 0;
    this.#inTransaction(() => {
      for (const value of values) {
        if (this.#delete.run(value.id).changes === 0) continue;
        removed++;
        bytes += byteSize(value);
      }
    });
    this.#values -= removed;
    this.#bytes -= bytes;
    if (this.#values === 0 && removed > 0) this.#shrink();
    return removed;
  }

  trim(size: StoreSize): DroppedValues {
    let values = 0;
    let lastId = 0;
    while (this.#values > size.values || this.#bytes > size.bytes) {
      const oldest: StoredValue[] = [];
      let excess = this.#values - size.values;
      let excessBytes = this.#bytes - size.bytes;
      for (const value of this.#oldest.all(1000).map(toValue)) {
        if (excess <= 0 && excessBytes <= 0) break;
        oldest.push(value);
        excess--;
        excessBytes -= byteSize(value);
      }
      if (oldest.length === 0) break;
      try {
        values += this.remove(oldest);
      } catch (error) {
        if (values > 0) break; // What has gone is gone.
        throw error;
      }
      lastId = oldest.at(-1)!.id;
    }
    return { values, lastId };
  }

  accounts(): number[] {
    const rows = this.#db.prepare("SELECT DISTINCT account FROM waiting").all();
    return rows.map((row) => (row as unknown as Row).account);
  }

  size(): StoreSize {
    return { values: this.#values, bytes: this.#bytes };
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #prepareSchema(file: string): void {
    const [application, version] = ["application_id", "user_version"].map((name) =>
      Object.values(this.#db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    );
    if (application === APPLICATION_ID) {
      if (version === VERSION) return;
      throw new Error(
        `it was written by another version of this library (format ${version}, expected ${VERSION})`,
      );
    }
    const [tables] = Object.values(
      this.#db.prepare("SELECT count(*) FROM sqlite_schema").get() ?? {},
    );
    if (tables !== 0) throw new Error(`"${file}" is a database of something else`);
    this.#inTransaction(() => {
      this.#db.exec(`
        CREATE TABLE waiting (
          id INTEGER PRIMARY KEY,
          account INTEGER NOT NULL,
          p TEXT NOT NULL,
          v TEXT NOT NULL, -- as in JSON, so that a number and the text of a number stay what they are
          t INTEGER NOT NULL -- microseconds since 1970
        );
        CREATE INDEX waiting_account ON waiting (account);
        PRAGMA application_id = ${APPLICATION_ID};
        PRAGMA user_version = ${VERSION};
      `);
    });
  }

  #measure(): number {
    // In SQL, since a million rows would keep the bot busy for seconds otherwise; it must agree with byteSize().
    const { count, bytes, last } = this.#db.prepare(`
      SELECT count(*) AS count, max(id) AS last,
        sum(length(p) + length(v) - 2 * (v LIKE '"%') + ${byteSize({ p: "", v: "" })}) AS bytes
      FROM waiting
    `).get() as { count: number; bytes: number | null; last: number | null };
    this.#values = count;
    this.#bytes = bytes ?? 0;
    return last ?? 0;
  }

  /** Gives the room back that an outage has taken. */
  #shrink(): void {
    const [pages] = Object.values(this.#db.prepare("PRAGMA page_count").get() ?? {});
    if (Number(pages) < SHRINK_FROM_PAGES) return;
    // Not VACUUM, which attaches a database: Deno does not allow that to a bot that may not read and write everything.
    // Stepped through to its end, since each step gives back one page. What is left after these, the next time that
    // everything is delivered gives back: nothing else happens meanwhile.
    this.#db.prepare(`PRAGMA incremental_vacuum(${SHRINK_PAGES_AT_ONCE})`).all();
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  #inTransaction(work: () => void): void {
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
  }

  // A bot holds its file exclusively, so that nobody else can even read it. Any other holder, such as a backup, does
  // not, and goes away.
  #whoHolds(file: string, sqlite: Sqlite, cause: unknown): unknown {
    try {
      const other = new sqlite.DatabaseSync(file, { readOnly: true });
      try {
        other.exec("PRAGMA busy_timeout = 0");
        other.prepare("SELECT count(*) FROM sqlite_schema").get();
      } finally {
        other.close();
      }
    } catch (error) {
      if (isBusy(error)) return new StoreInUseError(file, { cause });
    }
    return cause;
  }
}

function isBusy(error: unknown): boolean {
  // The code is not always there (Deno leaves it out where a PRAGMA fails); the message always is.
  return error instanceof Error && /database is locked/.test(error.message);
}

function toValue(row: unknown): StoredValue {
  const { id, account, p, v, t } = row as Row;
  // Not JSON.parse(): what a broken disk has made of a value must not keep the others from being read.
  return { id, accountId: account, p, v: v.startsWith('"') ? v.slice(1, -1) : Number(v), t };
}
