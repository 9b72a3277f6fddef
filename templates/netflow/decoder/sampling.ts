import type { Decoder } from "./decoder.ts";
import type { Domain } from "./domain.ts";
import type { Flow } from "./flow.ts";
import { ELEMENT } from "./information_elements.ts";
import type { RecordReader } from "./record_reader.ts";
import type { Template } from "./template.ts";

// Real rates go up to some ten thousands, and a wrong one multiplies everything.
const MAX_RATE = 1_000_000;

// In a domain. Large routers have some thousand interfaces, with one rate each way.
const MAX_INTERFACES = 10_000;
const MAX_SAMPLERS = 500;
const MAX_TEMPLATES = 500;

// Added to the index of an interface for the flows that leave by it.
const EGRESS = 2 ** 32;

/** The part of {@linkcode SamplingRates} that is kept over a restart of the bot, as plain data. */
export interface SamplingRatesState {
  readonly any?: number | undefined;
  readonly samplers: readonly (readonly [id: number, rate: number])[];
  readonly interfaces: readonly (readonly [index: number, rate: number])[];
  readonly templates: readonly (readonly [id: number, rate: number])[];
}

/** What an options record describes. The ids of what it does not describe are not positive. */
interface Scope {
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
  announce(rate: number, { sampler, interfaceIndex, direction, templateId }: Scope): void {
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

/**
 * Returns the rate to multiply a flow by, the first of these that is known:
 *
 * 1. the rate that an administrator stated for the exporter
 * 2. that in the record itself
 * 3. that of the sampler that the record names; of this domain, then of the exporter
 * 4. that of the interface where it was observed
 * 5. that of its template
 * 6. that of its domain: announced without an id, or with 0; or that of all samplers, if records name none
 * 7. that of the exporter: announced in another domain, for its interface or for the exporter as a whole
 * 8. 1
 *
 * @param flow The flow, whose interfaces were read from the record.
 */
export function rateOf(
  flow: Flow,
  record: RecordReader,
  template: Template,
  domain: Domain,
  decoder: Decoder,
): number {
  if (decoder.samplingRate !== undefined) return decoder.samplingRate;
  if (!decoder.scaleSampled) return 1;
  const own = template.hasRate ? readRate(record) : undefined;
  if (own !== undefined) return own;
  const { rates } = domain;
  const sampler = readSampler(record);
  if (sampler > 0) {
    rates.areSamplersNamed = true;
    const rate = rates.samplers.get(sampler) ?? decoder.rates.samplers.get(sampler);
    if (rate !== undefined) return rate;
  }
  return rateOfInterface(flow, rates) ??
    rates.templates.get(template.id) ??
    rates.general(rates.areSamplersNamed) ??
    rateOfInterface(flow, decoder.rates) ??
    decoder.rates.general(rates.areSamplersNamed) ?? 1;
}

function rateOfInterface(flow: Flow, { interfaces }: SamplingRates): number | undefined {
  if (interfaces.size === 0) return undefined;
  return interfaces.get(flow.isEgress ? flow.output + EGRESS : flow.input);
}

/** Reads an options record: the sampling rate that it announces, if any. */
export function readOptions(
  record: RecordReader,
  template: Template,
  domain: Domain,
  decoder: Decoder,
): void {
  const rate = readRate(record);
  if (rate === undefined) return;
  const scope: Scope = {
    sampler: readSampler(record),
    interfaceIndex: firstOf(
      record.uint(ELEMENT.interfaceScope),
      record.uint(ELEMENT.ingressInterface),
      record.uint(ELEMENT.egressInterface),
    ),
    direction: record.uint(ELEMENT.flowDirection),
    templateId: firstOf(record.uint(ELEMENT.templateScope), record.uint(ELEMENT.templateId)),
  };
  const domainId = record.uint(ELEMENT.observationDomainId);
  // Only IPFIX can name another domain; 0 is the whole exporter (RFC 7011, section 3.1).
  const about = domainId > 0 && domainId !== domain.id ? decoder.domain(10, domainId) : domain;
  about.rates.announce(rate, scope);
  // An interface has the same index in all domains.
  const isOfExporter = scope.interfaceIndex > 0 || domainId === 0 ||
    EXPORTER_SCOPES.some((element) => template.has(element));
  if (isOfExporter) decoder.rates.announce(rate, scope);
}

const EXPORTER_SCOPES = [
  ELEMENT.systemScope,
  ELEMENT.exporterIPv4Address,
  ELEMENT.exporterIPv6Address,
  ELEMENT.exportingProcessId,
  ELEMENT.meteringProcessId,
];

function firstOf(...ids: readonly number[]): number {
  return ids.find((id) => id >= 0) ?? -1;
}

function readSampler(record: RecordReader): number {
  const id = record.id(ELEMENT.samplerId);
  return id >= 0 ? id : record.id(ELEMENT.selectorId);
}

/** Returns the sampling rate in a record, if any: `N` where one in `N` packets is sampled. */
function readRate(record: RecordReader): number | undefined {
  const sampled = record.uint(ELEMENT.samplingPacketInterval);
  const skipped = record.uint(ELEMENT.samplingPacketSpace);
  const size = record.uint(ELEMENT.samplingSize);
  const population = record.uint(ELEMENT.samplingPopulation);
  return plausible(record.uint(ELEMENT.samplingInterval)) ??
    plausible(record.uint(ELEMENT.samplerRandomInterval)) ??
    (skipped < 0 ? undefined : plausible((sampled + skipped) / sampled)) ??
    (size < 0 ? undefined : plausible(population / size)) ??
    plausible(1 / record.float(ELEMENT.samplingProbability)) ??
    // goflow2 too takes it for the rate without the number of skipped packets. Cisco announces 1 beside the real rate.
    plausible(sampled);
}

// A rate of 0 says nothing: some exporters announce it beside the real one.
function plausible(rate: number): number | undefined {
  return rate >= 1 && rate <= MAX_RATE ? rate : undefined;
}
