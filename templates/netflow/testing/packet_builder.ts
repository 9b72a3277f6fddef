/** Builds NetFlow and IPFIX packets for tests and `dev.ts`. */

/** A field specifier of a template; the enterprise number is for IPFIX only. */
export type Spec = readonly [element: number, length: number, enterprise?: number];

/** Returns the bytes of a number, in big-endian order. */
export function uint(value: number | bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = BigInt(value);
  for (let n = length - 1; n >= 0; n--, rest >>= 8n) bytes[n] = Number(rest & 0xffn);
  return bytes;
}

/** Concatenates byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Returns the bytes of an address. */
export function addressBytes(address: string): Uint8Array {
  if (!address.includes(":")) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail] = address.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Returns a set of v9 or IPFIX. */
export function set(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([uint(id, 2), uint(body.length + 4, 2), body]);
}

/** Returns a template record of v9 or IPFIX. */
export function template(id: number, specs: readonly Spec[]): Uint8Array {
  return concat([uint(id, 2), uint(specs.length, 2), ...specs.map(specifier)]);
}

/** Returns an options template record of v9. The first `scopes` fields are scope fields. */
export function v9Options(id: number, scopes: number, specs: readonly Spec[]): Uint8Array {
  return concat([
    uint(id, 2),
    uint(scopes * 4, 2),
    uint((specs.length - scopes) * 4, 2),
    ...specs.map(specifier),
  ]);
}

/** Returns an options template record of IPFIX. The first `scopes` fields are scope fields. */
export function ipfixOptions(id: number, scopes: number, specs: readonly Spec[]): Uint8Array {
  return concat([uint(id, 2), uint(specs.length, 2), uint(scopes, 2), ...specs.map(specifier)]);
}

function specifier([element, length, enterprise]: Spec): Uint8Array {
  return enterprise === undefined
    ? concat([uint(element, 2), uint(length, 2)])
    : concat([uint(element | 0x8000, 2), uint(length, 2), uint(enterprise, 4)]);
}

/** Header fields of v9 and IPFIX. */
interface Header {
  /** Sequence number. @default 0 */
  readonly sequence?: number;
  /** Source id (v9) or observation domain (IPFIX). @default 0 */
  readonly domain?: number;
  /** Milliseconds since the exporter booted. @default 1_000_000 */
  readonly uptime?: number;
  /** The exporter's time, in seconds. @default 1_700_000_000 */
  readonly seconds?: number;
}

/** Returns a NetFlow v9 packet. */
export function v9(
  { sequence = 0, domain = 0, uptime = 1_000_000, seconds = 1_700_000_000 }: Header,
  ...sets: Uint8Array[]
) {
  return concat([
    uint(9, 2),
    uint(sets.length, 2),
    uint(uptime, 4),
    uint(seconds, 4),
    uint(sequence, 4),
    uint(domain, 4),
    ...sets,
  ]);
}

/** Returns an IPFIX message. */
export function ipfix({ sequence = 0, domain = 0 }: Header, ...sets: Uint8Array[]): Uint8Array {
  const body = concat(sets);
  return concat([
    uint(10, 2),
    uint(body.length + 16, 2),
    uint(1_700_000_000, 4),
    uint(sequence, 4),
    uint(domain, 4),
    body,
  ]);
}

/** A flow record of v5. */
interface V5Flow {
  readonly source: string;
  readonly destination: string;
  readonly bytes: number;
  readonly packets: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly input: number;
  readonly output: number;
}

/** A typical flow of v5. */
export const V5_FLOW: V5Flow = {
  source: "10.0.0.1",
  destination: "192.168.7.9",
  bytes: 0xffffffff,
  packets: 3,
  protocol: 17,
  sourcePort: 53,
  destinationPort: 40_000,
  input: 1,
  output: 65_535,
};

/** Returns a NetFlow v5 packet. */
export function v5(
  { sequence = 0, sampling = 0, engine = 0, uptime = 1_000_000, seconds = 1_700_000_000 }: {
    sequence?: number;
    sampling?: number;
    engine?: number;
    uptime?: number;
    seconds?: number;
  },
  ...flows: readonly V5Flow[]
): Uint8Array {
  return concat([
    uint(5, 2),
    uint(flows.length, 2),
    uint(uptime, 4),
    uint(seconds, 4),
    uint(0, 4),
    uint(sequence, 4),
    uint(engine, 2),
    uint(sampling, 2),
    ...flows.map((flow) =>
      concat([
        addressBytes(flow.source),
        addressBytes(flow.destination),
        new Uint8Array(4),
        uint(flow.input, 2),
        uint(flow.output, 2),
        uint(flow.packets, 4),
        uint(flow.bytes, 4),
        new Uint8Array(8),
        uint(flow.sourcePort, 2),
        uint(flow.destinationPort, 2),
        new Uint8Array(2),
        uint(flow.protocol, 1),
        new Uint8Array(9),
      ])
    ),
  ]);
}

/** The fields of a typical IPv4 template, including some that the bot does not read. */
export const IPV4_FIELDS: readonly Spec[] = [
  [8, 4], // source
  [12, 4], // destination
  [15, 4], // next hop, not read
  [10, 4], // input
  [14, 2], // output
  [2, 4], // packets
  [1, 8], // bytes
  [7, 2], // source port
  [11, 2], // destination port
  [4, 1], // protocol
  [6, 1], // TCP flags, not read
  [61, 1], // direction
];

/** Returns a data record of {@linkcode IPV4_FIELDS}. */
export function ipv4Record(bytes: number | bigint, direction = 0): Uint8Array {
  return concat([
    addressBytes("10.0.0.1"),
    addressBytes("192.168.7.9"),
    addressBytes("10.0.0.254"),
    uint(70_000, 4),
    uint(2, 2),
    uint(3, 4),
    uint(bytes, 8),
    uint(40_000, 2),
    uint(443, 2),
    uint(6, 1),
    uint(0x10, 1),
    uint(direction, 1),
  ]);
}

/** Returns the flow that {@linkcode ipv4Record} is decoded to. */
export function ipv4Flow(bytes: number): Record<string, unknown> {
  return {
    bytes,
    isEgress: false,
    input: 70_000,
    output: 2,
    source: "10.0.0.1",
    destination: "192.168.7.9",
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 443,
  };
}
