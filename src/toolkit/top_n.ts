/** One of the largest sums of a {@linkcode TopN}. */
export interface TopEntry<Key> {
  /** The key. */
  readonly key: Key;
  /** The sum. Exact if the table has never overflowed, or else too large by at most {@linkcode TopN.error}. */
  readonly sum: number;
}

/** The contents of a {@linkcode TopN} as plain data, to store and restore it. */
export interface TopNState<Key> {
  /** The maximum error of a sum. */
  readonly error: number;
  /** The keys and their sums. */
  readonly entries: readonly (readonly [Key, number])[];
}

/**
 * Sums up amounts by key and returns the largest sums, in a table of bounded size. Exact for up to `capacity` keys. Beyond
 * that, small sums are forgotten (the Misra-Gries algorithm, in batches), so that a flood of addresses, names or ports
 * costs accuracy but never memory.
 *
 * After an overflow, a sum is too large by at most {@linkcode TopN.error}, which never exceeds 2 / `capacity` of the total
 * amount, and no key with a sum above that is missing. Keys that were always among the large ones stay exact.
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
 * assertEquals(bytes.top(1), [{ key: "10.0.0.1", sum: 2000 }]);
 * ```
 */
export class TopN<Key extends string | number> {
  /** The maximum number of keys. */
  readonly capacity: number;
  // Each sum includes the error at the time its key was added, which is what may have been forgotten of it.
  readonly #sums = new Map<Key, number>();
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

  /** The maximum error of a sum; 0 as long as all sums are exact. */
  get error(): number {
    return this.#error;
  }

  /**
   * Adds an amount to the sum of a key.
   *
   * @throws {RangeError} If `amount` is negative or not finite.
   */
  add(key: Key, amount: number): void {
    if (!(Number.isFinite(amount) && amount >= 0)) {
      throw new RangeError(
        `Cannot add ${amount} to the sum of "${key}": expected a finite number, 0 or more`,
      );
    }
    const sum = this.#sums.get(key);
    if (sum !== undefined) {
      this.#sums.set(key, sum + amount);
    } else {
      this.#sums.set(key, this.#error + amount);
      if (this.#sums.size > this.capacity) this.#forgetSmall();
    }
  }

  /** Adds all sums of another table. */
  merge(other: TopN<Key>): void {
    if (other.#error > 0) {
      // Any of these keys may have been forgotten by the other table.
      for (const [key, sum] of this.#sums) this.#sums.set(key, sum + other.#error);
      this.#error += other.#error;
    }
    for (const [key, sum] of other.#sums) this.add(key, sum - other.#error);
  }

  /** Returns the `n` largest sums, largest first. Equal sums are in the order in which their keys were added. */
  top(n: number): TopEntry<Key>[] {
    return [...this.#sums]
      .sort(([, a], [, b]) => b - a)
      .slice(0, n)
      .map(([key, sum]) => ({ key, sum }));
  }

  /** Returns the contents as plain data. */
  toJSON(): TopNState<Key> {
    return { error: this.#error, entries: [...this.#sums] };
  }

  /**
   * Creates a table from the result of {@linkcode TopN.toJSON}, possibly with a different capacity.
   *
   * @throws {RangeError} If the error or a sum is negative or not finite.
   */
  static from<Key extends string | number>(state: TopNState<Key>, capacity: number): TopN<Key> {
    const table = new TopN<Key>(capacity);
    if (!(Number.isFinite(state.error) && state.error >= 0)) {
      throw new RangeError(
        `Cannot restore the sums with an error of ${state.error}: expected a finite number, 0 or more`,
      );
    }
    table.#error = state.error;
    for (const [key, sum] of state.entries) table.add(key, sum - state.error);
    return table;
  }

  // Forgets half of the table at a time, for a constant amortized cost. A key that comes back may have had a sum as
  // large as the largest one forgotten.
  #forgetSmall(): void {
    const sums = Float64Array.from(this.#sums.values()).sort();
    this.#error = sums[sums.length - 1 - (this.capacity >> 1)]!;
    for (const [key, sum] of this.#sums) if (sum <= this.#error) this.#sums.delete(key);
  }
}
