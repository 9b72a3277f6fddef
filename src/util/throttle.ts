/** Lets so many things pass in a stretch of time, and counts the others. */
export class Throttle {
  readonly #most: number;
  readonly #stretchMs: number;
  readonly #now: () => number;
  #start = -Infinity;
  #passed = 0;
  #held = 0;

  /**
   * Makes a throttle.
   *
   * @param most How many pass in a stretch.
   * @param stretchMs How long a stretch is, in milliseconds.
   * @param now Milliseconds, by any clock.
   */
  constructor(most: number, stretchMs: number, now: () => number) {
    this.#most = most;
    this.#stretchMs = stretchMs;
    this.#now = now;
  }

  /** Whether one more may pass: if so, how many were held back since the last that passed. */
  pass(): number | undefined {
    const now = this.#now();
    if (now - this.#start >= this.#stretchMs) {
      this.#start = now;
      this.#passed = 0;
    }
    if (this.#passed >= this.#most) {
      this.#held++;
      return undefined;
    }
    this.#passed++;
    const held = this.#held;
    this.#held = 0;
    return held;
  }
}
