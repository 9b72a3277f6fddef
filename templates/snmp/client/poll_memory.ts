// An unfragmented packet holds about 1,400 bytes; an OID and its value take up to 60.
const GETS_PER_PACKET = 20;
const ROWS_PER_PACKET = 25;

const LOWERED_S = 600;

// Sensors come and go. Whatever is forgotten is asked for like all else.
const MAX_SILENT = 1000;

/** What the polls of a device have found out about it. */
export class PollMemory {
  /** How many OIDs to request by one GET. */
  readonly gets = new RequestSize(GETS_PER_PACKET);
  /** How many rows to request by one GETBULK. */
  readonly rows: RequestSize;
  readonly #silent = new Set<string>();

  /** Constructs a new instance. */
  constructor(maxRepetitions = ROWS_PER_PACKET) {
    this.rows = new RequestSize(maxRepetitions);
  }

  /** What the device did not answer when it was last asked, the longest ago first. */
  get silent(): readonly string[] {
    return [...this.#silent];
  }

  /** Whether the device did not answer this when it was last asked. */
  isSilent(key: string): boolean {
    return this.#silent.has(key);
  }

  /** Reports whether the device did not answer. */
  setSilent(keys: readonly string[], isSilent: boolean): void {
    for (const key of keys) {
      this.#silent.delete(key);
      if (isSilent) this.#silent.add(key);
    }
    for (const key of this.#silent) {
      if (this.#silent.size <= MAX_SILENT) return;
      this.#silent.delete(key);
    }
  }
}

/** How much to request at once: less for ten minutes after the device did not answer so much. */
export class RequestSize {
  readonly #max: number;
  #size: number;
  #loweredUntil = 0;
  #answered = 0;
  #failures = 0;

  /** Constructs a new instance. */
  constructor(max: number) {
    this.#max = max;
    this.#size = max;
  }

  /** Returns the size. `now` is in seconds. */
  at(now: number): number {
    if (now >= this.#loweredUntil) this.#size = this.#max;
    return this.#size;
  }

  /** Reports that the device answered so much. */
  answered(size: number): void {
    if (size < this.#answered) return;
    this.#answered = size;
    this.#failures = 0;
  }

  /** Reports that the device did not answer so much, but a smaller size. */
  failed(size: number, smaller: number, now: number): void {
    // What it answered before was probably lost, or there is something in this one that it never answers.
    if (size <= this.#answered && ++this.#failures < 2) return;
    this.#size = smaller;
    this.#answered = smaller;
    this.#failures = 0;
    this.#loweredUntil = now + LOWERED_S;
  }
}
