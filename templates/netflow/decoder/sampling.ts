import type { DecodeContext } from "./decode_context.ts";
import type { Domain } from "./domain.ts";
import type { Flow } from "./flow.ts";
import { ELEMENT } from "./information_elements.ts";
import type { RecordReader } from "./record_reader.ts";
import { EGRESS, type SamplingRates, type SamplingScope } from "./sampling_rates.ts";
import type { Template } from "./template.ts";

// Real rates go up to some ten thousands, and a wrong one multiplies everything.
const MAX_RATE = 1_000_000;

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
  context: DecodeContext,
): number {
  if (context.samplingRate !== undefined) return context.samplingRate;
  if (!context.scaleSampled) return 1;
  const own = template.hasRate ? readRate(record) : undefined;
  if (own !== undefined) return own;
  const { rates } = domain;
  const sampler = readSampler(record);
  if (sampler > 0) {
    rates.areSamplersNamed = true;
    const rate = rates.samplers.get(sampler) ?? context.rates.samplers.get(sampler);
    if (rate !== undefined) return rate;
  }
  return rateOfInterface(flow, rates) ??
    rates.templates.get(template.id) ??
    rates.general(rates.areSamplersNamed) ??
    rateOfInterface(flow, context.rates) ??
    context.rates.general(rates.areSamplersNamed) ?? 1;
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
  context: DecodeContext,
): void {
  const rate = readRate(record);
  if (rate === undefined) return;
  const scope: SamplingScope = {
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
  const isOther = domain.version === 10 && domainId > 0 && domainId !== domain.id;
  const about = isOther ? context.domain(10, domainId) : domain;
  about.rates.announce(rate, scope);
  // An interface has the same index in all domains.
  const isOfExporter = scope.interfaceIndex > 0 || domainId === 0 ||
    EXPORTER_SCOPES.some((element) => template.has(element));
  if (isOfExporter) context.rates.announce(rate, scope);
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
