import { type Clock, SYSTEM_CLOCK } from "../../util/clock.ts";
import type { ProblemLog } from "../../util/problem_log.ts";
import { FileWatch } from "./file_watch.ts";
import type { Journal } from "./journal.ts";
import { type FoundRows, openOutboxFile } from "./open_outbox_file.ts";
import type { OutboxDatabase } from "./outbox_database.ts";
import { RefusedFileError } from "./refused_file_error.ts";
import { reserveJournal } from "./reserve_journal.ts";
import { isFull, type Sqlite } from "./sqlite.ts";
import { groupByAccount } from "./stored_row.ts";
import type { WaitingRow, WaitingValues } from "./waiting_values.ts";

/** Options for {@linkcode FileJournal}. */
export interface FileJournalOptions {
  /** Receives what happens to the file. */
  readonly problems: ProblemLog;
  /**
   * Is called with rows that were found in the file while running, as after somebody has moved the file of another bot
   * there, or when a file can be opened at last. They wait already.
   *
   * @default nothing is done
   */
  readonly onRestored?: ((rows: readonly WaitingRow[]) => void) | undefined;
  /** Is disposed with the journal. @default none */
  readonly reservation?: Disposable | undefined;
  /** How long to wait at the start for another holder of the file, in milliseconds. @default 3000 */
  readonly busyMs?: number | undefined;
  /** The most pages of 4 KiB that the file may have, so that a test can fill it. @default no limit */
  readonly maxPages?: number | undefined;
  /** The clocks and timers. @default SYSTEM_CLOCK */
  readonly clock?: Clock | undefined;
}

// Long enough for the bot before this one to end.
const BUSY_MS = 3000;
// How often the file is looked at.
const CHECK_MS = 1000;
// How often the contents of the file are compared with what waits: nobody notices it otherwise if somebody changes the file
// while a commit is under way.
const COMPARE_MS = 2000;
// 4 MiB, some 50,000 values, take some ten milliseconds.
const COMPARE_UP_TO_BYTES = 4 * 1024 * 1024;
const OPEN_RETRY_MS = 3000;
const WRITE_RETRY_MS = 1000;
// A broken disk may take seconds to fail. The bot must not spend all its time with it.
const RETRY_PER_ATTEMPT = 10;
// When more rows than these could not be written, it is cheaper to remember that than which.
const MAX_PENDING_ROWS = 20_000;
const PROBLEM = "outbox file";
const CONSEQUENCE = "waiting values are in memory only, and lost if the bot stops";

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
  readonly #clock: Clock;
  readonly #watch: FileWatch;
  /** Which outbox this is; it stands in the file, too. */
  #instance: string = crypto.randomUUID();
  /** The file whose rows wait already, although it could not be written since. */
  #takenOver: string | undefined;
  #isStarting = true;
  /** What {@linkcode FileJournalOptions.onRestored} has not been called with. */
  #restored: WaitingRow[] = [];
  #database: OutboxDatabase | undefined;
  /** The rows to write. */
  #pending = new Set<WaitingRow>();
  /** Whether all rows are to be written. */
  #writeAll = false;
  #notBefore = -Infinity;
  /** Whether the file was written since its contents were compared with what waits. */
  #isUncompared = false;
  #compareAt = -Infinity;
  #timer: unknown;
  /** Whether everything was in the file when it was closed. */
  #wasDurable: boolean | undefined;

  /**
   * Opens the file and restores the values that wait in it. If that fails, it is reported and tried again.
   *
   * @throws {RefusedFileError} If the file belongs to another bot or program.
   */
  constructor(file: string, waiting: WaitingValues, sqlite: Sqlite, options: FileJournalOptions) {
    this.place = `"${file}"`;
    this.#file = file;
    this.#waiting = waiting;
    this.#sqlite = sqlite;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#watch = new FileWatch(file);
    try {
      this.#open(options.busyMs ?? BUSY_MS);
    } catch (error) {
      if (error instanceof RefusedFileError) throw error;
      this.#fail(error, OPEN_RETRY_MS);
    }
    this.#isStarting = false;
    this.#schedule();
  }

  get durable(): boolean {
    return this.#wasDurable ?? this.#isWritten;
  }

  get #isWritten(): boolean {
    return this.#database !== undefined && this.#pending.size === 0 && !this.#writeAll;
  }

  get fileBytes(): number {
    return this.#database?.usedBytes ?? 0;
  }

  commit(): void {
    const changed = this.#waiting.takeChanged();
    // A file that is opened gets all rows.
    if (this.#database !== undefined) { for (const row of changed) this.#pending.add(row); }
    if (!this.#isWritten) this.#work();
    if (this.#pending.size > MAX_PENDING_ROWS) {
      this.#pending.clear();
      this.#writeAll = true;
    }
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#notBefore = -Infinity;
    this.commit();
    // Also where nothing has changed: the file may have.
    if (this.#waiting.values > 0) this.#work();
    this.#clock.clearInterval(this.#timer);
    this.#wasDurable = this.#isWritten;
    this.#close();
    this.#options.reservation?.[Symbol.dispose]();
  }

  /** Looks at the file every second for as long as it matters. */
  #schedule(): void {
    const isNeeded = this.#waiting.values > 0 || !this.#isWritten || this.#database?.isSparse;
    if (isNeeded && this.#timer === undefined) {
      this.#timer = this.#clock.setInterval(() => {
        this.#work();
        this.#schedule();
      }, CHECK_MS);
      // It keeps no program alive.
      (this.#timer as { unref?: () => void }).unref?.();
    } else if (!isNeeded && this.#timer !== undefined) {
      this.#clock.clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Brings the file in line with what waits, if it is time to. */
  #work(): void {
    const start = this.#clock.monotonic();
    if (start < this.#notBefore) return;
    let retryMs = WRITE_RETRY_MS;
    try {
      const change = this.#database && (this.#watch.change() ?? this.#compare(this.#database));
      if (change !== undefined) {
        this.#close();
        this.#report(`${change} while the bot was running; it is written anew`);
      }
      if (this.#database === undefined) {
        retryMs = OPEN_RETRY_MS;
        this.#open(0);
      } else this.#write(this.#database);
      this.#options.problems.clear(PROBLEM);
    } catch (error) {
      if (isFull(error)) this.#makeRoom();
      else this.#close();
      const took = this.#clock.monotonic() - start;
      this.#fail(error, Math.max(retryMs, took * RETRY_PER_ATTEMPT));
    }
    const restored = this.#restored;
    this.#restored = [];
    if (restored.length > 0) this.#options.onRestored?.(restored);
  }

  /** Compares the contents of the file with what waits, now and then. Returns what is wrong. */
  #compare(database: OutboxDatabase): string | undefined {
    const now = this.#clock.monotonic();
    const isDue = this.#isUncompared && now >= this.#compareAt && this.#isWritten &&
      database.bytes <= COMPARE_UP_TO_BYTES;
    if (!isDue) return undefined;
    this.#isUncompared = false;
    this.#compareAt = now + COMPARE_MS;
    // What has changed since the last commit is not in the file yet.
    const changed = this.#waiting.takeChanged();
    for (const row of changed) this.#pending.add(row);
    if (changed.size > 0 || database.holds(this.#waiting.rows())) return undefined;
    return "was damaged by another program";
  }

  /** Deletes on a full disk what was delivered. */
  #makeRoom(): void {
    const database = this.#database;
    if (database === undefined) return;
    for (const row of database.deleteSingly(this.#pending)) this.#pending.delete(row);
    this.#watch.remember(database.bytes);
  }

  /** Opens the file, takes over what waits in it, and writes everything that waits. */
  #open(busyMs: number): void {
    this.#writeAll = true;
    this.#pending.clear();
    this.#database = openOutboxFile(this.#file, this.#sqlite, {
      busyMs,
      maxPages: this.#options.maxPages,
      instance: this.#instance,
      now: () => this.#clock.now(),
      isStarting: this.#isStarting,
      takeOver: (found) => this.#takeOver(found),
      report: (message, level) => this.#report(message, level),
    });
    reserveJournal(this.#file);
    this.#watch.start(this.#database.fileId);
    this.#watch.remember(this.#database.bytes);
    this.#write(this.#database);
  }

  #write(database: OutboxDatabase): void {
    if (this.#writeAll) {
      this.#waiting.takeChanged(); // They are written with the others.
      database.replaceAll(this.#instance, this.#waiting.rows());
    } else if (this.#pending.size > 0) {
      database.write(this.#pending);
    } else if (database.isSparse) {
      database.shrink();
    } else return;
    this.#pending.clear();
    this.#writeAll = false;
    this.#takenOver = undefined;
    this.#isUncompared = true;
    this.#watch.remember(database.bytes);
  }

  /** Lets the rows of a file wait and returns the number of values; `undefined` if they do so already. */
  #takeOver({ rows, instance, fileId, isCurrent }: FoundRows): number | undefined {
    const source = `${instance} ${fileId}`;
    // Of our own rows, those that do not wait were delivered.
    const isOwn = instance === undefined
      ? fileId === this.#watch.fileId
      : instance === this.#instance;
    if (isOwn || source === this.#takenOver) return undefined;
    this.#takenOver = source;
    const before = this.#waiting.values;
    if (this.#isStarting && isCurrent) {
      for (const { id, accountId, acceptedAt, values } of rows) {
        this.#waiting.restore(id, accountId, values, acceptedAt);
      }
      this.#instance = instance ?? this.#instance;
      this.#writeAll = false;
    } else {
      for (const { accountId, values } of groupByAccount(rows)) {
        const added = this.#waiting.add(accountId, values);
        if (!this.#isStarting) this.#restored.push(...added);
      }
    }
    const count = this.#waiting.values - before;
    if (count > 0 && !this.#isStarting) {
      this.#report(`holds ${count} values of another run: they are delivered, too`);
    }
    return count;
  }

  #close(): void {
    this.#database?.[Symbol.dispose]();
    this.#database = undefined;
  }

  /** Reports something that does not last. The message is the rest of a sentence about the file. */
  #report(message: string, level: "warn" | "error" = "warn"): void {
    const line = `The outbox file ${this.place} ${message}`;
    this.#options.problems.event("outbox file events", line, { level });
  }

  /** Reports why the file cannot be used, and pauses before the next attempt. */
  #fail(error: unknown, pauseMs: number): void {
    this.#notBefore = this.#clock.monotonic() + pauseMs;
    const message = error instanceof Error ? error.message : String(error);
    this.#options.problems.raise(
      PROBLEM,
      error instanceof RefusedFileError
        ? `The outbox file ${this.place} ${message}; until then ${CONSEQUENCE}`
        : `Cannot use the outbox file ${this.place}: ${message}; ${CONSEQUENCE}: check the disk, and the ` +
          "permissions of the file and its directory",
      { level: "error" },
    );
  }
}
