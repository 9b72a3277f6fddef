/**
 * A queue that is mostly taken from at its start.
 *
 * @module
 */

import type { StoredValue } from "./outbox_store.ts";

// Below this it is not worth while to move the rest of a queue to its start.
const COMPACT_FROM = 1024;

/**
 * Values in the order of their ids. Adding, looking up and deleting take no longer when a million values wait, which
 * cannot be said of a `Map`: its iterators walk over everything that was deleted before.
 */
export class ValueQueue {
  #ids: number[] = [];
  #values: (StoredValue | undefined)[] = [];
  #head = 0;

  /** Adds a value, whose id must be larger than all before. */
  push(value: StoredValue): void {
    this.#ids.push(value.id);
    this.#values.push(value);
  }

  /** The oldest value. */
  first(): StoredValue | undefined {
    return this.#values[this.#head];
  }

  /** The oldest values with an id above `afterId`, at most `limit`. */
  read(afterId: number, limit: number): StoredValue[] {
    const found: StoredValue[] = [];
    for (
      let index = this.#indexAbove(afterId);
      index < this.#values.length && found.length < limit;
      index++
    ) {
      const value = this.#values[index];
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  /** Takes out the value with an id and returns it, if it is there. */
  delete(id: number): StoredValue | undefined {
    const index = this.#indexAbove(id - 1);
    if (this.#ids[index] !== id) return undefined;
    const value = this.#values[index];
    this.#values[index] = undefined;
    while (this.#head < this.#values.length && this.#values[this.#head] === undefined) this.#head++;
    if (this.#head > COMPACT_FROM && this.#head * 2 > this.#values.length) {
      this.#ids = this.#ids.slice(this.#head);
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  #indexAbove(id: number): number {
    let low = this.#head;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
