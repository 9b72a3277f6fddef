/** Those who observe something, several at once perhaps. While nobody does, nothing needs to be made for them. */
export class Observers<T extends object> {
  #all: readonly T[] = [];

  /** Whether nobody observes. */
  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /**
   * Adds an observer.
   *
   * @returns Removes it.
   */
  add(observer: T): () => void {
    this.#all = [...this.#all, observer];
    return () => {
      this.#all = this.#all.filter((each) => each !== observer);
    };
  }

  /** Calls `notify` for each observer, and ignores what it throws: whoever is observed must not fail. */
  notify(notify: (observer: T) => void): void {
    for (const observer of this.#all) {
      try {
        notify(observer);
      } catch {
        // See above.
      }
    }
  }
}
