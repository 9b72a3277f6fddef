import type { Flow } from "./flow.ts";

const MAC_ADDRESSES = 12;
// A larger type is no length.
const MAX_LENGTH = 1500;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const MPLS = 0x8847;
const MPLS_MULTICAST = 0x8848;
const PPPOE_SESSION = 0x8864;
// 802.1Q, 802.1ad, and what was used before 802.1ad.
const VLAN_TAGS: readonly number[] = [0x8100, 0x88a8, 0x9100, 0x9200];

// Frames have two or three, so more are nonsense. The same for the labels of MPLS and the extension headers of IPv6.
const MAX_HEADERS = 8;

const TCP = 6;
const UDP = 17;
const DCCP = 33;
const SCTP = 132;
const UDP_LITE = 136;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/**
 * Reads the protocol, addresses and ports of a flow from an Ethernet frame, which usually is cut after its first headers.
 * What the frame does not have, or what is cut off, is not exported.
 *
 * @param end Where the frame ends, not beyond the end of `view`.
 */
export function readFrame(view: DataView, offset: number, end: number, flow: Flow): void {
  flow.clearHeaders();
  let at = offset + MAC_ADDRESSES;
  for (let n = 0; n < MAX_HEADERS && at + 2 <= end; n++) {
    const type = view.getUint16(at);
    at += 2;
    if (type === IPV4 || type === IPV6) return readIpPacket(view, at, end, flow);
    if (VLAN_TAGS.includes(type)) {
      at += 2;
    } else if (type <= MAX_LENGTH && isSnap(view, at, end)) {
      at += 6;
    } else if (type === PPPOE_SESSION) {
      if (isIpOverPpp(view, at, end)) readIpPacket(view, at + 8, end, flow);
      return;
    } else if (type === MPLS || type === MPLS_MULTICAST) {
      at = skipLabels(view, at, end);
      // Nothing names what follows, but the first bits do: the version of IP, or 0 for a control word and a frame.
      if (at >= end || view.getUint8(at) >> 4 !== 0) return readIpPacket(view, at, end, flow);
      at += 4 + MAC_ADDRESSES;
    } else {
      return;
    }
  }
}

/**
 * Reads the protocol, addresses and ports of a flow from an IPv4 or IPv6 packet, which may be cut as in
 * {@linkcode readFrame}. Only the first fragment of a packet has ports.
 */
export function readIpPacket(view: DataView, offset: number, end: number, flow: Flow): void {
  flow.clearHeaders();
  const version = offset < end ? view.getUint8(offset) >> 4 : 0;
  if (version === 4) readIpv4(view, offset, end, flow);
  if (version === 6) readIpv6(view, offset, end, flow);
}

function readIpv4(view: DataView, offset: number, end: number, flow: Flow): void {
  const header = 4 * (view.getUint8(offset) & 0xf);
  if (header < 20) return;
  if (offset + 10 <= end) flow.protocol = view.getUint8(offset + 9);
  if (offset + 16 <= end) readIpv4Address(view, offset + 12, flow.source);
  if (offset + 20 <= end) readIpv4Address(view, offset + 16, flow.destination);
  const isFirstFragment = offset + 8 <= end && (view.getUint16(offset + 6) & 0x1fff) === 0;
  if (isFirstFragment) readPorts(view, offset + header, end, flow);
}

function readIpv6(view: DataView, offset: number, end: number, flow: Flow): void {
  if (offset + 24 <= end) readIpv6Address(view, offset + 8, flow.source);
  if (offset + 40 <= end) readIpv6Address(view, offset + 24, flow.destination);
  if (offset + 7 > end) return;
  let next = view.getUint8(offset + 6);
  let at = offset + 40;
  for (let n = 0; isExtension(next); n++) {
    // The protocol is the one that the last extension header names.
    if (n === MAX_HEADERS || at + 8 > end) return;
    const protocol = view.getUint8(at);
    const length = view.getUint8(at + 1);
    const isLaterFragment = next === FRAGMENT && view.getUint16(at + 2) >> 3 !== 0;
    if (isLaterFragment) at = end;
    else if (next === FRAGMENT) at += 8;
    else at += next === AUTHENTICATION ? 4 * (length + 2) : 8 * (length + 1);
    next = protocol;
  }
  flow.protocol = next;
  readPorts(view, at, end, flow);
}

/** Returns where the labels of MPLS end; `end` if they are cut off. */
function skipLabels(view: DataView, offset: number, end: number): number {
  for (let n = 0, at = offset; n < MAX_HEADERS && at + 4 <= end; n++, at += 4) {
    const isLast = (view.getUint8(at + 2) & 1) === 1;
    if (isLast) return at + 4;
  }
  return end;
}

function readPorts(view: DataView, at: number, end: number, flow: Flow): void {
  if (!hasPorts(flow.protocol)) return;
  if (at + 2 <= end) flow.sourcePort = view.getUint16(at);
  if (at + 4 <= end) flow.destinationPort = view.getUint16(at + 2);
}

/** Reads an IPv4 address as four words. */
export function readIpv4Address(view: DataView, at: number, words: Uint32Array): void {
  words[0] = words[1] = 0;
  words[2] = 0xffff;
  words[3] = view.getUint32(at);
}

/** Reads an IPv6 address as four words. */
export function readIpv6Address(view: DataView, at: number, words: Uint32Array): void {
  for (let word = 0; word < 4; word++) words[word] = view.getUint32(at + 4 * word);
}

/** Whether the headers of an IP protocol start with a source and a destination port. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === UDP_LITE ||
    protocol === DCCP;
}

function isExtension(next: number): boolean {
  return next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT ||
    next === AUTHENTICATION || next === DESTINATION_OPTIONS;
}

// After six bytes of PPPoE.
function isIpOverPpp(view: DataView, at: number, end: number): boolean {
  const protocol = at + 8 <= end ? view.getUint16(at + 6) : 0;
  return protocol === 0x0021 || protocol === 0x0057;
}

// LLC and SNAP of a frame of IEEE 802.3, which has its length in place of the type: the type follows.
function isSnap(view: DataView, at: number, end: number): boolean {
  return at + 6 <= end && view.getUint32(at) === 0xaaaa0300 && view.getUint16(at + 4) === 0;
}
