import { Domain, type DomainState } from "./observation_domain.ts";

/** A data set that came before its template. */
export interface EarlySet {
  /** The domain it belongs to. */
  readonly domain: Domain;
  /** The template it waits for. */
  readonly templateId: number;
  /** Its records. */
  readonly body: Uint8Array;
  /** When it came, in milliseconds. */
  readonly at: number;
}

// A router has one domain per line card.
const MAX_DOMAINS = 64;

const MAX_EARLY_BYTES = 128 * 1024;

// Long enough for a template that is overtaken on its way or comes with the next export. An exporter that is already
// running can take half an hour to repeat its templates: flows of half an hour in one minute's sum would be a lie.
const MAX_EARLY_AGE_MS = 60_000;

/** What one exporter has said so far, in all its domains. Bounded, whatever it says. */
export class ExporterState {
  // The one not heard of for longest first.
  readonly #domains = new Map<string, Domain>();
  #early: EarlySet[] = [];
  #earlyBytes = 0;

  /** Makes one that knows nothing, or what was known before a restart of the bot. */
  constructor(domains: Iterable<readonly [key: string, domain: DomainState]> = []) {
    for (const [key, domain] of domains) this.#domains.set(key, new Domain(domain));
  }

  /** What is worth keeping over a restart of the bot, as plain data. */
  toJSON(): [key: string, domain: DomainState][] {
    return Array.from(this.#domains, ([key, domain]) => [key, domain.toJSON()]);
  }

  /** About how many bytes this takes. */
  get cost(): number {
    let cost = 1000 + this.#earlyBytes;
    for (const domain of this.#domains.values()) cost += 1000 + domain.cost;
    return cost;
  }

  /** The domain of a number, in the number space of a NetFlow version. */
  domain(version: number, id: number): Domain {
    const key = `${version}/${id}`;
    const domain = this.#domains.get(key) ?? new Domain();
    this.#domains.delete(key);
    this.#domains.set(key, domain);
    for (const oldest of this.#domains.keys()) {
      if (this.#domains.size <= MAX_DOMAINS) break;
      this.#domains.delete(oldest);
    }
    return domain;
  }

  /**
   * Keeps a data set until its template comes, for a minute at most.
   *
   * @returns How many older ones had to go for it.
   */
  keepEarly(set: EarlySet): number {
    this.#early.push(set);
    this.#earlyBytes += set.body.length;
    let dropped = 0;
    for (; this.#earlyBytes > MAX_EARLY_BYTES; dropped++) this.#dropOldest();
    return dropped;
  }

  /**
   * Gives up the data sets that have waited for longer than a minute.
   *
   * @returns How many.
   */
  dropOverdue(now: number): number {
    let dropped = 0;
    while (this.#early.length > 0 && now - this.#early[0]!.at > MAX_EARLY_AGE_MS) {
      this.#dropOldest();
      dropped++;
    }
    return dropped;
  }

  /** Hands out the data sets that have waited for a template. */
  takeEarly(domain: Domain, templateId: number): EarlySet[] {
    if (this.#early.length === 0) return [];
    const taken: EarlySet[] = [];
    const left: EarlySet[] = [];
    for (const set of this.#early) {
      (set.domain === domain && set.templateId === templateId ? taken : left).push(set);
    }
    this.#early = left;
    this.#earlyBytes = left.reduce((bytes, { body }) => bytes + body.length, 0);
    return taken;
  }

  #dropOldest(): void {
    this.#earlyBytes -= this.#early.shift()!.body.length;
  }
}
