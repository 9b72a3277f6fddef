/** Options for {@linkcode CounterRate}. */
export interface CounterRateOptions {
  /**
   * How long a reading is kept, in seconds. It must exceed the longest interval at which a counter is read, or that
   * counter never has a previous reading.
   *
   * @default 172_800 (two days)
   */
  readonly forgetAfter?: number | undefined;
  /**
   * The maximum number of counters to keep. Beyond that, the least recently read ones are forgotten.
   *
   * @default 1_000_000
   */
  readonly maxCounters?: number | undefined;
}

/**
 * The result of reading a counter: its rate per second, or the reason why there is none.
 *
 * - `"first"`: there is no previous reading.
 * - `"went back"`: the counter is lower than before. It was reset or has wrapped around; the two cannot be told apart, and
 *   a wrong guess would show a peak that never was.
 * - `"no time passed"`: the previous reading is not older, because the clock was set back or did not move.
 */
export type CounterReading =
  | { readonly perSecond: number; readonly reason?: undefined }
  | {
    readonly perSecond?: undefined;
    readonly reason: "first" | "went back" | "no time passed";
  };

interface Previous {
  readonly count: number | bigint;
  readonly at: number;
}

/**
 * Computes the rate of counters, such as the bytes received by an interface, from consecutive readings.
 *
 * Whole counts are compared exactly, up to 64 bits and beyond, if they are given as a `bigint`: a double cannot represent
 * what a fast interface counts in a year. Counts with decimals, such as the kWh of a meter, have the 15 digits of a double.
 * Memory is bounded by number and age; see {@linkcode CounterRateOptions}.
 *
 * @example
 * ```ts
 * import { CounterRate } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const rates = new CounterRate();
 * assertEquals(rates.read("eth0.in", 1_000n, 60), { reason: "first" });
 * assertEquals(rates.read("eth0.in", 7_000n, 120), { perSecond: 100 });
 * assertEquals(rates.read("eth0.in", 5n, 180), { reason: "went back" });
 * ```
 */
export class CounterRate {
  readonly #forgetAfter: number;
  readonly #maxCounters: number;
  // Least recently read first.
  readonly #previous = new Map<string, Previous>();
  /** No reading is too old before this time. */
  #forgetAt = -Infinity;

  /**
   * Constructs a new instance without readings.
   *
   * @throws {RangeError} If an option is not above 0.
   */
  constructor(options: CounterRateOptions = {}) {
    this.#forgetAfter = above0("forgetAfter", options.forgetAfter ?? 172_800);
    this.#maxCounters = above0("maxCounters", options.maxCounters ?? 1_000_000);
  }

  /** The number of counters kept. */
  get size(): number {
    return this.#previous.size;
  }

  /**
   * Records a reading and returns the rate since the previous one.
   *
   * @param key The name of the counter, unique in this instance.
   * @param count The current count.
   * @param at The time of the reading, in seconds on any clock, the same for all readings.
   * @returns The increase per second since the previous reading, or why there is none.
   * @throws {RangeError} If `count` or `at` is not finite.
   */
  read(key: string, count: number | bigint, at: number): CounterReading {
    if (!Number.isFinite(at)) {
      throw new RangeError(
        `Cannot take a reading at "${at}": expected a number of seconds`,
      );
    }
    if (typeof count === "number" && !Number.isFinite(count)) {
      throw new RangeError(`Cannot use "${count}" as the count of "${key}": expected a number`);
    }
    const current: Previous = { count, at };
    const previous = this.#previous.get(key);
    this.#previous.delete(key);
    this.#previous.set(key, current);
    this.#forget(at);
    if (previous === undefined || at - previous.at > this.#forgetAfter) return { reason: "first" };
    if (at <= previous.at) return { reason: "no time passed" };
    if (count < previous.count) return { reason: "went back" };
    return { perSecond: increaseOf(count, previous.count) / (at - previous.at) };
  }

  // Not at each reading: a map starts its iteration with the places of all keys that have moved to its end.
  #forget(now: number): void {
    if (this.#previous.size <= this.#maxCounters && now <= this.#forgetAt) return;
    for (const [key, { at }] of this.#previous) {
      this.#forgetAt = at + this.#forgetAfter;
      if (this.#previous.size <= this.#maxCounters && now <= this.#forgetAt) return;
      this.#previous.delete(key);
    }
  }
}

function increaseOf(count: number | bigint, previous: number | bigint): number {
  return isWhole(count) && isWhole(previous)
    ? Number(BigInt(count) - BigInt(previous))
    : Number(count) - Number(previous);
}

function isWhole(count: number | bigint): boolean {
  return typeof count === "bigint" || Number.isInteger(count);
}

function above0(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot use "${value}" as ${name}: expected a number above 0`);
}
