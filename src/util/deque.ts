// Below this it is not worthwhile to close the gap at the start.
const COMPACT_FROM = 1024;

/** A list that is filled at its end and emptied at both, at the same cost however long it is. */
export class Deque<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** The number of items. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The first item; `undefined` if there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** Appends an item. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Removes and returns the first item. */
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

  /** Removes and returns the last item. */
  pop(): T | undefined {
    return this.size === 0 ? undefined : this.#items.pop();
  }

  /** Returns all items. */
  items(): T[] {
    return this.#items.slice(this.#head) as T[];
  }

  /** Removes and returns all items. */
  clear(): T[] {
    const items = this.items();
    this.#items = [];
    this.#head = 0;
    return items;
  }
}
