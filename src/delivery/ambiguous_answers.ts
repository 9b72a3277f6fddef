import type { Batch } from "./batch.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

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

/**
 * Finds out what the ambiguous answers to an account are about. It is a value if that fails alone, again and again, while
 * others are stored; it is the backend if nothing else is answered.
 */
export class AmbiguousAnswers {
  #inARow = 0;
  #since = 0;
  /** How often a batch without a value at fault fails before it is stored, in the mean. */
  #failures = 0;
  /** The number of requests of which Grafolean has stored or refused values. */
  #done = 0;
  /** What that number was when a value failed alone while nothing was stored. */
  readonly #failedAlone = new WeakMap<WaitingValue, number>();

  /**
   * Called with each ambiguous answer.
   *
   * @returns Whether the backend is at fault.
   */
  add(now: number): boolean {
    if (this.#inARow++ === 0) this.#since = now;
    return this.#inARow >= STALL_ANSWERS && now - this.#since >= STALL_MS;
  }

  /** Counts a failure of a batch, while others are stored. */
  countFailure(batch: Batch): Batch {
    const [value, ...others] = batch.values;
    const failedAlone = value && others.length === 0 ? this.#failedAlone.get(value) : undefined;
    const doneBefore = failedAlone ?? batch.doneBefore ?? this.#done;
    return { ...batch, failures: batch.failures + 1, doneBefore };
  }

  /** Remembers a value that failed alone while nothing was stored: once others are, it is at fault. */
  rememberAlone({ values: [value, ...others] }: Batch): void {
    if (value === undefined || others.length > 0 || this.#failedAlone.has(value)) return;
    this.#failedAlone.set(value, this.#done);
  }

  /** What to do with a batch after its last failure was counted. */
  nextStep({ values, failures, doneBefore = Infinity }: Batch): "repeat" | "split" | "isolate" {
    if (failures <= this.#repeats) return "repeat";
    if (values.length > 1) return "split";
    return this.#done > doneBefore ? "isolate" : "repeat";
  }

  /** Called when a batch was stored that had failed so often before. */
  onStored(failures: number): void {
    this.#failures += (failures - this.#failures) * LAST_WEIGHT;
  }

  /** Called when Grafolean has stored or refused values. */
  onDone(): void {
    this.#inARow = 0;
    this.#done++;
  }

  /** How often to send a batch again before it is split. */
  get #repeats(): number {
    const failing = this.#failures / (1 + this.#failures);
    const repeats = Math.ceil(Math.log(NEEDLESS_SPLITS) / Math.log(failing));
    return Math.min(MAX_REPEATS, Math.max(MIN_REPEATS, repeats));
  }
}
