/** One of the largest sums of a {@linkcode TopN}. */
export interface TopEntry<Key> {
  /** The key. */
  readonly key: Key;
  /** The sum that is certain. Exact if `error` is 0. */
  readonly sum: number;
  /** By how much the true sum may be larger. */
  readonly error: number;
}

/** The contents of a {@linkcode TopN} as plain data, to store and restore it. */
export interface TopNState<Key> {
  /** The largest sum that may have been forgotten. */
  readonly error: number;
  /** The keys, their sums and their errors. Until 0.1.0 there was no error, and sums were too large by up to `error`. */
  readonly entries: readonly (readonly [key: Key, sum: number, error?: number])[];
}

/**
 * Sums up amounts by key and returns the largest sums, in a table of bounded size. Exact for up to `capacity` keys. Beyond
 * that, small sums are forgotten (the Misra-Gries algorithm, in batches), so that a flood of addresses, names or ports
 * costs accuracy but never memory.
 *
 * A sum is never larger than the true one. After an overflow, it may be smaller by its `error`: what may have been
 * forgotten before its key was added (again). No key is missing whose true sum is above {@linkcode TopN.error}, which
 * never exceeds 2 / `capacity` of the total amount. Keys that were always among the large ones stay exact.
 *
 * Sums are exact as long as they are whole numbers below 2^53.
 *
 * @typeParam Key The type of the keys.
 *
 * @example
 * ```ts
 * import { TopN } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TopN<string>(1000);
 * bytes.add("10.0.0.1", 1500);
 * bytes.add("10.0.0.2", 40);
 * bytes.add("10.0.0.1", 500);
 * assertEquals(bytes.top(1), [{ key: "10.0.0.1", sum: 2000, error: 0 }]);
 * ```
 */
export class TopN<Key extends string | number> {
  /** The maximum number of keys. */
  readonly capacity: number;
  readonly #sums = new Map<Key, { sum: number; readonly error: number }>();
  #error = 0;

  /**
   * Constructs a new, empty instance.
   *
   * @param capacity The maximum number of keys. 100 times the number of sums to be returned is a good choice.
   * @throws {RangeError} If `capacity` is not a whole number of at least 2.
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 2) {
      throw new RangeError(
        `Cannot use a capacity of ${capacity}: expected a whole number of at least 2`,
      );
    }
    this.capacity = capacity;
  }

  /** The current number of keys. */
  get size(): number {
    return this.#sums.size;
  }

  /** The largest true sum that a missing key may have; 0 as long as all sums are exact. */
  get error(): number {
    return this.#error;
  }

  /**
   * Adds an amount to the sum of a key.
   *
   * @throws {RangeError} If `amount` is negative or not finite.
   */
  add(key: Key, amount: number): void {
    const entry = this.#sums.get(key);
    if (entry !== undefined) entry.sum += valid(amount, key);
    else this.#insert(key, valid(amount, key), this.#error);
  }

  /** Adds all sums of another table. */
  merge(other: TopN<Key>): void {
    if (other.#error > 0) {
      // Any of these keys may have been forgotten by the other table.
      for (const [key, { sum, error }] of this.#sums) {
        this.#sums.set(key, { sum, error: error + other.#error });
      }
      this.#error += other.#error;
    }
    for (const [key, { sum, error }] of other.#sums) {
      const entry = this.#sums.get(key);
      // The other table has not forgotten this key, but `#error` includes that it might have.
      const more = error - other.#error;
      if (entry === undefined) this.#insert(key, sum, this.#error + more);
      else this.#sums.set(key, { sum: entry.sum + sum, error: entry.error + more });
    }
  }

  /** Returns the `n` largest sums, largest first. Equal sums are in the order in which their keys were added. */
  top(n: number): TopEntry<Key>[] {
    return [...this.#sums]
      .sort(([, a], [, b]) => b.sum - a.sum)
      .slice(0, n)
      .map(([key, { sum, error }]) => ({ key, sum, error }));
  }

  /** Returns the contents as plain data. */
  toJSON(): TopNState<Key> {
    return {
      error: this.#error,
      entries: Array.from(this.#sums, ([key, { sum, error }]) => [key, sum, error] as const),
    };
  }

  /**
   * Creates a table from the result of {@linkcode TopN.toJSON}, possibly with a different capacity. What version 0.1.0
   * stored can be read as well.
   *
   * @throws {RangeError} If an error or a sum is negative or not finite.
   */
  static from<Key extends string | number>(state: TopNState<Key>, capacity: number): TopN<Key> {
    const table = new TopN<Key>(capacity);
    table.#error = valid(state.error, "error");
    for (const [key, sum, error] of state.entries) {
      const unsure = error ?? Math.min(state.error, valid(sum, key));
      const certain = error === undefined ? sum - unsure : sum;
      table.#insert(key, valid(certain, key), valid(unsure, key));
    }
    return table;
  }

  #insert(key: Key, sum: number, error: number): void {
    this.#sums.set(key, { sum, error });
    if (this.#sums.size > this.capacity) this.#forgetSmall();
  }

  // Forgets half of the table at a time, for a constant amortized cost. A key that comes back may have had a sum as
  // large as the largest one forgotten. Of equal sums some stay, as otherwise flat amounts would empty the table.
  #forgetSmall(): void {
    const keep = this.capacity >> 1;
    const sums = Float64Array.from(this.#sums.values(), ({ sum, error }) => sum + error).sort();
    const largest = this.#error = sums[sums.length - 1 - keep]!;
    let spare = keep - (sums.length - 1 - sums.lastIndexOf(largest));
    for (const [key, { sum, error }] of this.#sums) {
      const most = sum + error;
      if (most < largest || (most === largest && spare-- <= 0)) this.#sums.delete(key);
    }
  }
}

function valid(amount: number, key: string | number): number {
  if (!(Number.isFinite(amount) && amount >= 0)) {
    throw new RangeError(
      `Cannot add ${amount} to the sum of "${key}": expected a finite number, 0 or more`,
    );
  }
  return amount;
}
