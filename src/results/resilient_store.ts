/**
 * Keeps values in a file, and in memory where the file fails.
 *
 * @module
 */

import type { Logger } from "../log.ts";
import { MemoryStore } from "./memory_store.ts";
import type { DroppedValues, OutboxStore, StoredValue, StoreSize } from "./outbox_store.ts";

// How long the file is left alone after it has failed.
const PAUSE_MS = 30_000;

/**
 * A store over another one that may fail at any moment, because its disk is full or broken. None of its own methods
 * throws: what the file does not take is kept in memory, what cannot be deleted from it is not shown again, and the
 * trouble is said once when it begins and once when it is over.
 */
export class ResilientStore implements OutboxStore {
  readonly durable: boolean;
  readonly #file: OutboxStore;
  readonly #memory = new MemoryStore();
  readonly #log: Logger;
  readonly #steadyNow: () => number;
  /** Values that were delivered, but could not be deleted from the file. */
  readonly #undeleted = new Map<number, StoredValue>();
  #failing = false;
  #pausedUntil = -Infinity;

  /** Makes a store over `file`, which it closes. */
  constructor(file: OutboxStore, log: Logger, steadyNow: () => number = () => performance.now()) {
    this.#file = file;
    this.durable = file.durable;
    this.#log = log;
    this.#steadyNow = steadyNow;
  }

  get place(): string {
    return this.#memory.size().values > 0 ? `${this.#file.place} and memory` : this.#file.place;
  }

  get lastId(): number {
    return Math.max(this.#file.lastId, this.#memory.lastId);
  }

  append(values: readonly StoredValue[]): void {
    if (this.#steadyNow() >= this.#pausedUntil) {
      const kept = this.#try("keep values in", () => {
        this.#file.append(values);
        return true;
      });
      if (kept) return;
    }
    this.#memory.append(values);
  }

  read(accountId: number, afterId: number, limit: number): StoredValue[] {
    const read = () => this.#file.read(accountId, afterId, limit + this.#undeleted.size);
    const fromFile = (this.#try("read", read) ?? []).filter(({ id }) => !this.#undeleted.has(id));
    const fromMemory = this.#memory.read(accountId, afterId, limit);
    if (fromMemory.length === 0) return fromFile.slice(0, limit);
    return [...fromFile, ...fromMemory].sort((a, b) => a.id - b.id).slice(0, limit);
  }

  remove(values: readonly StoredValue[]): number {
    const inMemory = this.#memory.remove(values);
    if (inMemory === values.length) return inMemory;
    const wanted = [...this.#undeleted.values(), ...values];
    const removed = this.#try("delete from", () => this.#file.remove(wanted));
    if (removed === undefined) {
      for (const value of values) this.#undeleted.set(value.id, value);
      return values.length;
    }
    const late = this.#undeleted.size;
    this.#undeleted.clear();
    return inMemory + removed - late;
  }

  trim(size: StoreSize): DroppedValues {
    const memory = this.#memory.size();
    const room = {
      values: Math.max(0, size.values - memory.values),
      bytes: Math.max(0, size.bytes - memory.bytes),
    };
    const fromFile = this.#try("delete from", () => this.#file.trim(room)) ?? NOTHING;
    const left = this.#file.size();
    const fromMemory = this.#memory.trim({
      values: Math.max(0, size.values - left.values),
      bytes: Math.max(0, size.bytes - left.bytes),
    });
    return {
      values: fromFile.values + fromMemory.values,
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
      bytes: file.bytes + memory.bytes,
    };
  }

  [Symbol.dispose](): void {
    this.#try("close", () => this.#file[Symbol.dispose]());
  }

  #try<T>(what: string, work: () => T): T | undefined {
    try {
      const result = work();
      if (this.#failing && what !== "read") {
        this.#failing = false;
        this.#log.info(`the outbox file ${this.#file.place} works again`);
      }
      return result;
    } catch (error) {
      this.#pausedUntil = this.#steadyNow() + PAUSE_MS;
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#failing) {
        this.#failing = true;
        this.#log.error(
          `cannot ${what} the outbox file ${this.#file.place}: ${message}; new values are kept in memory, and would be ` +
            "lost if the bot ended now: check the disk and the permissions of the file",
        );
      }
      return undefined;
    }
  }
}

const NOTHING: DroppedValues = { values: 0, lastId: 0 };
