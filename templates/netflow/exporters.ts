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
  /** Who sent the last packet that was ignored, and why it was. */
  #ignored: { readonly sender: string; readonly reason: string } | undefined;

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
      if (this.#unknown.size < MAX_UNKNOWN) this.#unknown.set(address, exporter.decoder);
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
    const ignored = this.#ignored;
    this.#ignored = undefined;
    if (ignored !== undefined && !this.#known.has(ignored.sender)) {
      problems.raise(
        "unknown exporters",
        `Ignoring packets of unknown exporters, the last from ${ignored.sender}: ${ignored.reason}`,
        { expiresAfter: QUIET_S },
      );
    }
    return new Map(
      Array.from(this.#known, ([address, exporter]) => [address, exporter.takeLosses(problems)]),
    );
  }

  // Whoever sends something else first is no exporter.
  #receiveUnknown(packet: Uint8Array, sender: string, now: number): void {
    let decoder = this.#unknown.get(sender);
    if (decoder === undefined && this.#unknown.size >= MAX_UNKNOWN) return;
    decoder ??= this.#createDecoder();
    decoder.maxMemoryBytes = MAX_UNKNOWN_BYTES;
    const { malformed } = decoder.counts;
    decoder.decode(packet, now, () => {});
    const isFlows = decoder.counts.malformed === malformed;
    if (isFlows) this.#unknown.set(sender, decoder);
    this.#ignored = {
      sender,
      reason: isFlows
        ? "enable netflow for a device with this address in Grafolean"
        : decoder.malformedReason,
    };
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
