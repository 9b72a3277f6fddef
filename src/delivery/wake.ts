// setTimeout takes no longer wait; those who wait look again anyway.
const LONGEST_MS = 2 ** 31 - 1;

/** Lets one waiter wait for a while, or until called. A call while nobody waits is kept for the next wait. */
export class Wake {
  #called = false;
  #end: (() => void) | undefined;

  /** Resolves after `ms` milliseconds, or when called. */
  wait(ms: number): Promise<void> {
    if (this.takeCall()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), Math.min(Math.max(ms, 0), LONGEST_MS));
      this.#end = () => {
        clearTimeout(timer);
        this.#end = undefined;
        resolve();
      };
    });
  }

  /** Ends the wait. */
  call(): void {
    if (this.#end === undefined) this.#called = true;
    else this.#end();
  }

  /** Whether there was a call that nobody has waited for; it is forgotten. */
  takeCall(): boolean {
    const called = this.#called;
    this.#called = false;
    return called;
  }
}
