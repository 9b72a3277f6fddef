import type { StoredValue } from "./backend/value_table.ts";

/** Called with values as they are stored, up to 100 of one request at once. */
export type ValuesListener = (values: readonly StoredValue[]) => void;

/** The listeners of one sandbox. */
export class ValuesListeners {
  readonly #listeners = new Set<ValuesListener>();

  /** Adds a listener and returns a function that removes it. */
  add(listener: ValuesListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  readonly notify: ValuesListener = (values): void => {
    for (const listener of [...this.#listeners]) listener(values);
  };

  /**
   * Waits for a condition, which is checked now and whenever values are stored.
   *
   * @throws {Error} With `message()` after `timeoutMs` milliseconds.
   */
  until(condition: () => boolean, timeoutMs: number, message: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (condition()) {
        resolve();
        return;
      }
      const timer = setTimeout(() => {
        remove();
        reject(new Error(message()));
      }, timeoutMs);
      const remove = this.add(() => {
        if (!condition()) return;
        clearTimeout(timer);
        remove();
        resolve();
      });
    });
  }
}
