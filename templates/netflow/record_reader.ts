import { ipv4At, ipv6At } from "./address.ts";
import type { Flow } from "./flow.ts";
import { type ElementName, ELEMENTS } from "./information_elements.ts";
import type { Template } from "./template.ts";

/** Reads data records by their template. One instance is reused for all records, as this is the hot path. */
export class RecordReader {
  // Numbers, and the offsets of addresses. NaN: the record does not have the element.
  readonly #values = new Float64Array(ELEMENTS.length);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * Reads the record that starts at `offset`.
   *
   * @returns The offset of the next record, or -1 if this one extends beyond `end`.
   */
  read(template: Template, view: DataView, offset: number, end: number): number {
    const values = this.#values.fill(NaN);
    this.#view = view;
    let at = offset;
    for (const { skip, field, length } of template.steps) {
      at += skip;
      if (at + length > end) return -1;
      if (field >= 0) {
        values[field] = length === 16 || IS_IPV4[field] ? at : readUint(view, at, length);
        at += length;
      } else {
        if (at + 1 > end) return -1;
        let bytes = view.getUint8(at++);
        if (bytes === 255) {
          if (at + 2 > end) return -1;
          bytes = view.getUint16(at);
          at += 2;
        }
        at += bytes;
      }
    }
    at += template.tail;
    return at > end ? -1 : at;
  }

  /**
   * Returns the flows of the record: two for a biflow, none if it has no byte count.
   *
   * @param rateOf Returns the rate of a sampler. Without it flows are not scaled by their sampling rate.
   * @returns The flows, or `undefined` if a count is impossibly large.
   */
  flows(rateOf?: (samplerId: number | undefined) => number): Flow[] | undefined {
    const forward = this.#get("octetDeltaCount") ?? this.#get("octetTotalCount") ??
      this.#get("initiatorOctets") ?? this.#get("postOctetDeltaCount");
    if (forward === undefined) return [];
    const reverse = this.#get("reverseOctets") ?? this.#get("responderOctets") ?? 0;
    const rate = rateOf === undefined ? 1 : this.samplingRate() ?? rateOf(this.samplerId());
    const packets = this.#get("packetDeltaCount") ?? this.#get("packetTotalCount") ??
      this.#get("postPacketDeltaCount");
    // 9 petabytes in one flow are implausible, and could not be summed exactly.
    if (Math.max(forward, reverse, packets ?? 0) * rate > Number.MAX_SAFE_INTEGER) return undefined;
    const flow: Flow = {
      bytes: Math.round(forward * rate),
      packets: Math.round((packets ?? 0) * rate),
      direction: this.#get("flowDirection") === 1 ? "egress" : "ingress",
      input: this.#get("ingressInterface") ?? 0,
      output: this.#get("egressInterface") ?? 0,
      source: this.#address("sourceIPv4Address", "sourceIPv6Address"),
      destination: this.#address("destinationIPv4Address", "destinationIPv6Address"),
      protocol: this.#get("protocolIdentifier") ?? 0,
      sourcePort: this.#get("sourceTransportPort") ?? 0,
      destinationPort: this.#get("destinationTransportPort") ?? 0,
    };
    if (reverse === 0) return [flow];
    return [flow, {
      ...flow,
      bytes: Math.round(reverse * rate),
      packets: Math.round((this.#get("reversePackets") ?? 0) * rate),
      input: flow.output,
      output: flow.input,
      source: flow.destination,
      destination: flow.source,
      sourcePort: flow.destinationPort,
      destinationPort: flow.sourcePort,
    }];
  }

  /** Returns the id of the sampler that the record refers to, if any. */
  samplerId(): number | undefined {
    return this.#get("samplerId") ?? this.#get("selectorId");
  }

  /** Returns the sampling rate in the record, if any: `N` where one in `N` packets is sampled. */
  samplingRate(): number | undefined {
    const interval = this.#get("samplingInterval") ?? this.#get("samplerRandomInterval");
    if (interval !== undefined) return plausibleRate(interval);
    const sampled = this.#get("samplingPacketInterval");
    const skipped = this.#get("samplingPacketSpace");
    if (sampled !== undefined && skipped !== undefined) {
      return plausibleRate((sampled + skipped) / sampled);
    }
    const size = this.#get("samplingSize");
    const population = this.#get("samplingPopulation");
    if (size !== undefined && population !== undefined) return plausibleRate(population / size);
    return undefined;
  }

  #get(name: ElementName): number | undefined {
    const value = this.#values[INDEX[name]]!;
    return Number.isNaN(value) ? undefined : value;
  }

  // Templates with both IPv4 and IPv6 addresses leave the unused one zero.
  #address(ipv4: ElementName, ipv6: ElementName): string {
    const short = this.#get(ipv4);
    const long = this.#get(ipv6);
    if (short !== undefined && (long === undefined || this.#view.getUint32(short) !== 0)) {
      return ipv4At(this.#view, short);
    }
    return long === undefined ? "" : ipv6At(this.#view, long);
  }
}

const INDEX = Object.fromEntries(
  ELEMENTS.map((name, index) => [name, index]),
) as Record<ElementName, number>;
const IS_IPV4 = ELEMENTS.map((name) => name.endsWith("IPv4Address"));

// Real rates go up to some ten thousands, and a wrong one multiplies everything.
const MAX_RATE = 1_000_000;

function plausibleRate(rate: number): number | undefined {
  return rate >= 1 && rate <= MAX_RATE ? rate : undefined;
}

/** Reads a number of 1 to 8 bytes. Above 2^53 it is rounded, but stays above. */
function readUint(view: DataView, offset: number, length: number): number {
  if (length === 4) return view.getUint32(offset);
  if (length === 2) return view.getUint16(offset);
  if (length === 1) return view.getUint8(offset);
  let value = 0;
  for (let n = 0; n < length; n++) value = value * 256 + view.getUint8(offset + n);
  return value;
}
