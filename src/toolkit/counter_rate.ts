/** What {@linkcode CounterRate} can be told. */
export interface CounterRateOptions {
  /**
   * How long a reading is remembered, in seconds. Longer than the longest interval at which a counter is read, or that
   * counter never has a previous reading.
   *
   * @default 172_800 (two days)
   */
  readonly forgetAfter?: number | undefined;
  /**
   * How many counters are remembered; of more than that, those not read for longest are forgotten first.
   *
   * @default 1_000_000
   */
  readonly maxCounters?: number | undefined;
}

/**
 * What one reading of a counter tells: its rate, or why there is none.
 *
 * - `"first"`: there is no previous reading.
 * - `"went back"`: the counter is lower than before: it started again, or has passed its end. Which of the two cannot be
 *   known, and a wrong guess would be a peak of gigabits that never were.
 * - `"no time passed"`: the previous reading is not older, because the clock was set back or did not move.
 */
export type CounterReading =
  | { readonly perSecond: number; readonly reason?: undefined }
  | {
    readonly perSecond?: undefined;
    readonly reason: "first" | "went back" | "no time passed";
  };

interface Previous {
  readonly count: bigint;
  readonly at: number;
}

/**
 * Remembers the last reading of each counter, and says by how much per second it has grown since.
 *
 * Counts are compared exactly, whether they are of 32 or 64 bits: a double alone cannot hold what a fast interface
 * counts in a year. Memory is bounded in number and in time, see {@linkcode CounterRateOptions}.
 *
 * @example
 * ```ts
 * import { CounterRate } from "@grafolean/collector";
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
  // In the order of their last reading, the oldest first: Map keeps the order in which keys are set.
  readonly #previous = new Map<string, Previous>();

  /**
   * Makes a memory of counters; it holds nothing yet.
   *
   * @throws {RangeError} If an option is not above 0.
   */
  constructor(options: CounterRateOptions = {}) {
    this.#forgetAfter = above0("forgetAfter", options.forgetAfter ?? 172_800);
    this.#maxCounters = above0("maxCounters", options.maxCounters ?? 1_000_000);
  }

  /** How many counters are remembered. */
  get size(): number {
    return this.#previous.size;
  }

  /**
   * Takes a reading.
   *
   * @param key Names the counter: what is read, and where.
   * @param count What it shows.
   * @param at When it was read, in seconds since any moment that is the same for all readings.
   * @returns The growth per second since the previous reading, or why there is none.
   * @throws {RangeError} If `count` or `at` is not a number, or `count` is not whole.
   */
  read(key: string, count: number | bigint, at: number): CounterReading {
    if (!Number.isFinite(at)) {
      throw new RangeError(
        `Cannot take a reading at "${at}": the time must be a number of seconds`,
      );
    }
    const current: Previous = { count: BigInt(count), at };
    const previous = this.#previous.get(key);
    this.#previous.delete(key);
    this.#previous.set(key, current);
    this.#forget(at);
    if (previous === undefined || at - previous.at > this.#forgetAfter) return { reason: "first" };
    if (at <= previous.at) return { reason: "no time passed" };
    if (current.count < previous.count) return { reason: "went back" };
    return { perSecond: Number(current.count - previous.count) / (at - previous.at) };
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#previous) {
      if (this.#previous.size <= this.#maxCounters && now - at <= this.#forgetAfter) return;
      this.#previous.delete(key);
    }
  }
}

function above0(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot use "${value}" as ${name}: expected a number above 0`);
}
