import type { Logger } from "../../util/log.ts";
import { Throttle } from "../../util/throttle.ts";
import { MemoryStore } from "./memory_store.ts";
import {
  byteSize,
  type DroppedValues,
  type OutboxStore,
  type StoredValue,
  type StoreSize,
} from "./outbox_store.ts";

// How long an operation is not tried again after it has failed.
const PAUSE_MS = 30_000;
// Made up for in one go: takes a few milliseconds.
const CATCH_UP_VALUES = 1000;
const QUIET_MS = 600_000;

const CONSEQUENCES = {
  "keep values in": "new values are kept in memory, and would be lost if the bot ended now",
  "read": "what is in it has to wait",
  "delete from": "what was delivered stays in it, and may be delivered once more after a restart",
};

type Operation = keyof typeof CONSEQUENCES;

/**
 * A store over another one that may fail at any moment, because its disk is full or broken. None of its own methods
 * throws: what the file does not take is kept in memory until it does, what cannot be deleted from it is not shown
 * again, and the trouble is said once when it begins and once when it is over.
 *
 * As long as something is in memory everything new goes there, so that all values in the file are older.
 */
export class ResilientStore implements OutboxStore {
  missedSome = false;
  readonly #file: OutboxStore;
  readonly #memory = new MemoryStore();
  readonly #log: Logger;
  readonly #steadyNow: () => number;
  /** Values that were delivered, but could not be deleted from the file. */
  readonly #undeleted = new Map<number, StoredValue>();
  #undeletedBytes = 0;
  /** Between which ids everything was dropped. */
  #gaps: { readonly after: number; readonly upTo: number }[] = [];
  /** What fails at the moment, and when it may be tried again. */
  readonly #failing = new Map<Operation, number>();
  readonly #complaints: Throttle;
  #complained = false;

  /** Makes a store over `file`, which it closes. */
  constructor(file: OutboxStore, log: Logger, steadyNow: () => number = () => performance.now()) {
    this.#file = file;
    this.#log = log;
    this.#steadyNow = steadyNow;
    this.#complaints = new Throttle(1, QUIET_MS, steadyNow);
  }

  get place(): string {
    return this.#inMemory > 0 ? `${this.#file.place} and memory` : this.#file.place;
  }

  get durable(): boolean {
    return this.#file.durable && this.#inMemory === 0;
  }

  get lastId(): number {
    return Math.max(this.#file.lastId, this.#memory.lastId);
  }

  append(values: readonly StoredValue[]): void {
    this.#moveToFile();
    if (this.#inMemory > 0 || !this.#keep(values)) this.#memory.append(values);
  }

  read(accountId: number, afterId: number, limit: number): StoredValue[] {
    const found = this.#readFile(accountId, afterId, limit);
    return found.length < limit
      ? [...found, ...this.#memory.read(accountId, afterId, limit - found.length)]
      : found.slice(0, limit);
  }

  remove(values: readonly StoredValue[]): number {
    const elsewhere = values.filter((value) => this.#memory.remove([value]) === 0);
    let removed = values.length - elsewhere.length;
    if (elsewhere.length > 0) removed += this.#delete(elsewhere);
    this.#deleteOld();
    this.#moveToFile();
    return removed;
  }

  trim(size: StoreSize): DroppedValues {
    this.#deleteOld();
    const memory = this.#memory.size();
    const room = {
      values: Math.max(0, size.values - memory.values) + this.#undeleted.size,
      bytes: Math.max(0, size.bytes - memory.bytes) + this.#undeletedBytes,
    };
    const fromFile = this.#try("delete from", () => this.#file.trim(room)) ?? NOTHING;
    this.#addGap(0, fromFile.lastId);
    const delivered = [...this.#undeleted.values()].filter(({ id }) => id <= fromFile.lastId);
    this.#forgetUndeleted(delivered);
    const left = this.size();
    const fromMemory = this.#memory.trim({
      values: Math.max(0, size.values - left.values + this.#inMemory),
      bytes: Math.max(0, size.bytes - left.bytes + this.#memory.size().bytes),
    });
    this.#addGap(this.#file.lastId, fromMemory.lastId);
    return {
      values: fromFile.values - delivered.length + fromMemory.values,
      lastId: Math.max(fromFile.lastId, fromMemory.lastId),
    };
  }

  accounts(): number[] {
    const fromFile = this.#try("read", () => this.#file.accounts()) ?? [];
    return [...new Set([...fromFile, ...this.#memory.accounts()])];
  }

  size(): StoreSize {
    const file = this.#file.size();
    const memory = this.#memory.size();
    return {
      values: file.values + memory.values - this.#undeleted.size,
      bytes: file.bytes + memory.bytes - this.#undeletedBytes,
    };
  }

  [Symbol.dispose](): void {
    this.#failing.clear();
    while (this.#undeleted.size > 0 && this.#deleteOld());
    while (this.#inMemory > 0 && this.#moveToFile());
    const lost = this.#inMemory;
    if (lost > 0) {
      this.#log.error(`Lost ${lost} values as the outbox file ${this.#file.place} fails`);
    }
    try {
      this.#file[Symbol.dispose]();
    } catch {
      // There is nothing left to be done about it.
    }
  }

  get #inMemory(): number {
    return this.#memory.size().values;
  }

  #keep(values: readonly StoredValue[]): boolean {
    return this.#try("keep values in", () => {
      this.#file.append(values);
      return true;
    }) ?? false;
  }

  /** Moves some values, and says whether that went well. */
  #moveToFile(): boolean {
    if (this.#inMemory === 0) return true;
    const values = this.#memory.oldest(CATCH_UP_VALUES);
    if (!this.#keep(values)) return false;
    this.#memory.remove(values);
    return true;
  }

  #readFile(accountId: number, afterId: number, limit: number): StoredValue[] {
    const found: StoredValue[] = [];
    this.missedSome = false;
    while (found.length < limit) {
      const page = this.#try("read", () => this.#file.read(accountId, afterId, limit));
      this.missedSome = page === undefined;
      if (page === undefined) break;
      for (const value of page) if (!this.#undeleted.has(value.id)) found.push(value);
      if (page.length < limit) break;
      afterId = page.at(-1)!.id;
    }
    return found;
  }

  #delete(values: readonly StoredValue[]): number {
    const removed = this.#try("delete from", () => this.#file.remove(values));
    if (removed !== undefined) return removed;
    const kept = values.filter(({ id }) =>
      !this.#gaps.some(({ after, upTo }) => id > after && id <= upTo)
    );
    for (const value of kept) {
      this.#undeleted.set(value.id, value);
      this.#undeletedBytes += byteSize(value);
    }
    return kept.length;
  }

  /** Deletes some of what could not be deleted before, and says whether that went well. */
  #deleteOld(): boolean {
    if (this.#undeleted.size === 0) return true;
    const values: StoredValue[] = [];
    for (const value of this.#undeleted.values()) {
      if (values.push(value) === CATCH_UP_VALUES) break;
    }
    if (this.#try("delete from", () => this.#file.remove(values)) === undefined) return false;
    this.#forgetUndeleted(values);
    return true;
  }

  #addGap(after: number, upTo: number): void {
    if (upTo <= after) return;
    const apart = this.#gaps.filter((gap) => gap.after < after || gap.upTo > upTo);
    this.#gaps = [...apart, { after, upTo }];
  }

  #forgetUndeleted(values: readonly StoredValue[]): void {
    for (const value of values) {
      this.#undeleted.delete(value.id);
      this.#undeletedBytes -= byteSize(value);
    }
  }

  #try<T>(operation: Operation, work: () => T): T | undefined {
    // Reading may fail for some of the values only.
    const until = this.#failing.get(operation);
    if (until !== undefined && operation !== "read" && this.#steadyNow() < until) return undefined;
    try {
      const result = work();
      this.#works(operation);
      return result;
    } catch (error) {
      this.#fails(operation, error);
      return undefined;
    }
  }

  #works(operation: Operation): void {
    if (!this.#failing.delete(operation) || this.#failing.size > 0 || !this.#complained) return;
    this.#complained = false;
    this.#log.info(`The outbox file ${this.#file.place} works again`);
  }

  #fails(operation: Operation, error: unknown): void {
    const isNews = !this.#failing.has(operation);
    this.#failing.set(operation, this.#steadyNow() + PAUSE_MS);
    if (!isNews || this.#complaints.pass() === undefined) return;
    this.#complained = true;
    const message = error instanceof Error ? error.message : String(error);
    this.#log.error(
      `Cannot ${operation} the outbox file ${this.#file.place}: ${message}; ${
        CONSEQUENCES[operation]
      }: check the disk and the permissions of the file`,
    );
  }
}

const NOTHING: DroppedValues = { values: 0, lastId: 0 };
