import { Exporter } from "./exporter.ts";

// For senders with forged addresses, which must not displace the known exporters.
const MAX_UNKNOWN_BYTES = 16 * 1024 * 1024;

/**
 * The exporters by address. Those that are not {@linkcode Exporters.setKnown | known} share a fixed amount of memory:
 * the least recently seen are dropped first.
 */
export class Exporters {
  /** Whether bytes and packets of sampled flows are multiplied by the sampling rate. */
  readonly scaleSampled: boolean;
  readonly #known: Map<string, Exporter>;
  // Least recently seen first.
  readonly #unknown = new Map<string, { readonly exporter: Exporter; memoryBytes: number }>();
  #unknownBytes = 0;

  /**
   * Constructs a new instance.
   *
   * @param scaleSampled Whether to multiply bytes and packets of sampled flows by the sampling rate.
   * @param known Known exporters from before a restart of the bot.
   */
  constructor(scaleSampled = true, known: ReadonlyMap<string, Exporter> = new Map()) {
    this.scaleSampled = scaleSampled;
    this.#known = new Map(known);
  }

  /** The known exporters. */
  get known(): ReadonlyMap<string, Exporter> {
    return this.#known;
  }

  /** Estimated memory of the unknown exporters, in bytes. */
  get unknownBytes(): number {
    return this.#unknownBytes;
  }

  /** Sets which exporters are known and so never dropped. Exporters that were seen before keep their templates. */
  setKnown(addresses: Iterable<string>): void {
    const wanted = new Set(addresses);
    for (const [address, exporter] of this.#known) {
      if (wanted.has(address)) continue;
      this.#known.delete(address);
      this.#unknown.set(address, { exporter, memoryBytes: 0 });
      this.updateMemory(address);
    }
    for (const address of wanted) {
      if (this.#known.has(address)) continue;
      this.#known.set(address, this.#unknown.get(address)?.exporter ?? new Exporter());
      this.#drop(address);
    }
  }

  /** Returns an exporter, creating it if needed. Call {@linkcode Exporters.updateMemory} after decoding its packet. */
  get(address: string): Exporter {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const unknown = this.#unknown.get(address) ?? { exporter: new Exporter(), memoryBytes: 0 };
    this.#unknown.delete(address);
    this.#unknown.set(address, unknown);
    return unknown.exporter;
  }

  /** Updates the memory of an unknown exporter, and drops others if the total exceeds the limit. */
  updateMemory(address: string): void {
    const unknown = this.#unknown.get(address);
    if (unknown === undefined) return;
    const { memoryBytes } = unknown.exporter;
    this.#unknownBytes += memoryBytes - unknown.memoryBytes;
    unknown.memoryBytes = memoryBytes;
    for (const oldest of this.#unknown.keys()) {
      if (this.#unknownBytes <= MAX_UNKNOWN_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(address: string): void {
    this.#unknownBytes -= this.#unknown.get(address)?.memoryBytes ?? 0;
    this.#unknown.delete(address);
  }
}
