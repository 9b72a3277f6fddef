interface Waiter {
  readonly enter: () => void;
  readonly giveUp: (reason: unknown) => void;
  hasGone: boolean;
}

// Below this it is not worth while to move the rest of a queue to its start.
const COMPACT_FROM = 1024;

/** Lets only so many pass at a time; the others wait in the order in which they came. */
export class Limiter {
  #free: number;
  #waiting: Waiter[] = [];
  #head = 0;
  /** Who waits with which signal: thousands of listeners on one signal would take longer and longer to add and remove. */
  readonly #bySignal = new Map<AbortSignal, { waiters: Set<Waiter>; abort: () => void }>();

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
      const waiter: Waiter = {
        enter: () => {
          if (signal) this.#unwatch(signal, waiter);
          resolve();
        },
        giveUp: reject,
        hasGone: false,
      };
      this.#waiting.push(waiter);
      if (signal) this.#watch(signal, waiter);
    });
  }

  #leave(): void {
    while (this.#head < this.#waiting.length) {
      const next = this.#waiting[this.#head++]!;
      if (this.#head > COMPACT_FROM && this.#head * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      if (next.hasGone) continue;
      next.enter();
      return;
    }
    this.#free++;
  }

  #watch(signal: AbortSignal, waiter: Waiter): void {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) {
      known.waiters.add(waiter);
      return;
    }
    const waiters = new Set([waiter]);
    const abort = () => {
      this.#bySignal.delete(signal);
      for (const each of waiters) {
        each.hasGone = true;
        each.giveUp(signal.reason);
      }
    };
    this.#bySignal.set(signal, { waiters, abort });
    signal.addEventListener("abort", abort, { once: true });
  }

  #unwatch(signal: AbortSignal, waiter: Waiter): void {
    const known = this.#bySignal.get(signal);
    if (known === undefined) return;
    known.waiters.delete(waiter);
    if (known.waiters.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener("abort", known.abort);
  }
}
