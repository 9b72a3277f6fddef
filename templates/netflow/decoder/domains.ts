import type { PacketTimes } from "./boot_times.ts";
import { Domain, type DomainState } from "./domain.ts";

/** The {@linkcode Domains} that are kept over a restart of the bot, least recently used first, as plain data. */
export type DomainsState = readonly (readonly [version: number, id: number, state: DomainState])[];

/** A domain, and what is accounted for it. */
interface Entry {
  readonly version: number;
  readonly domain: Domain;
  bytes: number;
  /** The higher, the later. */
  lastUse: number;
  /** When its last packet arrived, in milliseconds; `undefined` if not known since a restart of the bot. */
  usedAt: number | undefined;
}

// Exporters with one id behind one address. Without a bound, one whose header is garbage would displace all others.
const MAX_BOOTS = 1000;

// How many packets may be missing between two clocks of an exporter.
const MAX_AHEAD = 1000;

// After a reboot, late packets may arrive for some time.
const MAX_IDLE_MS = 24 * 60 * 60 * 1000;

/** The observation domains behind one address. Their number is not limited, but their memory is. */
export class Domains {
  // By version and id, as each version has ids of its own.
  readonly #entries = new Map<number, Entry[]>();
  #current: Entry | undefined;
  #bytes = 0;
  #uses = 0;

  /** Constructs a new instance, empty or from the state before a restart of the bot. */
  constructor(state: DomainsState = []) {
    for (const [version, id, domain] of state) {
      this.#add(version, new Domain(id, undefined, domain));
    }
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DomainsState {
    return this.#byLastUse().map(({ version, domain }) => [version, domain.id, domain.toJSON()]);
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the domain of a packet, creating it if needed.
   *
   * @param version The version of the protocol.
   * @param id Id of the domain.
   * @param sequence The packet's sequence number.
   * @param times When it was sent, for protocols that tell when the exporter booted. After a reboot a domain is a new one.
   */
  find(version: number, id: number, sequence = 0, times?: PacketTimes): Domain {
    const entry = this.#find(version, id, sequence, times) ??
      this.#add(version, new Domain(id, times, this.#stateOfTwin(version, id, sequence, times)));
    entry.lastUse = ++this.#uses;
    entry.usedAt = times?.receivedAt;
    if (this.#current !== undefined) this.#account(this.#current);
    this.#current = entry;
    return entry.domain;
  }

  /**
   * Drops the least recently used domains if all together take more than `maxBytes`, but not the one found last. Call it after
   * each packet.
   *
   * @returns How many data sets that waited in them were dropped; `undefined` if there was room.
   */
  makeRoom(maxBytes: number): number | undefined {
    if (this.#current === undefined) return undefined;
    this.#account(this.#current);
    if (this.#bytes <= maxBytes) return undefined;
    let dropped = 0;
    for (const entry of this.#byLastUse()) {
      // Some more, as sorting for each packet would take long.
      if (this.#bytes <= maxBytes * 0.9 || entry === this.#current) break;
      dropped += entry.domain.pending.size;
      this.#remove(entry);
    }
    const { templates } = this.#current.domain;
    templates.shrink(Math.max(0, maxBytes - (this.#bytes - templates.memoryBytes)));
    this.#account(this.#current);
    return dropped;
  }

  /**
   * Drops the data sets that have waited too long for their template, and what is left from before a reboot.
   *
   * @returns How many data sets were dropped.
   */
  dropExpired(now: number): number {
    let dropped = 0;
    for (const entries of this.#entries.values()) {
      for (const entry of entries) {
        entry.usedAt ??= now;
        const expired = entry.domain.pending.dropExpired(now);
        if (expired > 0) this.#account(entry);
        dropped += expired;
      }
      if (entries.length === 1) continue;
      const idle = entries.filter(({ usedAt = now }) => now - usedAt > MAX_IDLE_MS);
      for (const entry of idle) if (entries.length > 1) this.#remove(entry);
    }
    return dropped;
  }

  #find(
    version: number,
    id: number,
    sequence: number,
    times: PacketTimes | undefined,
  ): Entry | undefined {
    const entries = this.#entries.get(keyOf(version, id));
    if (entries === undefined || times === undefined) return entries?.[0];
    let best: Entry | undefined;
    let least = Infinity;
    for (const entry of entries) {
      const { boot, sequence: tracker } = entry.domain;
      const mismatch = boot?.mismatch(times, sequence, tracker) ?? Infinity;
      if (mismatch < least) [best, least] = [entry, mismatch];
    }
    best?.domain.boot?.update(times, least);
    return best;
  }

  /**
   * Returns what a new domain can take over from one that seems to be of the same exporter: some have one sequence, but several
   * clocks.
   */
  #stateOfTwin(
    version: number,
    id: number,
    sequence: number,
    times: PacketTimes | undefined,
  ): DomainState | undefined {
    if (times === undefined) return undefined;
    const twin = this.#entries.get(keyOf(version, id))?.find(({ domain }) =>
      domain.boot?.isSimilar(times) && domain.sequence.ahead(sequence) <= MAX_AHEAD
    );
    return twin && { ...twin.domain.toJSON(), boot: undefined, sequence: [] };
  }

  #add(version: number, domain: Domain): Entry {
    const entry = { version, domain, bytes: 0, lastUse: ++this.#uses, usedAt: undefined };
    const key = keyOf(version, domain.id);
    const entries = this.#entries.get(key) ?? [];
    this.#entries.set(key, entries);
    if (entries.length === MAX_BOOTS) this.#remove(entries.toSorted(byLastUse)[0]!);
    entries.push(entry);
    this.#account(entry);
    return entry;
  }

  #remove(entry: Entry): void {
    const key = keyOf(entry.version, entry.domain.id);
    const entries = this.#entries.get(key)!;
    entries.splice(entries.indexOf(entry), 1);
    if (entries.length === 0) this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #account(entry: Entry): void {
    const bytes = entry.domain.memoryBytes;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  #byLastUse(): Entry[] {
    return [...this.#entries.values()].flat().sort(byLastUse);
  }
}

function byLastUse(a: Entry, b: Entry): number {
  return a.lastUse - b.lastUse;
}

// Ids have 32 bits.
function keyOf(version: number, id: number): number {
  return version * 2 ** 32 + id;
}
