import { type BootTime, isSameBoot, isSimilarBoot, UNKNOWN } from "./boot_time.ts";
import { Domain, type DomainState } from "./domain.ts";

// Without a bound, an exporter whose header is garbage would make the search long.
const MAX_BOOTS = 1000;

// How many packets may be missing between two clocks of an exporter.
const MAX_AHEAD = 1000;

/** The observation domains behind one address. Their number is not limited, but their memory is. */
export class Domains {
  // By version and id, least recently used first. An id may stand for several: exporters behind NAT or a relay, two on one
  // host, or one before and after a reboot.
  readonly #domains = new Map<number, Domain[]>();
  // Those whose memory may have changed since it was accounted.
  readonly #touched = new Set<Domain>();
  #bytes = 0;

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** Returns the state to keep over a restart. */
  *states(): Generator<DomainState> {
    // A copy, as packets may arrive meanwhile.
    for (const domain of [...this.#domains.values()].flat()) yield domain.state();
  }

  /** Adds a domain from the state before a restart of the bot. */
  restore(state: DomainState): Domain {
    const domain = new Domain(state.version, state.id, state.rates);
    domain.boot = { ...state.boot };
    this.#use(domain);
    return domain;
  }

  /**
   * Returns the domain of a packet, creating it if needed.
   *
   * @param version The version of the protocol.
   * @param id Id of the domain.
   * @param boot When the exporter booted, for protocols that tell. After a reboot a domain is a new one.
   * @param sequence The packet's sequence number. It tells where clocks were set, or where an exporter has several.
   */
  find(version: number, id: number, boot = UNKNOWN, sequence = 0): Domain {
    const domains = this.#domains.get(keyOf(version, id)) ?? [];
    const domain = domains.find((domain) => isSameBoot(domain.boot, boot)) ??
      domains.find((domain) => continues(domain, boot, sequence)) ??
      new Domain(version, id);
    domain.boot = boot;
    this.#use(domain);
    return domain;
  }

  /**
   * Drops the least recently used domains if all together take more than `maxBytes`. Call it after each packet.
   *
   * @returns How many data sets that waited in them were dropped.
   */
  makeRoom(maxBytes: number): number {
    for (const domain of this.#touched) {
      const bytes = domain.memoryBytes;
      this.#bytes += bytes - domain.accountedBytes;
      domain.accountedBytes = bytes;
    }
    this.#touched.clear();
    if (this.#bytes <= maxBytes) return 0;
    let dropped = 0;
    for (const [key, domains] of this.#domains) {
      if (this.#bytes <= maxBytes) break;
      while (domains.length > 0) dropped += this.#dropOldest(domains);
      this.#domains.delete(key);
    }
    return dropped;
  }

  /** Makes a domain the most recently used one. */
  #use(domain: Domain): void {
    const key = keyOf(domain.version, domain.id);
    const domains = this.#domains.get(key) ?? [];
    const at = domains.indexOf(domain);
    if (at >= 0) domains.splice(at, 1);
    domains.push(domain);
    if (domains.length > MAX_BOOTS) this.#dropOldest(domains);
    this.#domains.delete(key);
    this.#domains.set(key, domains);
    this.#touched.add(domain);
  }

  #dropOldest(domains: Domain[]): number {
    const { accountedBytes, pending } = domains.shift()!;
    this.#bytes -= accountedBytes;
    return pending.size;
  }
}

/** Whether the numbers of a packet continue those of a domain though it tells of another boot. */
function continues(domain: Domain, boot: BootTime, sequence: number): boolean {
  const max = isSimilarBoot(domain.boot, boot) ? MAX_AHEAD : 0;
  return domain.sequence.ahead(sequence) <= max;
}

// Ids have 32 bits.
function keyOf(version: number, id: number): number {
  return version * 2 ** 32 + id;
}
