/** Builds sFlow v5 datagrams for tests. */

import { addressBytes, concat, uint } from "./packet_builder.ts";

/** Header fields of a datagram. */
interface Datagram {
  /** Address of the agent. @default "10.0.0.254" */
  readonly agent?: string;
  /** Sub-agent. @default 0 */
  readonly subAgent?: number;
  /** Sequence number. @default 0 */
  readonly sequence?: number;
}

/** Returns an sFlow v5 datagram. */
export function sflow(
  { agent = "10.0.0.254", subAgent = 0, sequence = 0 }: Datagram,
  ...samples: readonly Uint8Array[]
): Uint8Array {
  const address = addressBytes(agent);
  return concat([
    words(5, address.length === 4 ? 1 : 2),
    address,
    words(subAgent, sequence, 1_000_000, samples.length),
    ...samples,
  ]);
}

/** Fields of a flow sample. */
interface FlowSample {
  /** Index of the interface that took the sample. @default 1 */
  readonly source?: number;
  /** One in so many packets is sampled. @default 1 */
  readonly rate?: number;
  /** Input interface, with its format in the first two bits. @default 1 */
  readonly input?: number;
  /** Output interface, likewise. @default 2 */
  readonly output?: number;
}

/** Returns a flow sample. */
export function flowSample(
  { source = 1, rate = 1, input = 1, output = 2 }: FlowSample,
  ...records: readonly Uint8Array[]
): Uint8Array {
  const fields = words(7, source, rate, 7000, 0, input, output, records.length);
  return item(1, concat([fields, ...records]));
}

/** Returns an expanded flow sample. The formats of interfaces are 0: an index. */
export function expandedFlowSample(
  { source = 1, rate = 1, input = 1, output = 2 }: FlowSample,
  ...records: readonly Uint8Array[]
): Uint8Array {
  const fields = words(7, 0, source, rate, 7000, 0, 0, input, 0, output, records.length);
  return item(3, concat([fields, ...records]));
}

/** Returns the record of a sampled header, of Ethernet unless another protocol is given. */
export function sampledHeader(length: number, header: Uint8Array, protocol = 1): Uint8Array {
  const padding = new Uint8Array(-header.length & 3);
  return item(1, concat([words(protocol, length, 4, header.length), header, padding]));
}

/** Returns the record of a sampled IPv4 packet over TCP, from port 443 to 50,000. */
export function sampledIpv4(length: number, source: string, destination: string): Uint8Array {
  const addresses = [addressBytes(source), addressBytes(destination)];
  return item(3, concat([words(length, 6), ...addresses, words(443, 50_000, 0x10, 0)]));
}

/** Returns the record of a sampled IPv6 packet over UDP, from port 443 to 50,000. */
export function sampledIpv6(length: number, source: string, destination: string): Uint8Array {
  const addresses = [addressBytes(source), addressBytes(destination)];
  return item(4, concat([words(length, 17), ...addresses, words(443, 50_000, 0, 0)]));
}

/** Returns a sample or a record of any type. */
export function item(type: number, content: Uint8Array): Uint8Array {
  return concat([words(type, content.length), content]);
}

/** Returns numbers of 32 bits. */
export function words(...values: readonly number[]): Uint8Array {
  return concat(values.map((value) => uint(value, 4)));
}
