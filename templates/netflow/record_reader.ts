import { ipv4At, ipv6At } from "./address.ts";
import { type Field, FIELDS } from "./information_elements.ts";
import type { Flow } from "./flow.ts";
import type { Template } from "./template.ts";

/** Reads one record after the other by their templates. Made once and used for all, as this is where the time goes. */
export class DataRecord {
  // Numbers hold themselves, addresses where they start. NaN is a field that the record does not have.
  readonly #values = new Float64Array(FIELDS.length);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * Reads the record that starts at `offset`.
   *
   * @returns Where the next one starts, or -1 if this one does not end before `end`.
   */
  read(template: Template, view: DataView, offset: number, end: number): number {
    const values = this.#values.fill(NaN);
    this.#view = view;
    let at = offset;
    for (const { skip, field, length } of template.steps) {
      at += skip;
      if (at + length > end) return -1;
      if (field >= 0) {
        values[field] = length === 16 || isIpv4[field] ? at : readUint(view, at, length);
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
   * The flows that the record tells of: one, two where it has both ways, none where it has no bytes.
   *
   * @param rateOf The sampling rate of a sampler; without it nothing is multiplied.
   * @returns The flows, or `undefined` if the record claims more bytes than can be.
   */
  flows(rateOf?: (samplerId: number | undefined) => number): Flow[] | undefined {
    const forward = this.#get("bytes") ?? this.#get("bytesTotal") ??
      this.#get("bytesOfInitiator") ?? this.#get("bytesOut");
    if (forward === undefined) return [];
    const back = this.#get("bytesBack") ?? this.#get("bytesOfResponder") ?? 0;
    const rate = rateOf === undefined ? 1 : this.samplingRate() ?? rateOf(this.samplerId());
    const packets = this.#get("packets") ?? this.#get("packetsTotal") ?? this.#get("packetsOut");
    // 9 petabytes in one flow: not a flow, and not a number that could be added up exactly.
    if (Math.max(forward, back, packets ?? 0) * rate > Number.MAX_SAFE_INTEGER) return undefined;
    const flow: Flow = {
      bytes: Math.round(forward * rate),
      packets: Math.round((packets ?? 0) * rate),
      direction: this.#get("direction") === 1 ? "egress" : "ingress",
      input: this.#get("input") ?? 0,
      output: this.#get("output") ?? 0,
      source: this.#address("sourceIpv4", "sourceIpv6"),
      destination: this.#address("destinationIpv4", "destinationIpv6"),
      protocol: this.#get("protocol") ?? 0,
      sourcePort: this.#get("sourcePort") ?? 0,
      destinationPort: this.#get("destinationPort") ?? 0,
    };
    if (back === 0) return [flow];
    return [flow, {
      ...flow,
      bytes: Math.round(back * rate),
      packets: Math.round((this.#get("packetsBack") ?? 0) * rate),
      input: flow.output,
      output: flow.input,
      source: flow.destination,
      destination: flow.source,
      sourcePort: flow.destinationPort,
      destinationPort: flow.sourcePort,
    }];
  }

  /** Which of the exporter's samplers the record is about, if it says so. */
  samplerId(): number | undefined {
    return this.#get("samplerId") ?? this.#get("selectorId");
  }

  /** Of how many packets one is looked at, if the record says so. */
  samplingRate(): number | undefined {
    const interval = this.#get("samplingInterval") ?? this.#get("samplerInterval");
    if (interval !== undefined) return plausibleRate(interval);
    const packets = this.#get("sampledPackets");
    const skipped = this.#get("skippedPackets");
    if (packets !== undefined && skipped !== undefined) {
      return plausibleRate((packets + skipped) / packets);
    }
    const size = this.#get("sampledSize");
    const population = this.#get("sampledPopulation");
    if (size !== undefined && population !== undefined) return plausibleRate(population / size);
    return undefined;
  }

  #get(field: Field): number | undefined {
    const value = this.#values[INDEX[field]]!;
    return value === value ? value : undefined;
  }

  // Records with room for both kinds leave the one that is not used zero.
  #address(ipv4: Field, ipv6: Field): string {
    const short = this.#get(ipv4);
    const long = this.#get(ipv6);
    if (short !== undefined && (long === undefined || this.#view.getUint32(short) !== 0)) {
      return ipv4At(this.#view, short);
    }
    return long === undefined ? "" : ipv6At(this.#view, long);
  }
}

const INDEX = Object.fromEntries(FIELDS.map((field, n) => [field, n])) as Record<Field, number>;
const isIpv4 = FIELDS.map((field) => field.endsWith("Ipv4"));

// Nobody samples more thinly than one packet in some ten thousands; a wrong rate multiplies everything.
const MAX_RATE = 1_000_000;

function plausibleRate(rate: number): number | undefined {
  return rate >= 1 && rate <= MAX_RATE ? rate : undefined;
}

/** Reads a number of 1 to 8 bytes. Beyond 2^53 it is rounded, which is still beyond. */
function readUint(view: DataView, offset: number, length: number): number {
  if (length === 4) return view.getUint32(offset);
  if (length === 2) return view.getUint16(offset);
  if (length === 1) return view.getUint8(offset);
  let value = 0;
  for (let n = 0; n < length; n++) value = value * 256 + view.getUint8(offset + n);
  return value;
}
