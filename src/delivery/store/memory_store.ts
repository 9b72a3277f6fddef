import {
  byteSize,
  type DroppedValues,
  type OutboxStore,
  type StoredValue,
  type StoreSize,
} from "./outbox_store.ts";
import { ValueQueue } from "./value_queue.ts";

/** A store that is gone with the process. */
export class MemoryStore implements OutboxStore {
  readonly place: string = "memory";
  readonly durable: boolean = false;
  readonly missedSome: boolean = false;
  lastId = 0;
  /** All values, and the same by account. */
  readonly #all = new ValueQueue();
  readonly #queues = new Map<number, ValueQueue>();
  #values = 0;
  #bytes = 0;

  append(values: readonly StoredValue[]): void {
    for (const value of values) {
      let queue = this.#queues.get(value.accountId);
      if (queue === undefined) {
        queue = new ValueQueue();
        this.#queues.set(value.accountId, queue);
      }
      queue.push(value);
      this.#all.push(value);
      this.#values++;
      this.#bytes += byteSize(value);
      this.lastId = value.id;
    }
  }

  read(accountId: number, afterId: number, limit: number): StoredValue[] {
    return this.#queues.get(accountId)?.read(afterId, limit) ?? [];
  }

  /** The oldest values of all accounts, at most `limit`. */
  oldest(limit: number): StoredValue[] {
    return this.#all.read(0, limit);
  }

  remove(values: readonly StoredValue[]): number {
    return values.filter((value) => this.#delete(value)).length;
  }

  trim(size: StoreSize): DroppedValues {
    let values = 0;
    let lastId = 0;
    while (this.#values > size.values || this.#bytes > size.bytes) {
      const oldest = this.#all.first();
      if (oldest === undefined) break;
      this.#delete(oldest);
      values++;
      lastId = oldest.id;
    }
    return { values, lastId };
  }

  accounts(): number[] {
    return [...this.#queues.keys()];
  }

  size(): StoreSize {
    return { values: this.#values, bytes: this.#bytes };
  }

  [Symbol.dispose](): void {}

  #delete({ accountId, id }: StoredValue): boolean {
    const queue = this.#queues.get(accountId);
    const value = queue?.delete(id);
    if (queue === undefined || value === undefined) return false;
    this.#all.delete(id);
    if (queue.first() === undefined) this.#queues.delete(accountId);
    this.#values--;
    this.#bytes -= byteSize(value);
    return true;
  }
}
