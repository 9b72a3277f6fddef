import { assertEquals } from "@std/assert";
import { formatAddress, isUnset } from "../address.ts";
import { addressBytes, concat, uint } from "../testing/packet_builder.ts";
import { Flow } from "./flow.ts";
import { readFrame, readIpPacket } from "./frame.ts";

const TCP_PORTS = { sourcePort: 443, destinationPort: 50_000 };
const V4 = { source: "10.0.0.1", destination: "10.0.0.2" };
const V6 = { source: "2001:db8::1", destination: "2001:db8::2" };
const NOTHING = {
  source: "",
  destination: "",
  protocol: -1,
  sourcePort: -1,
  destinationPort: -1,
};

const MACS = new Uint8Array(12).fill(2);
const PORTS = concat([uint(443, 2), uint(50_000, 2)]);

/** Returns what follows the MAC addresses: a type and its content. */
function typed(type: number, ...content: Uint8Array[]): Uint8Array {
  return concat([uint(type, 2), ...content]);
}

interface Ipv4Options {
  readonly protocol?: number;
  readonly options?: number;
  readonly fragment?: number;
}

function ipv4({ protocol = 6, options = 0, fragment = 0 }: Ipv4Options = {}): Uint8Array {
  return concat([
    uint(0x45 + options, 1),
    new Uint8Array(5),
    uint(0x2000 | fragment, 2),
    uint(64, 1),
    uint(protocol, 1),
    uint(0, 2),
    addressBytes(V4.source),
    addressBytes(V4.destination),
    new Uint8Array(4 * options).fill(1),
    PORTS,
  ]);
}

function ipv6(next: number, ...content: Uint8Array[]): Uint8Array {
  return concat([
    uint(0x60000000, 4),
    uint(0, 2),
    uint(next, 1),
    uint(64, 1),
    addressBytes(V6.source),
    addressBytes(V6.destination),
    ...content,
  ]);
}

/** Reads a frame from the middle of a larger packet that would be misread beyond the end of the frame. */
function read(bytes: Uint8Array, readTo = readFrame): Record<string, unknown> {
  const packet = concat([new Uint8Array(3), bytes, new Uint8Array(100).fill(0x45)]);
  const flow = new Flow();
  flow.protocol = flow.sourcePort = flow.destinationPort = 7;
  flow.source.fill(7);
  flow.destination.fill(7);
  readTo(new DataView(packet.buffer), 3, 3 + bytes.length, flow);
  return {
    source: isUnset(flow.source) ? "" : formatAddress(flow.source),
    destination: isUnset(flow.destination) ? "" : formatAddress(flow.destination),
    protocol: flow.protocol,
    sourcePort: flow.sourcePort,
    destinationPort: flow.destinationPort,
  };
}

const LABEL = uint(0x00010040, 4);
const LAST_LABEL = uint(0x00020140, 4);
const CONTROL_WORD = new Uint8Array(4);

const ENCAPSULATIONS: Record<string, Uint8Array> = {
  "Ethernet": typed(0x0800, ipv4()),
  "802.1Q": typed(0x8100, uint(100, 2), typed(0x0800, ipv4())),
  "three VLAN tags": typed(
    0x88a8,
    uint(100, 2),
    typed(0x9100, uint(7, 2), typed(0x8100, uint(8, 2), typed(0x0800, ipv4()))),
  ),
  "802.3 with LLC and SNAP": typed(80, uint(0xaaaa03000000n, 6), typed(0x0800, ipv4())),
  "PPPoE": typed(0x8864, uint(0x110000010030n, 6), uint(0x0021, 2), ipv4()),
  "MPLS": typed(0x8847, LABEL, LABEL, LAST_LABEL, ipv4()),
  "MPLS behind a VLAN tag": typed(0x8100, uint(1, 2), typed(0x8848, LAST_LABEL, ipv4())),
  "Ethernet over MPLS": typed(0x8847, LAST_LABEL, CONTROL_WORD, MACS, typed(0x0800, ipv4())),
  "options of IPv4": typed(0x0800, ipv4({ options: 10 })),
};

for (const [name, bytes] of Object.entries(ENCAPSULATIONS)) {
  Deno.test(`readFrame reads IPv4 in ${name}`, () => {
    assertEquals(read(concat([MACS, bytes])), { ...V4, protocol: 6, ...TCP_PORTS });
  });
}

const EXTENSIONS: Record<string, Uint8Array> = {
  "no extension header": ipv6(17, PORTS),
  "hop-by-hop options": ipv6(0, uint(17, 1), uint(1, 1), new Uint8Array(14), PORTS),
  "a routing header and destination options": ipv6(
    43,
    uint(60, 1),
    uint(2, 1),
    new Uint8Array(22),
    uint(17, 1),
    new Uint8Array(7),
    PORTS,
  ),
  "an authentication header": ipv6(51, uint(17, 1), uint(4, 1), new Uint8Array(22), PORTS),
  "a first fragment": ipv6(44, uint(17, 1), uint(0, 1), uint(1, 2), new Uint8Array(4), PORTS),
};

for (const [name, bytes] of Object.entries(EXTENSIONS)) {
  Deno.test(`readFrame reads IPv6 with ${name}`, () => {
    const expected = { ...V6, protocol: 17, ...TCP_PORTS };
    assertEquals(read(concat([MACS, typed(0x86dd, bytes)])), expected);
    assertEquals(read(bytes, readIpPacket), expected);
  });
}

Deno.test("readFrame reads no ports from later fragments", () => {
  const noPorts = { sourcePort: -1, destinationPort: -1 };
  const v4 = concat([MACS, typed(0x0800, ipv4({ fragment: 185 }))]);
  assertEquals(read(v4), { ...V4, protocol: 6, ...noPorts });
  const header = concat([uint(17, 1), uint(0, 1), uint(185 << 3, 2), new Uint8Array(4)]);
  const v6 = concat([MACS, typed(0x86dd, ipv6(44, header, PORTS))]);
  assertEquals(read(v6), { ...V6, protocol: 17, ...noPorts });
});

Deno.test("readFrame reads ports only of protocols that have them", () => {
  for (const protocol of [6, 17, 33, 132, 136]) {
    const packet = ipv4({ protocol });
    assertEquals(read(packet, readIpPacket), { ...V4, protocol, ...TCP_PORTS });
  }
  for (const protocol of [1, 47, 50, 89]) {
    const packet = ipv4({ protocol });
    assertEquals(read(packet, readIpPacket), { ...NOTHING, ...V4, protocol });
  }
});

Deno.test("readFrame leaves out what a frame does not have", () => {
  const frames = [
    typed(0x0806, new Uint8Array(28)), // ARP
    typed(0x8864, uint(0x110000010030n, 6), uint(0xc021, 2), ipv4()), // LCP
    typed(38, uint(0x424203, 3), new Uint8Array(35)), // spanning tree
    typed(0x0800, uint(0x44, 1), ipv4().subarray(1)), // a header of 16 bytes
    typed(0x0800, uint(0x50, 1), ipv4().subarray(1)), // version 5
    concat(Array.from({ length: 30 }, () => typed(0x8100, uint(1, 2)))),
    typed(0x8847, ...Array.from({ length: 30 }, () => LABEL)),
  ];
  for (const frame of frames) assertEquals(read(concat([MACS, frame])), NOTHING);
  const endless = Array.from({ length: 30 }, () => concat([uint(60, 1), new Uint8Array(7)]));
  assertEquals(read(ipv6(60, ...endless), readIpPacket), { ...NOTHING, ...V6 });
});

Deno.test("readFrame reads what is there of a frame that is cut anywhere", () => {
  for (const packet of [...Object.values(ENCAPSULATIONS), typed(0x86dd, ipv6(17, PORTS))]) {
    const frame = concat([MACS, packet]);
    const whole = read(frame);
    for (let length = 0; length < frame.length; length++) {
      const cut = read(frame.subarray(0, length));
      for (const [name, value] of Object.entries(cut)) {
        if (value !== NOTHING[name as keyof typeof NOTHING]) assertEquals(value, whole[name]);
      }
    }
    assertEquals(read(frame.subarray(0, -2)), { ...whole, destinationPort: -1 });
    assertEquals(read(frame.subarray(0, -4)), { ...whole, sourcePort: -1, destinationPort: -1 });
  }
});

Deno.test("readFrame survives any bytes", () => {
  const frames = [...Object.values(ENCAPSULATIONS), ...Object.values(EXTENSIONS)];
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  for (let n = 0; n < 20_000; n++) {
    const frame = concat([MACS, frames[random(frames.length)]!]);
    for (let times = random(4); times >= 0; times--) frame[random(frame.length)] = random(256);
    const bytes = frame.subarray(0, random(frame.length + 1));
    // A view that ends with the frame throws when something is read beyond it.
    const view = new DataView(bytes.slice().buffer);
    readFrame(view, 0, bytes.length, new Flow());
    readIpPacket(view, 0, bytes.length, new Flow());
  }
});
