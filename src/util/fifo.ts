// Below this it is not worthwhile to close the gap at the front.
const COMPACT_FROM = 1024;

/** A first-in, first-out queue with operations of constant time, however long it is. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** The number of items. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The first item. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** Appends an item. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Removes and returns the first item; `undefined` if there is none. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.size === 0 || (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length)) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
