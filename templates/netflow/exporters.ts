import { ExporterState } from "./exporter.ts";

// Who sends from forged addresses gets this much memory, and cannot take that of the exporters one knows.
const MAX_UNKNOWN_BYTES = 16 * 1024 * 1024;

/**
 * What has been learnt from packets so far: templates, sampling rates and sequence numbers of every exporter. Bounded:
 * exporters that one does not {@linkcode DecoderState.know | know} share a fixed amount of memory, and the one not heard
 * of for longest is forgotten first.
 */
export class DecoderState {
  /** Whether sampled flows are multiplied by their sampling rate. */
  readonly scale: boolean;
  // Exporters that are not known, the one not heard of for longest first, with what each of them costs.
  readonly #unknown = new Map<string, { readonly state: ExporterState; cost: number }>();
  readonly #known: Map<string, ExporterState>;
  #unknownBytes = 0;

  /**
   * Makes one that has learnt nothing, or knows some exporters from before.
   *
   * @param scale Whether sampled flows are to be multiplied by their sampling rate.
   */
  constructor(scale = true, known: ReadonlyMap<string, ExporterState> = new Map()) {
    this.scale = scale;
    this.#known = new Map(known);
  }

  /** What was learnt from the exporters that one knows. */
  get known(): ReadonlyMap<string, ExporterState> {
    return this.#known;
  }

  /** About how many bytes the exporters take that are not known. */
  get unknownBytes(): number {
    return this.#unknownBytes;
  }

  /** Says which exporters are to be remembered whatever others send. What they have said so far is kept. */
  know(exporters: Iterable<string>): void {
    const wanted = new Set(exporters);
    for (const [exporter, state] of this.#known) {
      if (wanted.has(exporter)) continue;
      this.#known.delete(exporter);
      this.#unknown.set(exporter, { state, cost: 0 });
      this.settle(exporter);
    }
    for (const exporter of wanted) {
      if (this.#known.has(exporter)) continue;
      this.#known.set(exporter, this.#unknown.get(exporter)?.state ?? new ExporterState());
      this.#drop(exporter);
    }
  }

  /** What an exporter has said so far. Call {@linkcode DecoderState.settle} when it has said more. */
  exporter(address: string): ExporterState {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const unknown = this.#unknown.get(address) ?? { state: new ExporterState(), cost: 0 };
    this.#unknown.delete(address);
    this.#unknown.set(address, unknown);
    return unknown.state;
  }

  /** Takes notice of what an exporter costs now, and forgets others where that is too much. */
  settle(address: string): void {
    const unknown = this.#unknown.get(address);
    if (unknown === undefined) return;
    const cost = unknown.state.cost;
    this.#unknownBytes += cost - unknown.cost;
    unknown.cost = cost;
    for (const oldest of this.#unknown.keys()) {
      if (this.#unknownBytes <= MAX_UNKNOWN_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(address: string): void {
    this.#unknownBytes -= this.#unknown.get(address)?.cost ?? 0;
    this.#unknown.delete(address);
  }
}
