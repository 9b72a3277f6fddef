/**
 * Tells the time in microseconds, and never the same twice: two values of one path with one time would be one value to
 * the backend. As clocks have milliseconds, what is below is drawn at random, so that this holds after the clock was set
 * back by whole hours, too.
 */
export class HandoverClock {
  readonly #now: () => number;
  readonly #random: () => number;
  #last = 0;

  /** Makes a clock from one that tells milliseconds. */
  constructor(now: () => number, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Microseconds since 1970. */
  now(): number {
    const now = Math.floor(this.#now()) * 1000 + Math.floor(this.#random() * 1000);
    // Only within the same few milliseconds: a clock that was set back is believed.
    this.#last = this.#last >= now && this.#last - now < 10_000 ? this.#last + 1 : now;
    return this.#last;
  }
}
