/** A first-in, first-out queue with constant-time operations, including removal from the middle. */
export class ReadyQueue<T> {
  readonly #items = new Set<T>();
  // A fresh iterator would have to skip every deleted entry at the front. This one also sees items added later, as long
  // as it is never run to its end.
  readonly #front = this.#items.values();

  /** The number of queued items. */
  get size(): number {
    return this.#items.size;
  }

  /** Appends `item`, which must not be queued already. */
  push(item: T): void {
    this.#items.add(item);
  }

  /** Removes and returns the first item; `undefined` if there is none. */
  shift(): T | undefined {
    if (this.#items.size === 0) return undefined;
    const first = this.#front.next();
    if (first.done) return undefined;
    this.#items.delete(first.value);
    return first.value;
  }

  /** Removes `item`, and returns whether it was queued. */
  delete(item: T): boolean {
    return this.#items.delete(item);
  }

  /** Removes and returns all items in order. */
  clear(): T[] {
    const items = [...this.#items];
    this.#items.clear();
    return items;
  }
}
