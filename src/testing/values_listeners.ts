import type { StoredValue } from "./backend/value_table.ts";

/** Hears of values as they are stored; those of one page of a request come together. */
export type ValuesListener = (values: readonly StoredValue[]) => void;

/** The listeners of one sandbox. */
export class Arrivals {
  readonly #listeners = new Set<ValuesListener>();

  /** Adds a listener; what is returned removes it. */
  listen(listener: ValuesListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells all listeners. */
  readonly notify: ValuesListener = (values): void => {
    for (const listener of [...this.#listeners]) listener(values);
  };

  /**
   * Waits until `enough` says so; it is asked at once and after every arrival.
   *
   * @throws {Error} With `message()` after `timeoutMs` milliseconds.
   */
  until(enough: () => boolean, timeoutMs: number, message: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (enough()) {
        resolve();
        return;
      }
      const timer = setTimeout(() => {
        stop();
        reject(new Error(message()));
      }, timeoutMs);
      const stop = this.listen(() => {
        if (!enough()) return;
        clearTimeout(timer);
        stop();
        resolve();
      });
    });
  }
}
