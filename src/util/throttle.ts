/** Lets a limited number of events pass per time window and counts the others. */
export class Throttle {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #windowStart = -Infinity;
  #passed = 0;
  #suppressed = 0;

  /**
   * Constructs a new instance.
   *
   * @param limit How many events pass per window.
   * @param windowMs The length of a window, in milliseconds.
   * @param now Returns the time in milliseconds, by any clock.
   */
  constructor(limit: number, windowMs: number, now: () => number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Returns how many events were suppressed since the last one that passed; `undefined` if this one is suppressed. */
  pass(): number | undefined {
    const now = this.#now();
    if (now - this.#windowStart >= this.#windowMs) {
      this.#windowStart = now;
      this.#passed = 0;
    }
    if (this.#passed >= this.#limit) {
      this.#suppressed++;
      return undefined;
    }
    this.#passed++;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
