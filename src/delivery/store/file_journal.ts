import { readFileSync, rmSync } from "node:fs";
import { fitPermissionAdvice } from "../../util/describe_error.ts";
import { ConfigError } from "../../util/errors.ts";
import type { ProblemLog } from "../../util/problem_log.ts";
import type { Journal } from "./journal.ts";
import { FORMAT, look, OutboxDatabase } from "./outbox_database.ts";
import { prepareFile, setAside } from "./outbox_file.ts";
import type { FileContents } from "./read_rows.ts";
import { PAGE_BYTES, salvageRows } from "./salvage_rows.ts";
import { isDamage, isFull, isNoDatabase, type Sqlite } from "./sqlite.ts";
import type { StoredRow } from "./stored_row.ts";
import type { UnwrittenValue, WaitingRow, WaitingValues } from "./waiting_values.ts";

/** Options for {@linkcode FileJournal}. */
export interface FileJournalOptions {
  /** Receives what happens to the file. */
  readonly problems: ProblemLog;
  /**
   * Is called with rows that were found in the file while running, as after somebody has moved the file of another bot
   * there, or when a file can be opened at last. They wait already.
   */
  readonly onRestored: (rows: readonly WaitingRow[]) => void;
}

// Long enough for the bot before this one to end.
const BUSY_MS = 3000;
const CHECK_MS = 1000;
const RETRY_MS = 2000;
// A broken disk may take seconds to fail. The bot must not spend all its time with it.
const RETRY_PER_ATTEMPT = 10;
// When more rows than these could not be written, it is cheaper to remember that than which.
const MAX_PENDING_ROWS = 20_000;
const PROBLEM = "outbox file";
const CONSEQUENCE = "waiting values are in memory only, and lost if the bot stops";
const REMEDY = "check that its directory exists, the disk, and the permissions of both";

/**
 * Keeps a copy of waiting values in a SQLite file. The file is read only when it is opened; after that memory is the
 * truth, and whatever happens to the file, it is written anew from there as soon as that is possible.
 */
export class FileJournal implements Journal {
  readonly place: string;
  readonly #file: string;
  readonly #waiting: WaitingValues;
  readonly #sqlite: Sqlite;
  readonly #options: FileJournalOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Which outbox this is; it stands in the file, too. */
  #instance: string = crypto.randomUUID();
  /** The outboxes whose values wait already, or did so. */
  readonly #known = new Set<string>([this.#instance]);
  /** Whether a file was read since the start. */
  #hasRead = false;
  #database: OutboxDatabase | undefined;
  /** The rows to write; `undefined` if all are. */
  #pending: Set<WaitingRow> | undefined;
  #notBefore = -Infinity;
  /** What somebody else has done to the file, until it is written anew. */
  #change: string | undefined;
  #isDiskFull = false;

  /**
   * Opens the file and restores the values that wait in it. If that fails, it is reported and tried again.
   *
   * @throws {ConfigError} If the file belongs to another bot or program.
   */
  constructor(file: string, waiting: WaitingValues, sqlite: Sqlite, options: FileJournalOptions) {
    this.place = `"${file}"`;
    this.#file = file;
    this.#waiting = waiting;
    this.#sqlite = sqlite;
    this.#options = options;
    const start = performance.now();
    try {
      this.#open(true);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      this.#fail(error, performance.now() - start);
    }
    this.#timer = setInterval(() => this.#work(), CHECK_MS);
    // It keeps no program alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  get durable(): boolean {
    return this.#database !== undefined && this.#pending?.size === 0;
  }

  get fileBytes(): number {
    return this.#database?.usedBytes ?? 0;
  }

  commit(): void {
    this.#collectChanged();
    if (!this.durable) this.#work();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#collectChanged();
    this.#notBefore = -Infinity;
    // Also where nothing has changed: the file may have.
    this.#work();
    this.#database?.[Symbol.dispose]();
  }

  #collectChanged(): void {
    for (const row of this.#waiting.takeChanged()) this.#pending?.add(row);
    if (this.#pending !== undefined && this.#pending.size > MAX_PENDING_ROWS) {
      this.#pending = undefined;
    }
  }

  /** Brings the file in line with what waits, if it is time to. */
  #work(): void {
    const start = performance.now();
    if (start < this.#notBefore) return;
    try {
      const change = this.#database?.findChange();
      if (change !== undefined) {
        this.#close();
        this.#change = change;
      } else if (this.#isDiskFull && (this.#database?.bytes ?? 0) > this.#waiting.bytes) {
        // There is no room for a transaction that deletes what was delivered, but enough for what still waits.
        this.#close();
        rmSync(this.#file);
      }
      if (this.#database === undefined) this.#open(false);
      else this.#write(this.#database);
      this.#isDiskFull = false;
      this.#options.problems.clear(PROBLEM);
      if (this.#change === undefined) return;
      this.#report(`${this.#change} while the bot was running; it was written anew`);
      this.#change = undefined;
    } catch (error) {
      this.#fail(error, performance.now() - start);
    }
  }

  /** Opens the file, takes over what waits in it, and writes everything that waits. */
  #open(isStart: boolean): void {
    const size = prepareFile(this.#file);
    const isMissing = size === undefined && look(`${this.#file}-journal`) !== undefined;
    if (isStart && (size === 0 || isMissing)) {
      const problem = isMissing ? "is missing beside its -journal" : "is empty";
      this.#report(`${problem}: if values waited in it, they are lost`);
    }
    const { values } = this.#waiting;
    const isKnown = this.#hasRead;
    let damage: string | undefined;
    try {
      this.#database = new OutboxDatabase(this.#file, this.#sqlite, isStart ? BUSY_MS : 0);
      const contents = this.#database.read();
      if (contents.unreadable > 0) damage = `${contents.unreadable} rows make no sense`;
      this.#takeOver(contents, isStart, this.#database.format === FORMAT);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // The size of a text is hardly ever one of pages. Later the name is known to be that of an outbox.
      if (isNoDatabase(error) && !isKnown && (size ?? 0) % PAGE_BYTES !== 0) {
        const reason = "is no outbox: give the bot a file of its own";
        throw new ConfigError([`OUTBOX_FILE: ${this.place} ${reason}`], { cause: error });
      }
      damage = error.message;
      this.#close();
      if (!isKnown) this.#add(salvageRows(readFileSync(this.#file)), isStart);
    }
    this.#hasRead = true;
    if (damage !== undefined) {
      this.#replaceDamaged(damage, isKnown ? undefined : this.#waiting.values - values);
    }
    if (this.#database !== undefined) this.#write(this.#database);
  }

  /** Lets the rows of an intact file wait, unless they do so already. */
  #takeOver({ rows, instance }: FileContents, isStart: boolean, isCurrent: boolean): void {
    // Of our own rows, those that do not wait were delivered.
    if (this.#known.has(instance)) return;
    this.#known.add(instance);
    if (!isStart || !isCurrent) return this.#add(rows, isStart);
    for (const { id, accountId, acceptedAt, values } of rows) {
      this.#waiting.restore(id, accountId, values, acceptedAt);
    }
    this.#instance = instance;
    this.#pending = new Set();
  }

  #add(rows: readonly StoredRow[], isStart: boolean): void {
    const before = this.#waiting.values;
    const added: WaitingRow[] = [];
    // In format 1, each value has a row of its own.
    const byAccount = new Map<number, UnwrittenValue[]>();
    for (const { accountId, values } of rows) {
      const group = byAccount.get(accountId);
      if (group === undefined) byAccount.set(accountId, [...values]);
      else group.push(...values);
    }
    for (const [accountId, values] of byAccount) {
      for (const row of this.#waiting.add(accountId, values)) added.push(row);
    }
    if (isStart || added.length === 0) return;
    const count = this.#waiting.values - before;
    this.#report(`holds ${count} values of another run: they are delivered, too`);
    this.#options.onRestored(added);
  }

  /** Puts a new file in the place of a damaged one, of which so many values were taken over. */
  #replaceDamaged(damage: string, taken: number | undefined): void {
    this.#close();
    let aside: string;
    try {
      aside = setAside(this.#file);
    } catch (cause) {
      const reason = messageOf(cause);
      throw new Error(`it is damaged (${damage}) and cannot be renamed (${reason})`, { cause });
    }
    const result = taken === undefined
      ? "it is written anew"
      : `${taken} values were taken over from it, and more may be lost`;
    const level = taken === undefined ? "warn" : "error";
    this.#report(`was damaged (${damage}) and is now "${aside}": ${result}`, level);
    prepareFile(this.#file);
    this.#database = new OutboxDatabase(this.#file, this.#sqlite, 0);
  }

  #write(database: OutboxDatabase): void {
    if (this.#pending === undefined) {
      this.#waiting.takeChanged(); // They are written with the others.
      database.replaceAll(this.#instance, this.#waiting.rows());
    } else if (this.#pending.size > 0) database.write(this.#pending);
    this.#pending = new Set();
  }

  #close(): void {
    this.#database?.[Symbol.dispose]();
    this.#database = undefined;
    this.#pending = undefined;
  }

  /** Reports something that does not last. The message is the rest of a sentence about the file. */
  #report(message: string, level: "warn" | "error" = "warn"): void {
    const line = `The outbox file ${this.place} ${message}`;
    this.#options.problems.event("outbox file events", line, { level });
  }

  /** Reports why the file cannot be used, and pauses before the next attempt. */
  #fail(error: unknown, tookMs: number): void {
    this.#isDiskFull = isFull(error);
    if (!this.#isDiskFull) this.#close();
    this.#notBefore = performance.now() + Math.max(RETRY_MS, tookMs * RETRY_PER_ATTEMPT);
    const message = error instanceof ConfigError
      ? `${error.message}; until then ${CONSEQUENCE}`
      : `Cannot use the outbox file ${this.place}: ${messageOf(error)}; ${CONSEQUENCE}: ${REMEDY}`;
    this.#options.problems.raise(PROBLEM, message, { level: "error" });
  }
}

function messageOf(error: unknown): string {
  return fitPermissionAdvice(error instanceof Error ? error.message : String(error));
}
