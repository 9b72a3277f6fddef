/** How much memory is in use. */
export interface MemoryUse {
  /** How much is in use, in bytes. */
  readonly usedBytes: number;
  /** Whether memory was refused, and not half of it is free again since. */
  readonly limitReached: boolean;
}

/** The memory that many tables share, so that neither many exporters nor a flood of addresses can exhaust it. */
export class MemoryBudget implements MemoryUse {
  readonly #limitBytes: number;
  #usedBytes = 0;
  #limitReached = false;

  /** Constructs a new instance with a limit in bytes. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get limitReached(): boolean {
    return this.#limitReached;
  }

  /**
   * Takes memory, if there is enough.
   *
   * @param isExtra Whether there is something already: for a table that grows, or another interface. The last quarter is
   * for the beginnings of tables, as a small one tells much more than none.
   */
  take(bytes: number, isExtra: boolean): boolean {
    const limit = isExtra ? this.#limitBytes * 3 / 4 : this.#limitBytes;
    if (this.#usedBytes + bytes > limit) {
      this.#limitReached = true;
      return false;
    }
    this.#usedBytes += bytes;
    return true;
  }

  /** Gives memory back. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.#usedBytes <= this.#limitBytes / 2) this.#limitReached = false;
  }
}
