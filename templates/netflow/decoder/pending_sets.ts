/** A data set that arrived before its template. */
interface PendingSet {
  readonly templateId: number;
  /** The records, without the header of the set. */
  readonly body: Uint8Array;
  /** Time of arrival, in milliseconds. */
  readonly at: number;
}

// About 90 packets. An exporter that sends more before a template loses what is older.
const MAX_BYTES = 128 * 1024;

// Of an array of bytes and its set.
const OVERHEAD = 300;

// Enough for a template that was reordered or comes with the next export. An exporter that was already running may take
// half an hour to repeat its templates, and half an hour of flows must not end up in the sum of one minute.
const MAX_AGE_MS = 60_000;

/**
 * The data sets of a domain that wait for their template. They are those that overtook it on the way, and the first after a
 * start of the bot or a reboot of the exporter.
 */
export class PendingSets {
  // The oldest first.
  #sets: PendingSet[] = [];
  #bytes = 0;

  /** Their number. */
  get size(): number {
    return this.#sets.length;
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** Adds a data set. */
  add(templateId: number, body: Uint8Array, now: number): void {
    this.#sets.push({ templateId, body, at: now });
    this.#bytes += body.length + OVERHEAD;
  }

  /**
   * Drops the data sets that have waited for more than a minute, and the oldest if there are too many. Call it for each
   * packet.
   *
   * @returns How many were dropped.
   */
  dropOld(now: number): number {
    const before = this.#sets.length;
    while (
      this.#bytes > MAX_BYTES || this.#sets.length > 0 && now - this.#sets[0]!.at > MAX_AGE_MS
    ) {
      this.#bytes -= this.#sets.shift()!.body.length + OVERHEAD;
    }
    return before - this.#sets.length;
  }

  /** Removes and returns the data sets that were waiting for a template. */
  take(templateId: number): Uint8Array[] {
    const taken = this.#sets.filter((set) => set.templateId === templateId);
    this.#sets = this.#sets.filter((set) => set.templateId !== templateId);
    for (const { body } of taken) this.#bytes -= body.length + OVERHEAD;
    return taken.map(({ body }) => body);
  }
}
