// In a domain. Large routers have some thousand interfaces, with one rate each way.
const MAX_INTERFACES = 10_000;
const MAX_SAMPLERS = 500;
const MAX_TEMPLATES = 500;

/** Added to the index of an interface for the flows that leave by it. */
export const EGRESS = 2 ** 32;

/** The part of {@linkcode SamplingRates} that is kept over a restart of the bot, as plain data. */
export interface SamplingRatesState {
  readonly any?: number | undefined;
  readonly samplers: readonly (readonly [id: number, rate: number])[];
  readonly interfaces: readonly (readonly [index: number, rate: number])[];
  readonly templates: readonly (readonly [id: number, rate: number])[];
}

/** What an options record describes. The ids of what it does not describe are not positive. */
export interface SamplingScope {
  readonly sampler: number;
  readonly interfaceIndex: number;
  /** 0 or 1 if it describes only what enters or leaves by the interface. */
  readonly direction: number;
  readonly templateId: number;
}

/** The sampling rates that were announced in a domain, or for the exporter as a whole. Later ones replace earlier ones. */
export class SamplingRates {
  /** Rates of samplers (IPFIX: selectors). */
  readonly samplers: Map<number, number>;
  /** Rates of flows that enter by an interface, or leave by it ({@linkcode EGRESS}). */
  readonly interfaces: Map<number, number>;
  /** Rates of the records of a template. */
  readonly templates: Map<number, number>;
  /** Whether records name samplers, so that those that name none are not sampled. */
  areSamplersNamed = false;
  #any: number | undefined;
  // That of all samplers; undefined if they differ, null if it is not known.
  #common: number | undefined | null = null;

  /** Constructs a new instance, empty or from `state`. */
  constructor(state?: SamplingRatesState) {
    this.#any = state?.any;
    this.samplers = new Map(state?.samplers);
    this.interfaces = new Map(state?.interfaces);
    this.templates = new Map(state?.templates);
  }

  /** Returns the state to keep over a restart. */
  toJSON(): SamplingRatesState {
    return {
      any: this.#any,
      samplers: [...this.samplers],
      interfaces: [...this.interfaces],
      templates: [...this.templates],
    };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return 500 + 50 * (this.samplers.size + this.interfaces.size + this.templates.size);
  }

  /** Sets the rate of what an options record describes. */
  announce(rate: number, { sampler, interfaceIndex, direction, templateId }: SamplingScope): void {
    if (sampler > 0) set(this.samplers, sampler, rate, MAX_SAMPLERS);
    if (interfaceIndex > 0) {
      if (direction !== 1) set(this.interfaces, interfaceIndex, rate, MAX_INTERFACES);
      if (direction !== 0) set(this.interfaces, interfaceIndex + EGRESS, rate, MAX_INTERFACES);
    }
    if (templateId > 0) set(this.templates, templateId, rate, MAX_TEMPLATES);
    if (sampler <= 0 && interfaceIndex <= 0 && templateId <= 0) this.#any = rate;
    this.#common = null;
  }

  /** Returns the rate of flows of which nothing nearer is known, if any. */
  general(areSamplersNamed: boolean): number | undefined {
    if (this.#any !== undefined || areSamplersNamed) return this.#any;
    // Catalyst 6500 and others announce a sampler that their records do not name.
    if (this.#common === null) {
      const rates = new Set(this.samplers.values());
      this.#common = rates.size === 1 ? [...rates][0] : undefined;
    }
    return this.#common;
  }
}

function set(rates: Map<number, number>, id: number, rate: number, max: number): void {
  rates.delete(id);
  rates.set(id, rate);
  if (rates.size <= max) return;
  // The less recently announced half, as finding the first key takes long if those before it were deleted one by one.
  for (const oldest of rates.keys()) {
    if (rates.size <= max / 2) break;
    rates.delete(oldest);
  }
}
