import { Decoder, type DecoderState } from "./decoder/decoder.ts";

// Forged addresses must neither fill the memory nor Grafolean with devices.
const MAX_UNKNOWN = 100;

/** The exporters by address: those that are devices in Grafolean, and at most 100 others, which only learn templates. */
export class Exporters {
  readonly #scaleSampled: boolean;
  readonly #known = new Map<string, Decoder>();
  readonly #unknown = new Map<string, Decoder>();

  /**
   * Constructs a new instance.
   *
   * @param scaleSampled Whether bytes of sampled flows are multiplied by the sampling rate that the exporter announces.
   * @param known Known exporters from before a restart of the bot.
   */
  constructor(scaleSampled: boolean, known: ReadonlyMap<string, DecoderState> = new Map()) {
    this.#scaleSampled = scaleSampled;
    for (const [address, state] of known) {
      this.#known.set(address, new Decoder({ scaleSampled, state }));
    }
  }

  /** The decoders of the known exporters. */
  get known(): ReadonlyMap<string, Decoder> {
    return this.#known;
  }

  /** The addresses of unknown exporters. */
  get unknown(): Iterable<string> {
    return this.#unknown.keys();
  }

  /** Sets which exporters are known. Those that were seen before keep their templates. */
  setKnown(addresses: Iterable<string>): void {
    const wanted = new Set(addresses);
    for (const [address, decoder] of this.#known) {
      if (wanted.has(address)) continue;
      this.#known.delete(address);
      if (this.#unknown.size < MAX_UNKNOWN) this.#unknown.set(address, decoder);
    }
    for (const address of wanted) {
      if (this.#known.has(address)) continue;
      this.#known.set(address, this.#unknown.get(address) ?? this.#create());
      this.#unknown.delete(address);
    }
  }

  /** Returns the decoder of an exporter, or `undefined` if there are too many unknown ones. */
  get(address: string): Decoder | undefined {
    const decoder = this.#known.get(address) ?? this.#unknown.get(address);
    if (decoder !== undefined || this.#unknown.size >= MAX_UNKNOWN) return decoder;
    const created = this.#create();
    this.#unknown.set(address, created);
    return created;
  }

  #create(): Decoder {
    return new Decoder({ scaleSampled: this.#scaleSampled });
  }
}
