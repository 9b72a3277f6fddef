/**
 * Keeps the number of things that happen at once below a limit.
 *
 * @module
 */

/** Lets only so many pass at a time; the others wait in the order in which they came. */
export class Limiter {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * Makes a limiter with so many places.
   *
   * @throws {RangeError} If `places` is not a whole number above 0: nothing would ever pass.
   */
  constructor(places: number) {
    if (!Number.isInteger(places) || places < 1) {
      throw new RangeError(
        `Cannot let ${places} requests pass at once: expected a whole number above 0`,
      );
    }
    this.#free = places;
  }

  /**
   * Runs a function as soon as a place is free.
   *
   * @throws The reason of `signal` if it aborts while waiting, and whatever the function throws.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
