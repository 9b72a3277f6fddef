/** One of the largest sums that a {@linkcode TopN} knows. */
export interface TopEntry<Key> {
  /** What the sum belongs to. */
  readonly key: Key;
  /** The sum: exact while the table never overflowed, else too large by at most {@linkcode TopN.error}. */
  readonly sum: number;
}

/** The content of a {@linkcode TopN} as plain data, for a snapshot. */
export interface TopNState<Key> {
  /** The most that a sum can be wrong by. */
  readonly error: number;
  /** Keys and their sums. */
  readonly entries: readonly (readonly [Key, number])[];
}

/**
 * Adds amounts up by key and tells the largest sums, in a table of bounded size. While no more than `capacity` keys
 * have been seen everything is exact; beyond that the small ones are forgotten (the algorithm of Misra and Gries, in
 * batches), so that a flood of addresses, names or ports costs accuracy and never memory.
 *
 * What is guaranteed after an overflow: a sum is wrong by at most {@linkcode TopN.error}, which never exceeds two
 * `capacity`-ths of all that was added, and a key with a larger sum than that is never missing. Keys that were among
 * the large ones all the time stay exact.
 *
 * Sums are exact as long as they are whole numbers below 2^53.
 *
 * @example
 * ```ts
 * import { TopN } from "@grafolean/collector";
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
  /** How many keys are kept at most. */
  readonly capacity: number;
  // Each sum has the error added to it that there was when its key came in: what the key may have had before.
  readonly #sums = new Map<Key, number>();
  #error = 0;

  /**
   * Makes an empty table.
   *
   * @param capacity How many keys to keep at most: 100 times as many as will be asked for is a good choice.
   * @throws {RangeError} If `capacity` is not a whole number of at least 2.
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 2) {
      throw new RangeError(
        `Cannot keep the largest sums as the capacity is ${capacity}: use a whole number of at least 2`,
      );
    }
    this.capacity = capacity;
  }

  /** How many keys are kept at the moment. */
  get size(): number {
    return this.#sums.size;
  }

  /** The most that a sum can be wrong by; 0 as long as everything is exact. */
  get error(): number {
    return this.#error;
  }

  /**
   * Adds an amount to the sum of a key.
   *
   * @throws {RangeError} If `amount` is negative or not finite, which nothing could be promised about.
   */
  add(key: Key, amount: number): void {
    if (!(Number.isFinite(amount) && amount >= 0)) {
      throw new RangeError(
        `Cannot add ${amount} to the sum of "${key}": use a number that is finite and not below 0`,
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

  /** Adds everything that another table knows, as if it had been added here. */
  merge(other: TopN<Key>): void {
    if (other.#error > 0) {
      // Any key here may have been forgotten there.
      for (const [key, sum] of this.#sums) this.#sums.set(key, sum + other.#error);
      this.#error += other.#error;
    }
    for (const [key, sum] of other.#sums) this.add(key, sum - other.#error);
  }

  /** The `n` largest sums, largest first; of equal ones first the key that was seen first. */
  top(n: number): TopEntry<Key>[] {
    return [...this.#sums]
      .sort(([, a], [, b]) => b - a)
      .slice(0, n)
      .map(([key, sum]) => ({ key, sum }));
  }

  /** The content as plain data. */
  toJSON(): TopNState<Key> {
    return { error: this.#error, entries: [...this.#sums] };
  }

  /**
   * Makes a table from what {@linkcode TopN.toJSON} returned, possibly with another capacity.
   *
   * @throws {RangeError} If the data has amounts that are negative or not finite.
   */
  static from<Key extends string | number>(state: TopNState<Key>, capacity: number): TopN<Key> {
    const table = new TopN<Key>(capacity);
    if (!(Number.isFinite(state.error) && state.error >= 0)) {
      throw new RangeError(`Cannot restore the largest sums as their error is ${state.error}`);
    }
    table.#error = state.error;
    for (const [key, sum] of state.entries) table.add(key, sum - state.error);
    return table;
  }

  // Forgets half of the table at a time, which makes the price of one addition constant. A key that comes back may have
  // had as much before as the largest that was forgotten.
  #forgetSmall(): void {
    const sums = Float64Array.from(this.#sums.values()).sort();
    this.#error = sums[sums.length - 1 - (this.capacity >> 1)]!;
    for (const [key, sum] of this.#sums) if (sum <= this.#error) this.#sums.delete(key);
  }
}
