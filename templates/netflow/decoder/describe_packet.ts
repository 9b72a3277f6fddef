// What the exporter should do.
const CONFIGURE = "configure it to send NetFlow v5, v9, IPFIX or sFlow v5";
const REDIRECT = "something else sends to the port of the bot, which should use another port";

/** Describes a packet that cannot be decoded, as far as its first bytes show what it is, and tells what to do. */
export function describePacket(packet: Uint8Array): string {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const netflow = packet.length < 4 ? 0 : view.getUint16(0);
  const sflow = packet.length < 4 ? 0 : view.getUint32(0);
  if ([1, 6, 7, 8].includes(netflow)) return `NetFlow v${netflow}, an old version: ${CONFIGURE}`;
  if ([2, 4].includes(sflow)) return `sFlow v${sflow}, an old version: ${CONFIGURE}`;
  const protocol = protocolOf(packet);
  if (protocol !== undefined) return `${protocol}, not NetFlow: ${REDIRECT}`;
  if (packet.length === 0) return `empty packets, not NetFlow: ${REDIRECT}`;
  // In decimal, as the log takes texts for one that differ in numbers only: each packet may start with others.
  const first = packet.subarray(0, 8).join(" ");
  return `an unknown protocol (first bytes ${first}), not NetFlow: ${CONFIGURE}`;
}

function protocolOf(packet: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(packet.subarray(0, 32));
  if (/^<\d{1,3}>/.test(text)) return "syslog";
  if (/^(HTTP\/1|[A-Z]{3,9} \/|[A-Z]{3,9} sips?:|SIP\/2)/.test(text)) return "HTTP or SIP";
  if (/^[\t\r\n\x20-\x7e]{4,}$/.test(text)) return "text";
  const [type = 0, length = 0] = packet;
  // A handshake, over TCP or UDP.
  if (type === 0x16 && (length === 3 || length === 0xfe)) return "TLS";
  // A sequence, whose length may take more bytes, that starts with the version.
  const version = packet.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f)).subarray(0, 3);
  if (type === 0x30 && /^2,1,[013]$/.test(version.join())) return "SNMP";
  // Flags of a query or an answer, and one question.
  const isDns = packet.length > 12 && (packet[2]! & 0x78) === 0 && packet[4] === 0;
  return isDns && packet[5] === 1 ? "DNS" : undefined;
}
