/** The memory of a window, so that neither many exporters nor a flood of addresses can exhaust it. */
export class MemoryBudget {
  /** How much is in use, in bytes. */
  usedBytes = 0;
  /** Whether memory was refused. */
  limitReached = false;
  readonly #limitBytes: number;

  /** Constructs a new instance with a limit in bytes. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * Takes memory, if there is enough.
   *
   * @param isExtra Whether there is something already: for a table that grows, or another interface. The last quarter is
   * for the beginnings of tables, as a small one tells much more than none.
   */
  take(bytes: number, isExtra: boolean): boolean {
    const limit = isExtra ? this.#limitBytes * 3 / 4 : this.#limitBytes;
    const isEnough = this.usedBytes + bytes <= limit;
    if (isEnough) this.usedBytes += bytes;
    else this.limitReached = true;
    return isEnough;
  }
}
