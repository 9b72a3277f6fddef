/** Functions to call when something happens. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  /**
   * Adds a listener, which must not throw.
   *
   * @returns Removes it.
   */
  add(listener: () => void): () => void {
    // A copy, as the same function may be added twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls all listeners. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
