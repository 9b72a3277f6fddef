import { Connections } from "./connections.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling.ts";
import { SequenceTracker } from "./sequence.ts";
import { type FieldSpecifier, Template } from "./template.ts";

// Enough for hundreds of templates with twenty relevant fields; the largest routers have some tens.
const MAX_TEMPLATE_BYTES = 100_000;

/** The part of an {@linkcode Domain} that is kept over a restart of the bot, as plain data. */
export interface DomainState {
  readonly uptime: number;
  readonly rates: SamplingRatesState;
  readonly templates: readonly TemplateState[];
}

/** A {@linkcode Template} as plain data: as it was announced, as the elements that the bot reads change with its version. */
type TemplateState = Pick<Template, "id" | "options"> & {
  readonly fields: readonly FieldSpecifier[];
};

/**
 * The template cache, sampling rates and sequence number of one observation domain (such as a line card) of an exporter.
 * NetFlow calls it the source id (v9) or engine (v5).
 */
export class Domain {
  /** Its id in the packets of the exporter. */
  readonly id: number;
  /** Counts what was lost. */
  readonly sequence = new SequenceTracker();
  /** Uptime of the exporter in its latest packet, in milliseconds. */
  uptime = 0;
  /** Sampling rates that were announced in it. */
  readonly rates: SamplingRates;
  /** The connections that a firewall reported. */
  readonly connections = new Connections();
  // Least recently announced first.
  readonly #templates = new Map<number, Template>();
  #templateBytes = 0;

  /**
   * Constructs a new instance, empty or from `state`. Sequence numbers start anew: downtime of the bot is not loss.
   *
   * @param id Its id in the packets of the exporter.
   */
  constructor(id: number, state?: DomainState) {
    this.id = id;
    this.rates = new SamplingRates(state?.rates);
    if (state === undefined) return;
    this.uptime = state.uptime;
    for (const { id, fields, options } of state.templates) {
      this.setTemplate(id, new Template(id, fields, options));
    }
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DomainState {
    const templates = Array.from(
      this.#templates.values(),
      ({ id, fields, options }) => ({ id, fields, options }),
    );
    return { uptime: this.uptime, rates: this.rates.toJSON(), templates };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#templateBytes + this.rates.memoryBytes + this.connections.memoryBytes;
  }

  /** Returns the template with this id, if it was announced. */
  template(id: number): Template | undefined {
    return this.#templates.get(id);
  }

  /** Adds or replaces a template. If the cache is full, the least recently announced ones are dropped. */
  setTemplate(id: number, template: Template): void {
    this.withdraw(id);
    this.#templates.set(id, template);
    this.#templateBytes += template.memoryBytes;
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
    this.#templateBytes -= template.memoryBytes;
  }

  /** Drops all options templates, or all others. */
  withdrawAll(options: boolean): void {
    for (const [id, template] of this.#templates) {
      if (template.options === options) this.withdraw(id);
    }
  }

  /** Drops all templates and sampling rates, which may have changed when the exporter restarts. */
  reset(): void {
    this.#templates.clear();
    this.#templateBytes = 0;
    this.rates.clear();
  }
}
