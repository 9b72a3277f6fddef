// Runtimes fire longer timeouts at once; whoever waits looks again anyway.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Lets one waiter wait for a time, or until notified. A notification while nobody waits ends the next wait. */
export class Notifier {
  #isNotified = false;
  #end: (() => void) | undefined;

  /** Resolves after a number of milliseconds, or when notified. */
  wait(ms: number): Promise<void> {
    if (this.#isNotified) {
      this.#isNotified = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
      this.#end = () => {
        clearTimeout(timer);
        this.#end = undefined;
        resolve();
      };
    });
  }

  /** Ends the wait. */
  notify(): void {
    if (this.#end === undefined) this.#isNotified = true;
    else this.#end();
  }
}
