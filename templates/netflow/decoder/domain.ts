import { SequenceTracker } from "./sequence.ts";
import type { Template } from "./template.ts";

// Exporters have a handful of samplers.
const MAX_SAMPLERS = 256;

// Enough for hundreds of templates with twenty relevant fields; the largest routers have some tens.
const MAX_TEMPLATE_BYTES = 100_000;

/** The key of the rate for records without a sampler id, or with one that was not announced. */
const ANY_SAMPLER = -1;

/** The part of an {@linkcode Domain} that is kept over a restart of the bot, as plain data. */
export interface DomainState {
  readonly uptime: number;
  readonly rates: readonly (readonly [samplerId: number, rate: number])[];
  readonly templates: readonly (readonly [id: number, template: Template])[];
}

/**
 * The template cache, sampling rates and sequence number of one observation domain (such as a line card) of an exporter.
 * NetFlow calls it the source id (v9) or engine (v5).
 */
export class Domain {
  /** Counts what was lost. */
  readonly sequence = new SequenceTracker();
  /** Uptime of the exporter in its latest packet, in milliseconds. */
  uptime = 0;
  readonly #rates = new Map<number, number>();
  // Least recently announced first.
  readonly #templates = new Map<number, Template>();
  #templateBytes = 0;

  /** Constructs a new instance, empty or from `state`. Sequence numbers start anew: downtime of the bot is not loss. */
  constructor(state?: DomainState) {
    if (state === undefined) return;
    this.uptime = state.uptime;
    for (const [id, rate] of state.rates) this.#rates.set(id, rate);
    for (const [id, template] of state.templates) this.setTemplate(id, template);
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DomainState {
    return { uptime: this.uptime, rates: [...this.#rates], templates: [...this.#templates] };
  }

  /** Estimated memory of the templates, in bytes. */
  get memoryBytes(): number {
    return this.#templateBytes;
  }

  /** Returns the template with this id, if it was announced. */
  template(id: number): Template | undefined {
    return this.#templates.get(id);
  }

  /** Adds or replaces a template. If the cache is full, the least recently announced ones are dropped. */
  setTemplate(id: number, template: Template): void {
    this.withdraw(id);
    this.#templates.set(id, template);
    this.#templateBytes += sizeOf(template);
    for (const oldest of this.#templates.keys()) {
      if (this.#templateBytes <= MAX_TEMPLATE_BYTES || oldest === id) break;
      this.withdraw(oldest);
    }
  }

  /** Drops a template. */
  withdraw(id: number): void {
    const template = this.#templates.get(id);
    if (template === undefined) return;
    this.#templates.delete(id);
    this.#templateBytes -= sizeOf(template);
  }

  /** Drops all options templates, or all others. */
  withdrawAll(options: boolean): void {
    for (const [id, template] of this.#templates) {
      if (template.options === options) this.withdraw(id);
    }
  }

  /** Sets the sampling rate of a sampler, or of all that have none. */
  setRate(samplerId: number | undefined, rate: number): void {
    const id = samplerId ?? ANY_SAMPLER;
    if (this.#rates.has(id) || this.#rates.size < MAX_SAMPLERS) this.#rates.set(id, rate);
  }

  /** Returns the sampling rate of a sampler; 1 if none was announced. */
  readonly rateOf = (samplerId: number | undefined): number =>
    this.#rates.get(samplerId ?? ANY_SAMPLER) ?? this.#rates.get(ANY_SAMPLER) ?? 1;

  /** Drops all templates and sampling rates, which may have changed when the exporter restarts. */
  reset(): void {
    this.#templates.clear();
    this.#templateBytes = 0;
    this.#rates.clear();
  }
}

function sizeOf(template: Template): number {
  return 40 * (1 + template.steps.length);
}
