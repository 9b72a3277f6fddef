/** A queue whose operations cost the same however long it is, taking out from the middle included. */
export class ReadyQueue<T> {
  readonly #items = new Set<T>();
  // One iterator is kept, because a new one would have to pass over all the places that were left at the front. It sees
  // what is added later, as long as it is not asked for more than there is.
  readonly #front = this.#items.values();

  /** How many are waiting. */
  get size(): number {
    return this.#items.size;
  }

  /** Puts `item` at the end; it must not be here already. */
  push(item: T): void {
    this.#items.add(item);
  }

  /** Takes out the first; `undefined` if there is none. */
  shift(): T | undefined {
    if (this.#items.size === 0) return undefined;
    const first = this.#front.next();
    if (first.done) return undefined;
    this.#items.delete(first.value);
    return first.value;
  }

  /** Takes out `item`, wherever it is, and says whether it was here. */
  delete(item: T): boolean {
    return this.#items.delete(item);
  }

  /** Takes out everything, the first first. */
  clear(): T[] {
    const items = [...this.#items];
    this.#items.clear();
    return items;
  }
}
