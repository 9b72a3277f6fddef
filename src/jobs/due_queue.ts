/** An item that has come due. */
interface Due<T> {
  /** The item. */
  readonly item: T;
  /** The second it was queued for. */
  readonly second: number;
}

/**
 * A queue of items by the second they are due, with one bucket per second. Taking costs what is due plus the seconds
 * passed since the last call, however many items are queued.
 */
export class DueQueue<T> {
  readonly #buckets = new Map<number, Set<T>>();
  readonly #seconds = new Map<T, number>();
  /** No bucket is earlier than this. */
  #earliest = Infinity;

  /** The number of queued items. */
  get size(): number {
    return this.#seconds.size;
  }

  /** The second `item` is queued for; `undefined` if it is not queued. */
  secondOf(item: T): number | undefined {
    return this.#seconds.get(item);
  }

  /** Queues `item` for a whole second, moving it if it is already queued. */
  set(item: T, second: number): void {
    this.delete(item);
    this.#seconds.set(item, second);
    const bucket = this.#buckets.get(second);
    if (bucket === undefined) this.#buckets.set(second, new Set([item]));
    else bucket.add(item);
    this.#earliest = Math.min(this.#earliest, second);
  }

  /** Removes `item`, if it is queued. */
  delete(item: T): void {
    const second = this.#seconds.get(item);
    if (second === undefined) return;
    this.#seconds.delete(item);
    const bucket = this.#buckets.get(second);
    bucket?.delete(item);
    if (bucket?.size === 0) this.#buckets.delete(second);
  }

  /** Removes and returns every item queued for `second` or earlier, earliest first. */
  take(second: number): Due<T>[] {
    const due: Due<T>[] = [];
    for (const key of this.#secondsUpTo(second)) {
      for (const item of this.#buckets.get(key) ?? []) {
        this.#seconds.delete(item);
        due.push({ item, second: key });
      }
      this.#buckets.delete(key);
    }
    this.#earliest = Math.max(this.#earliest, second + 1);
    return due;
  }

  #secondsUpTo(second: number): number[] {
    // Usually a single second. After a clock jump there may be fewer buckets than seconds.
    const count = second - this.#earliest + 1;
    if (count <= 0 || this.#buckets.size === 0) return [];
    if (count <= this.#buckets.size) {
      return Array.from({ length: count }, (_, n) => this.#earliest + n);
    }
    return [...this.#buckets.keys()].filter((key) => key <= second).sort((a, b) => a - b);
  }
}
