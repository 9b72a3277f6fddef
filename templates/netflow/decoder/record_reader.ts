import { DecodeError } from "./decode_error.ts";
import type { Flow } from "./flow.ts";
import { readFrame, readIpPacket, readIpv4Address, readIpv6Address } from "./frame.ts";
import { ELEMENT, ELEMENT_COUNT } from "./information_elements.ts";
import { type Template, VARIABLE_LENGTH } from "./template.ts";

// Constants of this file, as reading a property takes longer.
const {
  destinationIPv4Address,
  destinationIPv6Address,
  destinationTransportPort,
  dataLinkFrameSection,
  egressInterface,
  flowDirection,
  ingressInterface,
  ipHeaderPacketSection,
  protocolIdentifier,
  sourceIPv4Address,
  sourceIPv6Address,
  sourceTransportPort,
} = ELEMENT;

const ICMP = 1;
const ICMPV6 = 58;

/** Reads the fields of a data record in place. One instance is reused for all records, as this is the hot path. */
export class RecordReader {
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #offsets = new Int32Array(0);
  #lengths = new Int32Array(0);
  // Of a record with fields of variable length.
  readonly #ownOffsets = new Int32Array(ELEMENT_COUNT);
  readonly #ownLengths = new Int32Array(ELEMENT_COUNT);

  /**
   * Moves to the record that starts at `offset`.
   *
   * @returns The offset of the next record.
   * @throws {DecodeError} If the record extends beyond `end`.
   */
  moveTo(template: Template, view: DataView, offset: number, end: number): number {
    this.#view = view;
    this.#start = offset;
    if (template.isVariable) return this.#findFields(template, offset, end);
    this.#offsets = template.offsets;
    this.#lengths = template.lengths;
    return offset + template.minLength;
  }

  /** Returns a number of the record; -1 if it does not have the {@linkcode ELEMENT}. */
  uint(element: number): number {
    const offset = this.#offsets[element]!;
    if (offset < 0) return -1;
    return readUint(this.#view, this.#start + offset, this.#lengths[element]!);
  }

  /** Returns a counter of the record; 0 if it does not have the {@linkcode ELEMENT}, or if that is -1. */
  count(element: number): number {
    return element < 0 ? 0 : Math.max(0, this.uint(element));
  }

  /** Returns an id of up to 64 bits, those above 2^52 folded into less; -1 if the record does not have it. */
  id(element: number): number {
    const offset = this.#offsets[element]!;
    if (offset < 0 || this.#lengths[element] !== 8) return this.uint(element);
    const at = this.#start + offset;
    return (this.#view.getUint32(at) % 0xfffff) * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  /** Returns a floating-point number of the record; -1 if it does not have the {@linkcode ELEMENT}. */
  float(element: number): number {
    const offset = this.#offsets[element]!;
    if (offset < 0) return -1;
    const at = this.#start + offset;
    return this.#lengths[element] === 8 ? this.#view.getFloat64(at) : this.#view.getFloat32(at);
  }

  /** Reads everything of a flow but its bytes. */
  readFlow(template: Template, flow: Flow): void {
    flow.isEgress = this.uint(flowDirection) === 1;
    flow.input = this.uint(ingressInterface);
    flow.output = this.uint(egressInterface);
    if (template.hasPacket) return this.#readPacket(flow);
    const protocol = this.uint(protocolIdentifier);
    flow.protocol = protocol <= 255 ? protocol : -1;
    flow.sourcePort = this.uint(sourceTransportPort);
    flow.destinationPort = this.uint(destinationTransportPort);
    if (template.hasIcmpType && (flow.protocol === ICMP || flow.protocol === ICMPV6)) {
      flow.sourcePort = flow.destinationPort = -1;
    }
    this.#readAddress(flow.source, sourceIPv4Address, sourceIPv6Address);
    this.#readAddress(flow.destination, destinationIPv4Address, destinationIPv6Address);
  }

  // Templates with both IPv4 and IPv6 addresses leave the unused one zero.
  #readAddress(words: Uint32Array, ipv4: number, ipv6: number): void {
    const short = this.#offsets[ipv4]!;
    const long = this.#offsets[ipv6]!;
    if (short >= 0 && (long < 0 || this.uint(ipv4) !== 0)) {
      readIpv4Address(this.#view, this.#start + short, words);
    } else if (long >= 0) {
      readIpv6Address(this.#view, this.#start + long, words);
    } else {
      words.fill(0);
    }
  }

  #readPacket(flow: Flow): void {
    const frame = this.#offsets[dataLinkFrameSection]!;
    const isFrame = frame >= 0;
    const element = isFrame ? dataLinkFrameSection : ipHeaderPacketSection;
    const at = this.#start + this.#offsets[element]!;
    const end = at + this.#lengths[element]!;
    if (isFrame) readFrame(this.#view, at, end, flow);
    else readIpPacket(this.#view, at, end, flow);
  }

  #findFields(template: Template, start: number, end: number): number {
    this.#offsets = this.#ownOffsets;
    this.#lengths = this.#ownLengths;
    this.#offsets.fill(-1);
    let at = start;
    for (let n = 0; n < template.fieldLengths.length; n++) {
      let length = template.fieldLengths[n]!;
      if (length === VARIABLE_LENGTH && at < end) {
        length = this.#view.getUint8(at++);
        if (length === 255 && at + 2 <= end) {
          length = this.#view.getUint16(at);
          at += 2;
        }
      }
      if (at + length > end) throw new DecodeError("a record that extends beyond its set");
      const element = template.elements[n]!;
      if (element >= 0) {
        this.#offsets[element] = at - start;
        this.#lengths[element] = length;
      }
      at += length;
    }
    return at;
  }
}

/** Reads a number of up to 8 bytes. Above 2^53 it is rounded, but stays above. */
function readUint(view: DataView, offset: number, length: number): number {
  if (length === 4) return view.getUint32(offset);
  if (length === 2) return view.getUint16(offset);
  if (length === 1) return view.getUint8(offset);
  if (length === 8) return view.getUint32(offset) * 2 ** 32 + view.getUint32(offset + 4);
  let value = 0;
  for (let n = 0; n < length; n++) value = value * 256 + view.getUint8(offset + n);
  return value;
}
