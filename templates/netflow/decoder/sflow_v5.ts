import { TOO_LARGE } from "./data_set.ts";
import type { DecodeContext } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import { Flow } from "./flow.ts";
import { hasPorts, readFrame, readIpPacket, readIpv4Address, readIpv6Address } from "./frame.ts";

// In place of a version of NetFlow, which has domains with ids of its own.
const SFLOW = 0;

// Types of samples, and of the records in them. What enterprises have added has larger numbers.
const FLOW_SAMPLE = 1;
const EXPANDED_FLOW_SAMPLE = 3;
const SAMPLED_HEADER = 1;
const SAMPLED_ETHERNET = 2;
const SAMPLED_IPV4 = 3;
const SAMPLED_IPV6 = 4;

// Protocols of sampled headers.
const ETHERNET = 1;
const IPV4 = 11;
const IPV6 = 12;

// The format of an interface that is an index. Others tell why a packet was dropped, or how many interfaces it left by.
const INDEX = 0;
// No interface, as the packet came from or went to the exporter itself. Some exporters expand it to 32 bits.
const INTERNAL = 0x3fffffff;
const INTERNAL_EXPANDED = 0xffffffff;

// Reused, as this is the hot path.
const flow = new Flow();

/**
 * Decodes an sFlow v5 datagram. Each sampled packet is a flow. Samples of counters and of dropped packets are skipped, as is
 * what enterprises have added.
 */
export function decodeSflow(view: DataView, context: DecodeContext): void {
  const header = headerLength(view);
  if (view.byteLength < header) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${header}`);
  }
  // It ends with four words: sub-agent, sequence number, uptime, and number of samples.
  const domain = context.domain(SFLOW, agentIdOf(view, header - 12));
  context.counts.lost += domain.sequence.check(view.getUint32(header - 12), 1);
  const count = view.getUint32(header - 4);
  let at = header;
  for (let n = 0; n < count; n++) {
    const start = at + 8;
    const end = start > view.byteLength ? Infinity : start + view.getUint32(at + 4);
    if (end > view.byteLength) throw new DecodeError(`truncated after ${n} of ${count} samples`);
    const type = view.getUint32(at);
    if (type === FLOW_SAMPLE || type === EXPANDED_FLOW_SAMPLE) {
      const isExpanded = type === EXPANDED_FLOW_SAMPLE;
      decodeSample(view, start, end, isExpanded, context);
    }
    at = end;
  }
}

/** Hands over the flow of a sample. What is wrong with the sample does not cost the others of the datagram. */
function decodeSample(
  view: DataView,
  start: number,
  end: number,
  isExpanded: boolean,
  context: DecodeContext,
): void {
  const records = start + (isExpanded ? 44 : 32);
  if (records > end) return context.reportFault("a sample shorter than its header");
  if (isExpanded) readExpandedInterfaces(view, start);
  else readInterfaces(view, start);
  const isWhole = readRecords(view, records, end);
  if (flow.bytes > 0) {
    const announced = view.getUint32(start + (isExpanded ? 12 : 8));
    flow.bytes *= context.samplingRate ?? (context.scaleSampled ? Math.max(1, announced) : 1);
    if (flow.bytes > Number.MAX_SAFE_INTEGER) return context.countUndecodable(1, TOO_LARGE);
    context.counts.flows++;
    context.onFlow(flow);
  } else if (isWhole) {
    context.countUndecodable(1, "a sample without the length of its packet");
  }
  if (!isWhole) context.reportFault("records beyond the end of their sample");
}

function readInterfaces(view: DataView, start: number): void {
  const source = view.getUint32(start + 4);
  const input = view.getUint32(start + 20);
  const output = view.getUint32(start + 24);
  flow.input = interfaceOf(input >>> 30, input & 0x3fffffff);
  flow.output = interfaceOf(output >>> 30, output & 0x3fffffff);
  flow.isEgress = isEgress(source >>> 24, source & 0xffffff);
}

function readExpandedInterfaces(view: DataView, start: number): void {
  flow.input = interfaceOf(view.getUint32(start + 24), view.getUint32(start + 28));
  flow.output = interfaceOf(view.getUint32(start + 32), view.getUint32(start + 36));
  flow.isEgress = isEgress(view.getUint32(start + 4), view.getUint32(start + 8));
}

function interfaceOf(format: number, value: number): number {
  const isKnown = format === INDEX && value !== 0 && value !== INTERNAL &&
    value !== INTERNAL_EXPANDED;
  return isKnown ? value : -1;
}

// The direction is that of the interface that took the sample, as in pmacct; others, such as a whole switch, have none.
function isEgress(sourceClass: number, source: number): boolean {
  return sourceClass === INDEX && source === flow.output && source !== flow.input;
}

/**
 * Reads the records of a sample: usually the header of the packet, often with what the exporter did with it.
 *
 * The bytes are those of the frame, as the counters of interfaces and goflow2 and pmacct count them. NetFlow counts from
 * the IP header on, as does an exporter that tells only the length of the IP packet.
 *
 * @returns Whether all records are whole.
 */
function readRecords(view: DataView, offset: number, end: number): boolean {
  flow.clearHeaders();
  let frameLength = 0;
  let ipLength = 0;
  let isWhole = true;
  const count = view.getUint32(offset - 4);
  let at = offset;
  for (let n = 0; n < count; n++) {
    const start = at + 8;
    const next = start > end ? Infinity : start + view.getUint32(at + 4);
    if (next > end) {
      isWhole = false;
      break;
    }
    const type = view.getUint32(at);
    const length = next - start;
    if (type === SAMPLED_HEADER && length >= 16) {
      frameLength = view.getUint32(start + 4);
      readHeader(view, start, next);
    } else if (type === SAMPLED_ETHERNET && length >= 4) {
      frameLength ||= view.getUint32(start);
    } else if (type === SAMPLED_IPV4 && length >= 24) {
      ipLength = view.getUint32(start);
      readIpv4Address(view, start + 8, flow.source);
      readIpv4Address(view, start + 12, flow.destination);
      readProtocol(view, start + 4, start + 16);
    } else if (type === SAMPLED_IPV6 && length >= 48) {
      ipLength = view.getUint32(start);
      readIpv6Address(view, start + 8, flow.source);
      readIpv6Address(view, start + 24, flow.destination);
      readProtocol(view, start + 4, start + 40);
    }
    at = next;
  }
  flow.bytes = frameLength || ipLength;
  return isWhole;
}

function readHeader(view: DataView, start: number, next: number): void {
  const protocol = view.getUint32(start);
  const header = start + 16;
  const end = Math.min(next, header + view.getUint32(start + 12)); // padding follows
  if (protocol === ETHERNET) readFrame(view, header, end, flow);
  if (protocol === IPV4 || protocol === IPV6) readIpPacket(view, header, end, flow);
}

function readProtocol(view: DataView, protocolAt: number, portsAt: number): void {
  // All are written in 32 bits.
  flow.protocol = view.getUint8(protocolAt + 3);
  const hasPort = hasPorts(flow.protocol);
  flow.sourcePort = hasPort ? view.getUint16(portsAt + 2) : -1;
  flow.destinationPort = hasPort ? view.getUint16(portsAt + 6) : -1;
}

/** Returns the length of the datagram's header, which depends on the kind of the agent's address. */
function headerLength(view: DataView): number {
  const kind = view.byteLength >= 8 ? view.getUint32(4) : 1;
  if (kind > 2) throw new DecodeError(`an agent address of kind ${kind}, expected IPv4 or IPv6`);
  return 24 + [0, 4, 16][kind]!;
}

/** Returns an id for the agent and its sub-agent, which number their datagrams: a relay sends those of several agents. */
function agentIdOf(view: DataView, end: number): number {
  let id = 0;
  for (let at = 8; at < end; at += 4) id = Math.imul(id, 31) + view.getUint32(at);
  return id >>> 0;
}
