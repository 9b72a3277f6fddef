import { DecodeError } from "./decode_error.ts";
import { Flow, type OnFlow } from "./flow.ts";
import { type ElementName, ELEMENTS } from "./information_elements.ts";
import type { Template } from "./template.ts";

/** Reads data records by their template. One instance is reused for all records, as this is the hot path. */
export class RecordReader {
  // Numbers, and the offsets of addresses. NaN: the record does not have the element.
  readonly #values = new Float64Array(ELEMENTS.length);
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #flow = new Flow();

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
   * Hands over the flows of the record: two for a biflow, none if it has no byte count.
   *
   * @param rateOf Returns the rate of a sampler. Without it flows are not scaled by their sampling rate.
   * @throws {DecodeError} If a count is impossibly large.
   */
  readFlows(
    rateOf: ((samplerId: number | undefined) => number) | undefined,
    onFlow: OnFlow,
  ): void {
    const forward = this.#get("octetDeltaCount") ?? this.#get("octetTotalCount") ??
      this.#get("initiatorOctets") ?? this.#get("postOctetDeltaCount");
    if (forward === undefined) return;
    const reverse = this.#get("reverseOctets") ?? this.#get("responderOctets") ?? 0;
    const rate = rateOf === undefined ? 1 : this.samplingRate() ?? rateOf(this.samplerId());
    // 9 petabytes in one flow are implausible, and could not be summed exactly.
    if (Math.max(forward, reverse) * rate > Number.MAX_SAFE_INTEGER) {
      throw new DecodeError("a flow of more than 9 petabytes");
    }
    const flow = this.#flow;
    flow.bytes = Math.round(forward * rate);
    flow.isEgress = this.#get("flowDirection") === 1;
    flow.input = this.#get("ingressInterface") ?? -1;
    flow.output = this.#get("egressInterface") ?? -1;
    flow.protocol = this.#get("protocolIdentifier") ?? -1;
    flow.sourcePort = this.#get("sourceTransportPort") ?? -1;
    flow.destinationPort = this.#get("destinationTransportPort") ?? -1;
    this.#readAddress(flow.source, "sourceIPv4Address", "sourceIPv6Address");
    this.#readAddress(flow.destination, "destinationIPv4Address", "destinationIPv6Address");
    onFlow(flow);
    if (reverse === 0) return;
    flow.reverse(Math.round(reverse * rate));
    onFlow(flow);
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
  #readAddress(words: Uint32Array, ipv4: ElementName, ipv6: ElementName): void {
    words.fill(0);
    const short = this.#get(ipv4);
    const long = this.#get(ipv6);
    if (short !== undefined && (long === undefined || this.#view.getUint32(short) !== 0)) {
      words[2] = 0xffff;
      words[3] = this.#view.getUint32(short);
    } else if (long !== undefined) {
      for (let word = 0; word < 4; word++) words[word] = this.#view.getUint32(long + 4 * word);
    }
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
