import { ObservationDomain, type ObservationDomainState } from "./observation_domain.ts";

/** A data set that arrived before its template. */
interface PendingSet {
  readonly domain: ObservationDomain;
  readonly templateId: number;
  /** The records, without the header of the set. */
  readonly body: Uint8Array;
  /** Time of arrival, in milliseconds. */
  readonly at: number;
}

// Routers have one domain per line card.
const MAX_DOMAINS = 64;

const MAX_PENDING_BYTES = 128 * 1024;

// Enough for a template that was reordered or comes with the next export. An exporter that was already running may take
// half an hour to repeat its templates, and half an hour of flows must not end up in the sum of one minute.
const MAX_PENDING_AGE_MS = 60_000;

/** The observation domains of one exporter, and its data sets that wait for a template. Bounded, whatever it sends. */
export class Exporter {
  // Least recently used first.
  readonly #domains = new Map<string, ObservationDomain>();
  #pending: PendingSet[] = [];
  #pendingBytes = 0;

  /** Constructs a new instance, empty or from what {@linkcode Exporter.toJSON} returned. */
  constructor(domains: Iterable<readonly [key: string, domain: ObservationDomainState]> = []) {
    for (const [key, domain] of domains) this.#domains.set(key, new ObservationDomain(domain));
  }

  /** Returns the state to keep over a restart of the bot. */
  toJSON(): [key: string, domain: ObservationDomainState][] {
    return Array.from(this.#domains, ([key, domain]) => [key, domain.toJSON()]);
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    let bytes = 1000 + this.#pendingBytes;
    for (const domain of this.#domains.values()) bytes += 1000 + domain.memoryBytes;
    return bytes;
  }

  /** Returns an observation domain, creating it if needed. Each NetFlow version has its own ids. */
  domain(version: number, id: number): ObservationDomain {
    const key = `${version}/${id}`;
    const domain = this.#domains.get(key) ?? new ObservationDomain();
    this.#domains.delete(key);
    this.#domains.set(key, domain);
    for (const oldest of this.#domains.keys()) {
      if (this.#domains.size <= MAX_DOMAINS) break;
      this.#domains.delete(oldest);
    }
    return domain;
  }

  /**
   * Keeps a data set until its template arrives, for at most a minute.
   *
   * @returns How many older data sets were dropped to make room.
   */
  addPending(set: PendingSet): number {
    this.#pending.push(set);
    this.#pendingBytes += set.body.length;
    let dropped = 0;
    for (; this.#pendingBytes > MAX_PENDING_BYTES; dropped++) this.#dropOldest();
    return dropped;
  }

  /**
   * Drops the data sets that have been pending for more than a minute.
   *
   * @returns How many were dropped.
   */
  dropExpired(now: number): number {
    let dropped = 0;
    while (this.#pending.length > 0 && now - this.#pending[0]!.at > MAX_PENDING_AGE_MS) {
      this.#dropOldest();
      dropped++;
    }
    return dropped;
  }

  /** Removes and returns the data sets that were waiting for a template. */
  takePending(domain: ObservationDomain, templateId: number): PendingSet[] {
    if (this.#pending.length === 0) return [];
    const taken: PendingSet[] = [];
    const rest: PendingSet[] = [];
    for (const set of this.#pending) {
      (set.domain === domain && set.templateId === templateId ? taken : rest).push(set);
    }
    this.#pending = rest;
    this.#pendingBytes = rest.reduce((bytes, { body }) => bytes + body.length, 0);
    return taken;
  }

  #dropOldest(): void {
    this.#pendingBytes -= this.#pending.shift()!.body.length;
  }
}
