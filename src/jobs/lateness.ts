/** The lateness of the last runs, in seconds; all 0 while there was none. */
export interface LatenessSummary {
  /** Half of the runs were not later than this. */
  readonly p50: number;
  /** All but one in a hundred were not later than this. */
  readonly p99: number;
  /** The latest. */
  readonly max: number;
}

/** Remembers the lateness of the last runs in a fixed amount of memory. */
export class Lateness {
  readonly #samples: Float64Array;
  #count = 0;

  /**
   * Makes one that has seen nothing.
   *
   * @param capacity How many runs are remembered.
   */
  constructor(capacity = 10_000) {
    this.#samples = new Float64Array(capacity);
  }

  /** Remembers the lateness of one run, in seconds, in the place of the oldest where there is no room. */
  add(seconds: number): void {
    this.#samples[this.#count++ % this.#samples.length] = seconds;
  }

  /** Sums up what is remembered. */
  summary(): LatenessSummary {
    const sorted = this.#samples.slice(0, Math.min(this.#count, this.#samples.length)).sort();
    return {
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1),
    };
  }
}

/** The smallest of the ascending numbers that a `share` (0 to 1) of them does not exceed; 0 if there are none. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * ascending.length));
  return ascending[rank - 1] ?? 0;
}
