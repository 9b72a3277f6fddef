import type { Domain } from "./domain.ts";

/** A data set that arrived before its template. */
interface PendingSet {
  readonly domain: Domain;
  readonly templateId: number;
  /** The records, without the header of the set. */
  readonly body: Uint8Array;
  /** Time of arrival, in milliseconds. */
  readonly at: number;
}

const MAX_BYTES = 128 * 1024;

// Enough for a template that was reordered or comes with the next export. An exporter that was already running may take
// half an hour to repeat its templates, and half an hour of flows must not end up in the sum of one minute.
const MAX_AGE_MS = 60_000;

/** The data sets of an exporter that wait for their template: for at most a minute, and in bounded memory. */
export class PendingSets {
  #sets: PendingSet[] = [];
  #bytes = 0;

  /** Their size. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a data set.
   *
   * @returns How many older ones were dropped to make room.
   */
  add(set: PendingSet): number {
    this.#sets.push(set);
    this.#bytes += set.body.length;
    let dropped = 0;
    for (; this.#bytes > MAX_BYTES; dropped++) this.#dropOldest();
    return dropped;
  }

  /**
   * Drops the data sets that have waited for more than a minute.
   *
   * @returns How many were dropped.
   */
  dropExpired(now: number): number {
    let dropped = 0;
    while (this.#sets.length > 0 && now - this.#sets[0]!.at > MAX_AGE_MS) {
      this.#dropOldest();
      dropped++;
    }
    return dropped;
  }

  /** Removes and returns the data sets that were waiting for a template. */
  take(domain: Domain, templateId: number): PendingSet[] {
    if (this.#sets.length === 0) return [];
    const taken: PendingSet[] = [];
    const rest: PendingSet[] = [];
    for (const set of this.#sets) {
      (set.domain === domain && set.templateId === templateId ? taken : rest).push(set);
    }
    this.#sets = rest;
    this.#bytes = rest.reduce((bytes, { body }) => bytes + body.length, 0);
    return taken;
  }

  #dropOldest(): void {
    this.#bytes -= this.#sets.shift()!.body.length;
  }
}
