/** A first-in, first-out queue of keys, each with a value, with constant-time operations. */
export class KeyedQueue<K, V> {
  readonly #items = new Map<K, V>();
  // A fresh iterator would have to skip every deleted entry at the front. This one also sees items added later, as long
  // as it is never run to its end.
  readonly #front = this.#items.keys();

  /** The number of queued items. */
  get size(): number {
    return this.#items.size;
  }

  /** Whether `key` is queued. */
  has(key: K): boolean {
    return this.#items.has(key);
  }

  /** Appends an item, whose key must not be queued already. */
  push(key: K, value: V): void {
    this.#items.set(key, value);
  }

  /** Removes the first item and returns its value; `undefined` if there is none. */
  shift(): V | undefined {
    if (this.#items.size === 0) return undefined;
    const first = this.#front.next();
    return first.done ? undefined : this.delete(first.value);
  }

  /** Removes an item and returns its value; `undefined` if it is not queued. */
  delete(key: K): V | undefined {
    const value = this.#items.get(key);
    this.#items.delete(key);
    return value;
  }

  /** Removes all items. */
  clear(): void {
    this.#items.clear();
  }
}
