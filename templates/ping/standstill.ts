const TICK_MS = 250;
// Answers of devices can be lost when the machine stands still for so long.
const MAX_LATE_MS = 1000;

/**
 * Notices when the machine stands still: suspended, paused as a virtual machine, stopped by Ctrl-Z, or overloaded.
 * A clock that is set forward looks the same, also to fping.
 */
export class StandstillWatch {
  #timer: ReturnType<typeof setInterval> | undefined;
  #last = 0;
  #count = 0;

  start(): void {
    this.#last = Date.now();
    this.#timer = setInterval(() => this.count(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Returns how often the machine has stood still so far. */
  count(): number {
    if (this.#timer === undefined) return this.#count;
    const now = Date.now();
    if (now - this.#last > TICK_MS + MAX_LATE_MS) this.#count++;
    this.#last = now;
    return this.#count;
  }
}
