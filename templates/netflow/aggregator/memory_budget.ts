/** The memory that all tables share, so that neither many exporters nor a flood of addresses can exhaust it. */
export class MemoryBudget {
  /** The limit, in bytes. */
  readonly limitBytes: number;
  #usedBytes = 0;
  #limitReached = false;

  /** Constructs a new instance with a limit in bytes. */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** How much is in use, in bytes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether memory was refused, and not half of it is free again since. */
  get limitReached(): boolean {
    return this.#limitReached;
  }

  /**
   * Takes memory, if there is enough.
   *
   * @param isGrowth Whether it is for more of the same. The last quarter is for what is new, as a small table beside large
   * ones tells more than one large table more.
   */
  take(bytes: number, isGrowth: boolean): boolean {
    const limit = isGrowth ? this.limitBytes * 3 / 4 : this.limitBytes;
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
    if (this.#usedBytes <= this.limitBytes / 2) this.#limitReached = false;
  }
}
