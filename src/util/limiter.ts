interface Waiter {
  readonly enter: () => void;
  readonly cancel: (reason: unknown) => void;
  isCancelled: boolean;
}

// Moving the rest of a shorter queue to its start is not worth the effort.
const COMPACT_FROM = 1024;

/** Limits how many functions run at a time. The others wait, first come, first served. */
export class Limiter {
  #free: number;
  #waiting: Waiter[] = [];
  #head = 0;
  /** Waiters by signal: one listener for all, since adding and removing takes longer the more listeners a signal has. */
  readonly #bySignal = new Map<AbortSignal, { waiters: Set<Waiter>; abort: () => void }>();

  /**
   * Constructs a new instance.
   *
   * @param limit How many functions may run at a time.
   * @throws {RangeError} If `limit` is not a whole number above 0.
   */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`Cannot limit concurrency to ${limit}: expected a whole number above 0`);
    }
    this.#free = limit;
  }

  /**
   * Runs a function once fewer than the limit are running.
   *
   * @throws What the function throws, and the reason of `signal` if that aborts before the function runs.
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
        cancel: reject,
        isCancelled: false,
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
      if (next.isCancelled) continue;
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
        each.isCancelled = true;
        each.cancel(signal.reason);
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
