/** Builds network captures for tests. */

import { addressBytes, concat } from "./packet_builder.ts";

/** One packet of a capture. */
export interface CapturedPacket {
  /** Source address, IPv4 or IPv6. */
  readonly source: string;
  /** Destination address, of the same kind. */
  readonly destination: string;
  /** IP protocol number: 6 for TCP, 17 for UDP; others have no ports. */
  readonly protocol: number;
  /** Source port. */
  readonly sourcePort?: number;
  /** Destination port. */
  readonly destinationPort?: number;
  /** Bytes of payload. */
  readonly payload: number;
  /** Seconds since the start of the capture. */
  readonly at: number;
}

/** Returns the length of a packet as routers count it: from the IP header on. */
export function ipLength(packet: CapturedPacket): number {
  const ip = packet.source.includes(":") ? 40 : 20;
  return ip + transportHeader(packet) + packet.payload;
}

/** Returns a pcap file with the packets as Ethernet frames. */
export function pcapFile(packets: readonly CapturedPacket[], start = 1_700_000_000): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, 65535);
  header.setUint32(20, 1); // Ethernet
  const parts: Uint8Array[] = [new Uint8Array(header.buffer)];
  for (const packet of packets) {
    const frame = ethernetFrame(packet);
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, start + Math.floor(packet.at));
    record.setUint32(4, Math.round((packet.at % 1) * 1e6));
    record.setUint32(8, frame.length);
    record.setUint32(12, frame.length);
    parts.push(new Uint8Array(record.buffer), frame);
  }
  return concat(parts);
}

function transportHeader({ protocol }: CapturedPacket): number {
  return protocol === 6 ? 20 : 8;
}

/** Returns a packet as an Ethernet frame. */
export function ethernetFrame(packet: CapturedPacket): Uint8Array {
  const ipv6 = packet.source.includes(":");
  const length = ipLength(packet);
  const frame = new Uint8Array(14 + length);
  const view = new DataView(frame.buffer);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
  view.setUint16(12, ipv6 ? 0x86dd : 0x0800);
  if (ipv6) {
    view.setUint8(14, 0x60);
    view.setUint16(18, length - 40);
    view.setUint8(20, packet.protocol);
    view.setUint8(21, 64);
    frame.set(addressBytes(packet.source), 22);
    frame.set(addressBytes(packet.destination), 38);
  } else {
    view.setUint8(14, 0x45);
    view.setUint16(16, length);
    view.setUint8(22, 64);
    view.setUint8(23, packet.protocol);
    frame.set(addressBytes(packet.source), 26);
    frame.set(addressBytes(packet.destination), 30);
  }
  const transport = 14 + (ipv6 ? 40 : 20);
  view.setUint16(transport, packet.sourcePort ?? 0);
  view.setUint16(transport + 2, packet.destinationPort ?? 0);
  if (packet.protocol === 6) view.setUint16(transport + 12, 0x5010); // 20 bytes of header, ACK
  if (packet.protocol === 17) view.setUint16(transport + 4, 8 + packet.payload);
  return frame;
}
