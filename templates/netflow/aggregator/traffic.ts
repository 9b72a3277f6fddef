import { TopN, type TopNState } from "@grafolean/collector/toolkit";
import { formatAddress, isUnset } from "../address.ts";
import type { Flow } from "../decoder/flow.ts";

const TOP_N = 10;

// The top 10 are exact until more than 2,000 keys were seen, and then too large by at most a thousandth of all traffic.
// Interfaces get less, as there are many of them.
const CAPACITY = 2000;
const INTERFACE_CAPACITY = 250;
const MAX_INTERFACES = 500;

/** The results for one exporter and direction in one window: bytes, and the top 10 of each kind. */
export interface TrafficReport {
  /** Total bytes. */
  readonly bytes: number;
  /** By interface. */
  readonly interfaces: readonly InterfaceReport[];
  /** By address: source for ingress, destination for egress. */
  readonly addresses: readonly BytesOf<string>[];
  /** By IP protocol. */
  readonly protocols: readonly BytesOf<number>[];
  /** By source and destination address, with a space between them. */
  readonly connections: readonly BytesOf<string>[];
  /** By destination port. */
  readonly ports: readonly BytesOf<number>[];
}

/** The results for one interface. */
export interface InterfaceReport extends Pick<TrafficReport, "bytes" | "addresses" | "protocols"> {
  /** SNMP index of the interface. */
  readonly index: number;
}

/** The bytes of one key in a top N. */
type BytesOf<Key> = readonly [key: Key, bytes: number];

/** A {@linkcode Traffic} as plain data. */
export interface TrafficState {
  readonly bytes: number;
  readonly interfaces: readonly (readonly [
    index: number,
    bytes: number,
    addresses: TopNState<string>,
    protocols: TopNState<number>,
  ])[];
  readonly addresses: TopNState<string>;
  readonly protocols: TopNState<number>;
  readonly connections: TopNState<string>;
  readonly ports: TopNState<number>;
}

interface InterfaceTraffic {
  bytes: number;
  readonly addresses: TopN<string>;
  readonly protocols: TopN<number>;
}

/**
 * Sums up the flows of one exporter in one direction. Takes about 200 kB for a typical exporter and at most 20 MB,
 * however many addresses, ports and interfaces it reports.
 */
export class Traffic {
  #bytes = 0;
  readonly #interfaces = new Map<number, InterfaceTraffic>();
  readonly #addresses: TopN<string>;
  readonly #protocols: TopN<number>;
  readonly #connections: TopN<string>;
  readonly #ports: TopN<number>;

  /** Constructs a new instance, empty or from what {@linkcode Traffic.toJSON} returned. */
  constructor(state: TrafficState = EMPTY) {
    this.#bytes = validBytes(state.bytes);
    for (const [index, bytes, addresses, protocols] of state.interfaces) {
      this.#interfaces.set(index, {
        bytes: validBytes(bytes),
        addresses: TopN.from(addresses, INTERFACE_CAPACITY),
        protocols: TopN.from(protocols, INTERFACE_CAPACITY),
      });
    }
    this.#addresses = TopN.from(state.addresses, CAPACITY);
    this.#protocols = TopN.from(state.protocols, CAPACITY);
    this.#connections = TopN.from(state.connections, CAPACITY);
    this.#ports = TopN.from(state.ports, CAPACITY);
  }

  /** Adds a flow. All flows must have the same direction. */
  add(flow: Flow): void {
    const { bytes, isEgress, protocol } = flow;
    const source = isUnset(flow.source) ? "" : formatAddress(flow.source);
    const destination = isUnset(flow.destination) ? "" : formatAddress(flow.destination);
    const address = isEgress ? destination : source;
    this.#bytes += bytes;
    if (protocol >= 0) this.#protocols.add(protocol, bytes);
    if (flow.destinationPort >= 0) this.#ports.add(flow.destinationPort, bytes);
    if (address !== "") this.#addresses.add(address, bytes);
    if (source !== "") this.#connections.add(`${source} ${destination}`, bytes);
    const index = isEgress ? flow.output : flow.input;
    const iface = index < 0 ? undefined : this.#interface(index);
    if (iface === undefined) return;
    iface.bytes += bytes;
    if (protocol >= 0) iface.protocols.add(protocol, bytes);
    if (address !== "") iface.addresses.add(address, bytes);
  }

  /** Adds the sums of another instance. */
  merge(other: Traffic): void {
    this.#bytes += other.#bytes;
    this.#addresses.merge(other.#addresses);
    this.#protocols.merge(other.#protocols);
    this.#connections.merge(other.#connections);
    this.#ports.merge(other.#ports);
    for (const [index, { bytes, addresses, protocols }] of other.#interfaces) {
      const iface = this.#interface(index);
      if (iface === undefined) continue;
      iface.bytes += bytes;
      iface.addresses.merge(addresses);
      iface.protocols.merge(protocols);
    }
  }

  /** Returns the results. */
  report(): TrafficReport {
    return {
      bytes: this.#bytes,
      interfaces: Array.from(this.#interfaces, ([index, { bytes, addresses, protocols }]) => ({
        index,
        bytes,
        addresses: topEntries(addresses),
        protocols: topEntries(protocols),
      })),
      addresses: topEntries(this.#addresses),
      protocols: topEntries(this.#protocols),
      connections: topEntries(this.#connections),
      ports: topEntries(this.#ports),
    };
  }

  /** Returns the sums as plain data. */
  toJSON(): TrafficState {
    return {
      bytes: this.#bytes,
      interfaces: Array.from(
        this.#interfaces,
        ([index, { bytes, addresses, protocols }]) =>
          [index, bytes, addresses.toJSON(), protocols.toJSON()] as const,
      ),
      addresses: this.#addresses.toJSON(),
      protocols: this.#protocols.toJSON(),
      connections: this.#connections.toJSON(),
      ports: this.#ports.toJSON(),
    };
  }

  // Beyond the limit interfaces count in the totals only.
  #interface(index: number): InterfaceTraffic | undefined {
    let iface = this.#interfaces.get(index);
    if (iface === undefined && this.#interfaces.size < MAX_INTERFACES) {
      iface = {
        bytes: 0,
        addresses: new TopN(INTERFACE_CAPACITY),
        protocols: new TopN(INTERFACE_CAPACITY),
      };
      this.#interfaces.set(index, iface);
    }
    return iface;
  }
}

const NONE = { error: 0, entries: [] };
const EMPTY: TrafficState = {
  bytes: 0,
  interfaces: [],
  addresses: NONE,
  protocols: NONE,
  connections: NONE,
  ports: NONE,
};

function topEntries<Key extends string | number>(table: TopN<Key>): BytesOf<Key>[] {
  return table.top(TOP_N).map(({ key, sum }) => [key, sum]);
}

function validBytes(bytes: number): number {
  if (!(Number.isFinite(bytes) && bytes >= 0)) {
    throw new RangeError(`Invalid number of bytes: ${bytes}`);
  }
  return bytes;
}
