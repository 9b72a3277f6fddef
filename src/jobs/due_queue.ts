/** Something whose time has come. */
export interface Due<T> {
  /** What was put in. */
  readonly item: T;
  /** The second that it was put in for. */
  readonly second: number;
}

/**
 * Holds things until their second has come, in one bucket per second that anything is waiting for. What a look costs
 * depends on what is due and on the seconds that have passed, never on how many are waiting.
 */
export class DueQueue<T> {
  readonly #buckets = new Map<number, Set<T>>();
  readonly #seconds = new Map<T, number>();
  /** No bucket is earlier than this. */
  #earliest = Infinity;

  /** How many things are waiting. */
  get size(): number {
    return this.#seconds.size;
  }

  /** The second that `item` is waiting for; `undefined` if it is not here. */
  secondOf(item: T): number | undefined {
    return this.#seconds.get(item);
  }

  /** Puts `item` in for a whole second, or moves it there. */
  set(item: T, second: number): void {
    this.delete(item);
    this.#seconds.set(item, second);
    const bucket = this.#buckets.get(second);
    if (bucket === undefined) this.#buckets.set(second, new Set([item]));
    else bucket.add(item);
    this.#earliest = Math.min(this.#earliest, second);
  }

  /** Takes `item` out; does nothing if it is not here. */
  delete(item: T): void {
    const second = this.#seconds.get(item);
    if (second === undefined) return;
    this.#seconds.delete(item);
    const bucket = this.#buckets.get(second);
    bucket?.delete(item);
    if (bucket?.size === 0) this.#buckets.delete(second);
  }

  /** Takes out everything that is waiting for `second` or an earlier one, the earliest first. */
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
    // Normally this is one second. After a jump of the clock, fewer buckets than seconds may have to be looked at.
    const count = second - this.#earliest + 1;
    if (count <= 0 || this.#buckets.size === 0) return [];
    if (count <= this.#buckets.size) {
      return Array.from({ length: count }, (_, n) => this.#earliest + n);
    }
    return [...this.#buckets.keys()].filter((key) => key <= second).sort((a, b) => a - b);
  }
}
