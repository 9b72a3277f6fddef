/**
 * The time that values carry.
 *
 * @module
 */

/**
 * Tells the time in microseconds, and never the same twice in a row: two values of one path with one time would be one
 * value to the backend.
 */
export class HandoverClock {
  readonly #now: () => number;
  #last = 0;

  /** Makes a clock from one that tells milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Microseconds since 1970. */
  now(): number {
    const now = Math.round(this.#now() * 1000);
    // Only within the same few milliseconds: a clock that was set back is believed.
    this.#last = this.#last >= now && this.#last - now < 10_000 ? this.#last + 1 : now;
    return this.#last;
  }
}
