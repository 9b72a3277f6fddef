import type { Work } from "./exchange.ts";

/** How long the sandbox takes for what it does. The real backend's cost is about `{ requestMs: 30, valueMs: 0.4 }`. */
export interface Cost {
  /** Milliseconds for each request. @default 0 */
  readonly requestMs?: number;
  /** Milliseconds for each value. @default 0 */
  readonly valueMs?: number;
  /** Milliseconds for each path that is new, besides. @default 0 */
  readonly newPathMs?: number;
}

/** Waits; ends early, with the reason of the signal, when that aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** Never resolves; rejects with the reason of the signal when that aborts. */
export function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Workers that do one request at a time each, taking as long as it costs. */
export class Pace {
  readonly #cost: Required<Cost>;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Makes idle workers. */
  constructor(cost: Cost, workers: number) {
    this.#cost = { requestMs: 0, valueMs: 0, newPathMs: 0, ...cost };
    this.#free = workers;
  }

  /**
   * Does a piece of work on the next free worker.
   *
   * As on the real backend, a client that goes away does not end the work that has begun.
   */
  async run<T>(counted: Work, work: () => Promise<T>): Promise<T> {
    const { requestMs, valueMs, newPathMs } = this.#cost;
    // Without a cost nothing takes time, and there is nothing to queue for.
    if (requestMs + valueMs + newPathMs === 0) return await work();
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const result = await work();
      const ms = requestMs + counted.values * valueMs + counted.newPaths * newPathMs;
      await new Promise((done) => setTimeout(done, ms));
      return result;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
