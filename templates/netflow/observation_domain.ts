import { SequenceTracker } from "./sequence.ts";
import type { Template } from "./template.ts";

// An exporter has a handful of samplers.
const MAX_RATES = 256;

// Enough for some hundred templates of twenty fields that matter; the largest routers have some tens.
const MAX_COST = 100_000;

/** Stands for "no sampler named": its rate holds for records that name none, or one that was not announced. */
const ANY_SAMPLER = -1;

/** What is worth keeping of a {@linkcode Domain} over a restart of the bot, as plain data. */
export interface DomainState {
  readonly uptime: number;
  readonly rates: readonly (readonly [samplerId: number, rate: number])[];
  readonly templates: readonly (readonly [id: number, template: Template])[];
}

/**
 * What one exporter has said so far in one observation domain (a line card, an engine): the number space of its templates
 * and sequence.
 */
export class Domain {
  /** Counts what is missing. */
  readonly sequence = new SequenceTracker();
  /** How long the exporter had been up at its latest packet, in milliseconds. */
  uptime = 0;
  readonly #rates = new Map<number, number>();
  // The one announced longest ago first.
  readonly #templates = new Map<number, Template>();
  #cost = 0;

  /**
   * Makes one that knows nothing, or what `state` knows. Sequence numbers are not a part of that: what was sent while
   * the bot was down was not lost by the network.
   */
  constructor(state?: DomainState) {
    if (state === undefined) return;
    this.uptime = state.uptime;
    for (const [id, rate] of state.rates) this.#rates.set(id, rate);
    for (const [id, template] of state.templates) this.define(id, template);
  }

  /** What is worth keeping, as plain data. */
  toJSON(): DomainState {
    return { uptime: this.uptime, rates: [...this.#rates], templates: [...this.#templates] };
  }

  /** About how many bytes the templates take. */
  get cost(): number {
    return this.#cost;
  }

  /** The template of an id, if it was announced. */
  template(id: number): Template | undefined {
    return this.#templates.get(id);
  }

  /** Learns a template, in place of whatever had its id. When there is no more room the oldest make some. */
  define(id: number, template: Template): void {
    this.withdraw(id);
    this.#templates.set(id, template);
    this.#cost += costOf(template);
    for (const oldest of this.#templates.keys()) {
      if (this.#cost <= MAX_COST || oldest === id) break;
      this.withdraw(oldest);
    }
  }

  /** Forgets a template. */
  withdraw(id: number): void {
    const template = this.#templates.get(id);
    if (template === undefined) return;
    this.#templates.delete(id);
    this.#cost -= costOf(template);
  }

  /** Forgets all templates of flows, or all of options. */
  withdrawAll(options: boolean): void {
    for (const [id, template] of this.#templates) {
      if (template.options === options) this.withdraw(id);
    }
  }

  /** Remembers of how many packets a sampler looks at one. */
  setRate(samplerId: number | undefined, rate: number): void {
    const id = samplerId ?? ANY_SAMPLER;
    if (this.#rates.has(id) || this.#rates.size < MAX_RATES) this.#rates.set(id, rate);
  }

  /** What the flows of a sampler are to be multiplied by. */
  readonly rateOf = (samplerId: number | undefined): number =>
    this.#rates.get(samplerId ?? ANY_SAMPLER) ?? this.#rates.get(ANY_SAMPLER) ?? 1;

  /** Forgets what was announced, as after a restart of the exporter nothing of it need be true. */
  forget(): void {
    this.#templates.clear();
    this.#cost = 0;
    this.#rates.clear();
  }
}

function costOf(template: Template): number {
  return 40 * (1 + template.steps.length);
}
