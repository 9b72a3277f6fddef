import type { ProblemLog } from "@grafolean/collector";
import type { Aggregator } from "./aggregator/aggregator.ts";
import { Decoder, type DecoderState } from "./decoder/decoder.ts";
import type { Device } from "./device.ts";
import { Exporter, type Losses, QUIET_S } from "./exporter.ts";

/** Options of {@linkcode Exporters}. */
interface ExportersOptions {
  /** Sums up the flows. */
  readonly aggregator: Aggregator;
  /** Where problems are logged. */
  readonly problems: ProblemLog;
  /** Whether sampled flows are multiplied by their sampling rate. */
  readonly scaleSampled: boolean;
  /** The decoders from before a restart, by address. */
  readonly decoders?: ReadonlyMap<string, DecoderState> | undefined;
}

// Forged addresses must neither fill the memory nor Grafolean with devices.
const MAX_UNKNOWN = 100;
const MAX_NAMED = 5; // in the log
const MAX_UNKNOWN_BYTES = 1024 * 1024;
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;

/** The exporters by address: those that are devices in Grafolean, and at most 100 others, which only learn templates. */
export class Exporters {
  /** Sums up the flows. */
  readonly aggregator: Aggregator;
  readonly #options: ExportersOptions;
  readonly #known = new Map<string, Exporter>();
  readonly #unknown = new Map<string, Decoder>();
  #packets = 0;
  /** The unknown exporters that sent flows since the last call of {@linkcode takeLosses}. */
  readonly #ignored = new Set<string>();
  /** Who last sent something else than flows since then, and what is wrong with it. */
  #stranger: { readonly sender: string; readonly reason: string } | undefined;

  /**
   * Constructs a new instance. Until the devices have been read from Grafolean, those with traffic or a decoder from
   * before a restart are known.
   */
  constructor(options: ExportersOptions) {
    this.#options = options;
    this.aggregator = options.aggregator;
    const { decoders = new Map() } = options;
    for (const address of new Set([...decoders.keys(), ...this.aggregator.exporters()])) {
      this.#addKnown(address, this.#createDecoder(decoders.get(address)));
    }
  }

  /** Packets received and flows decoded since the start. */
  get counts(): { readonly packets: number; readonly flows: number } {
    let flows = 0;
    for (const { decoder } of this.#known.values()) flows += decoder.counts.flows;
    return { packets: this.#packets, flows };
  }

  /** The addresses of unknown exporters. */
  get unknown(): string[] {
    return [...this.#unknown.keys()];
  }

  /** What the decoders of the known exporters keep over a restart, by address. */
  decoderStates(): Map<string, DecoderState> {
    return new Map(
      Array.from(this.#known, ([address, { decoder }]) => [address, decoder.state()]),
    );
  }

  /** Sets the devices. An exporter that was unknown before keeps what it has learned. */
  setDevices(devices: readonly Device[]): void {
    const byAddress = Map.groupBy(devices, ({ address }) => address);
    for (const [address, exporter] of this.#known) {
      if (byAddress.has(address)) continue;
      this.#known.delete(address);
      // A wrong address that was corrected, or a device that is gone, must not become a device again.
      const { packets, malformed } = exporter.decoder.counts;
      const isExporter = packets > malformed;
      if (isExporter && this.#unknown.size < MAX_UNKNOWN) {
        this.#unknown.set(address, exporter.decoder);
      }
    }
    const problems: string[] = [];
    for (const [address, devices] of byAddress) {
      const exporter = this.#known.get(address) ??
        this.#addKnown(address, this.#unknown.get(address) ?? this.#createDecoder());
      this.#unknown.delete(address);
      exporter.devices = devices;
      const [rate, ...others] = new Set(devices.flatMap(({ samplingRate }) => samplingRate ?? []));
      exporter.decoder.samplingRate = rate;
      if (others.length > 0) {
        problems.push(
          `${exporter} have one address but different sampling rates: write the same, ${rate} is used`,
        );
      }
    }
    this.#options.problems.report("sampling rates", problems);
  }

  /** Processes a packet. */
  receive(packet: Uint8Array, sender: string, now: number): void {
    this.#packets++;
    const exporter = this.#known.get(sender);
    if (exporter === undefined) this.#receiveUnknown(packet, sender, now);
    else exporter.receive(packet, now);
  }

  /** Returns what each known exporter lost since the last call, and logs why. Call it every minute. */
  takeLosses(): Map<string, Losses> {
    const { problems } = this.#options;
    this.#reportIgnored(problems);
    return new Map(
      Array.from(this.#known, ([address, exporter]) => [address, exporter.takeLosses(problems)]),
    );
  }

  #reportIgnored(problems: ProblemLog): void {
    const addresses = [...this.#ignored].filter((address) => !this.#known.has(address)).sort();
    if (addresses.length > 0) {
      const more = addresses.length - MAX_NAMED;
      problems.raise(
        "unknown exporters",
        `Ignoring flows of ${addresses.slice(0, MAX_NAMED).join(", ")}` +
          `${more > 0 ? ` and ${more} more` : ""}: ` +
          "enable netflow for devices with these addresses in Grafolean",
        { expiresAfter: QUIET_S },
      );
    }
    const { sender = "", reason } = this.#stranger ?? {};
    if (reason !== undefined && !this.#known.has(sender)) {
      problems.raise("strangers", `Ignoring packets of ${sender}: ${reason}`, {
        expiresAfter: QUIET_S,
      });
    }
    this.#ignored.clear();
    this.#stranger = undefined;
  }

  // Whoever sends something else first is no exporter.
  #receiveUnknown(packet: Uint8Array, sender: string, now: number): void {
    let decoder = this.#unknown.get(sender);
    if (decoder === undefined && this.#unknown.size >= MAX_UNKNOWN) return;
    decoder ??= this.#createDecoder();
    decoder.maxMemoryBytes = MAX_UNKNOWN_BYTES;
    const { malformed } = decoder.counts;
    decoder.decode(packet, now, () => {});
    if (decoder.counts.malformed > malformed) {
      this.#stranger = { sender, reason: decoder.malformedReason };
    } else {
      this.#unknown.set(sender, decoder);
      this.#ignored.add(sender);
    }
  }

  #addKnown(address: string, decoder: Decoder): Exporter {
    decoder.maxMemoryBytes = MAX_KNOWN_BYTES;
    const exporter = new Exporter(address, decoder, this.aggregator);
    this.#known.set(address, exporter);
    return exporter;
  }

  #createDecoder(state?: DecoderState): Decoder {
    return new Decoder({ scaleSampled: this.#options.scaleSampled, state });
  }
}
