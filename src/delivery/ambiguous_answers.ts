// How often a batch is sent again before it is split: more often if many requests fail, so that not even one batch in fifty
// is split without a value at fault in it.
const MIN_REPEATS = 4;
const MAX_REPEATS = 16;
const NEEDLESS_SPLITS = 1 / 50;
// The weight of the last batch in the mean of all.
const LAST_WEIGHT = 1 / 10;

// So many answers in a row, for so long, come from the backend and not from a value.
const STALL_ANSWERS = 20;
const STALL_MS = 1000;

/** Keeps count of the ambiguous answers to an account: is it a value, or the backend? */
export class AmbiguousAnswers {
  #inARow = 0;
  #since = 0;
  /** How often a batch without a value at fault fails before it is stored, in the mean. */
  #failures = 0;

  /** How often to send a batch again before it is split. */
  get repeats(): number {
    const failing = this.#failures / (1 + this.#failures);
    const repeats = Math.ceil(Math.log(NEEDLESS_SPLITS) / Math.log(failing));
    return Math.min(MAX_REPEATS, Math.max(MIN_REPEATS, repeats));
  }

  /**
   * Called with each ambiguous answer.
   *
   * @returns Whether the backend is at fault.
   */
  add(now: number): boolean {
    if (this.#inARow++ === 0) this.#since = now;
    return this.#inARow >= STALL_ANSWERS && now - this.#since >= STALL_MS;
  }

  /** Called when Grafolean has stored or refused values. */
  end(): void {
    this.#inARow = 0;
  }

  /** Called when a batch was stored that had failed so often before. */
  onStored(failures: number): void {
    this.#failures += (failures - this.#failures) * LAST_WEIGHT;
    this.end();
  }
}
