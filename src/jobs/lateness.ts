/** How much later than their slots the last runs started, in seconds. All values are 0 before the first run. */
export interface LatenessSummary {
  /** The median. */
  readonly p50: number;
  /** The 99th percentile. */
  readonly p99: number;
  /** The maximum. */
  readonly max: number;
}

/** Keeps the lateness of the last runs in a fixed amount of memory. */
export class Lateness {
  readonly #samples: Float64Array;
  #count = 0;

  /**
   * Constructs a new instance.
   *
   * @param capacity The number of runs to keep.
   */
  constructor(capacity = 10_000) {
    this.#samples = new Float64Array(capacity);
  }

  /** Records the lateness of one run, in seconds, replacing the oldest when full. */
  add(seconds: number): void {
    this.#samples[this.#count++ % this.#samples.length] = seconds;
  }

  /** Summarizes the recorded runs. */
  summary(): LatenessSummary {
    const sorted = this.#samples.slice(0, Math.min(this.#count, this.#samples.length)).sort();
    return {
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1),
    };
  }
}

// Nearest rank, so the result is always one of the samples.
function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.ceil(share * ascending.length) - 1] ?? 0;
}
