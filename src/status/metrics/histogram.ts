/** The observations of one label value. */
export interface Distribution {
  /** How many observations are in each bucket, not cumulative; the last one is for those above all bounds. */
  readonly counts: Float64Array;
  /** The sum of all observations. */
  sum: number;
}

/** Counts observations in buckets. An observation allocates nothing, as there may be thousands a second. */
export class Histogram {
  /** The upper bounds of the buckets, inclusive, in ascending order. */
  readonly bounds: readonly number[];
  /** Is passed each observation too. */
  listener: ((value: number, label: string) => void) | undefined;
  readonly #distributions = new Map<string, Distribution>();

  /**
   * Constructs a new instance.
   *
   * @param bounds The upper bounds of the buckets, inclusive, in ascending order.
   * @param labels The label values that are known from the start. @default one without a label
   */
  constructor(bounds: readonly number[], labels: readonly string[] = [""]) {
    this.bounds = bounds;
    for (const label of labels) this.#add(label);
  }

  /** Counts an observation. */
  observe(value: number, label = ""): void {
    const distribution = this.#distributions.get(label) ?? this.#add(label);
    const { counts } = distribution;
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    counts[bucket]!++;
    distribution.sum += value;
    this.listener?.(value, label);
  }

  /** The observations by label value. */
  get distributions(): ReadonlyMap<string, Readonly<Distribution>> {
    return this.#distributions;
  }

  #add(label: string): Distribution {
    const distribution = { counts: new Float64Array(this.bounds.length + 1), sum: 0 };
    this.#distributions.set(label, distribution);
    return distribution;
  }
}
