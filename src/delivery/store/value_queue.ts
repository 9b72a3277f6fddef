import type { StoredValue } from "./outbox_store.ts";

// Below this it is not worth while to close the gaps.
const COMPACT_FROM = 1024;

/**
 * Values in the order of their ids. Adding, looking up and deleting take no longer when a million values wait, which
 * cannot be said of a `Map`: its iterators walk over everything that was deleted before.
 */
export class ValueQueue {
  #ids: number[] = [];
  /** What was deleted leaves a gap. */
  #values: (StoredValue | undefined)[] = [];
  #head = 0;
  #count = 0;

  /** How many places it takes, gaps included. */
  get places(): number {
    return this.#values.length;
  }

  /** Adds a value, whose id must be larger than all before. */
  push(value: StoredValue): void {
    this.#ids.push(value.id);
    this.#values.push(value);
    this.#count++;
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
    const value = this.#ids[index] === id ? this.#values[index] : undefined;
    if (value === undefined) return undefined;
    this.#values[index] = undefined;
    this.#count--;
    while (this.#head < this.#values.length && this.#values[this.#head] === undefined) this.#head++;
    // Also where the first value stays for ever and others go through behind it.
    if (this.#values.length > COMPACT_FROM && this.#count * 2 < this.#values.length) {
      this.#values = this.#values.filter((value) => value !== undefined);
      this.#ids = this.#values.map((value) => value!.id);
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
