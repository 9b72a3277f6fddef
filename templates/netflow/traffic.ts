import { TopN, type TopNState } from "@grafolean/collector";
import type { Direction, Flow } from "./flow.ts";

/** How many of the largest are told. */
const TOP = 10;

// The largest ten of 2,000 are exact as long as no more were seen; beyond that they are wrong by at most a thousandth of
// all traffic. Interfaces get less, as there are many of them.
const CAPACITY = 2000;
const INTERFACE_CAPACITY = 250;
const MAX_INTERFACES = 500;

/** The bytes of one exporter in one direction, during one window of time, as they are told. */
export interface TrafficReport {
  /** All bytes. */
  readonly bytes: number;
  /** By interface. */
  readonly interfaces: readonly InterfaceReport[];
  /** The addresses with most bytes: senders of what comes in, receivers of what goes out. */
  readonly addresses: readonly Largest<string>[];
  /** The IP protocols with most bytes. */
  readonly protocols: readonly Largest<number>[];
  /** The pairs of sender and receiver with most bytes, with a space between them. */
  readonly connections: readonly Largest<string>[];
  /** The ports of receivers with most bytes. */
  readonly ports: readonly Largest<number>[];
}

/** The bytes of one interface. */
export interface InterfaceReport extends Pick<TrafficReport, "bytes" | "addresses" | "protocols"> {
  /** SNMP index of the interface. */
  readonly index: number;
}

/** One of the largest: what it is, and its bytes. */
export type Largest<Key> = readonly [key: Key, bytes: number];

/** The content of a {@linkcode Traffic} as plain data. */
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

interface Interface {
  bytes: number;
  readonly addresses: TopN<string>;
  readonly protocols: TopN<number>;
}

/**
 * Adds up the flows of one exporter in one direction. Bounded: about 200 kB for an ordinary exporter, and never more than
 * 20 MB, however many addresses, ports and interfaces it makes up.
 */
export class Traffic {
  #bytes = 0;
  readonly #interfaces = new Map<number, Interface>();
  readonly #addresses: TopN<string>;
  readonly #protocols: TopN<number>;
  readonly #connections: TopN<string>;
  readonly #ports: TopN<number>;

  /** Makes an empty one, or one from what {@linkcode Traffic.toJSON} returned. */
  constructor(state: TrafficState = EMPTY) {
    this.#bytes = amount(state.bytes);
    for (const [index, bytes, addresses, protocols] of state.interfaces) {
      this.#interfaces.set(index, {
        bytes: amount(bytes),
        addresses: TopN.from(addresses, INTERFACE_CAPACITY),
        protocols: TopN.from(protocols, INTERFACE_CAPACITY),
      });
    }
    this.#addresses = TopN.from(state.addresses, CAPACITY);
    this.#protocols = TopN.from(state.protocols, CAPACITY);
    this.#connections = TopN.from(state.connections, CAPACITY);
    this.#ports = TopN.from(state.ports, CAPACITY);
  }

  /** Adds a flow. Its own direction is not looked at again. */
  add(flow: Flow, direction: Direction): void {
    const { bytes, source, destination, protocol } = flow;
    const inward = direction === "ingress";
    const address = inward ? source : destination;
    this.#bytes += bytes;
    this.#protocols.add(protocol, bytes);
    this.#ports.add(flow.destinationPort, bytes);
    if (address !== "") this.#addresses.add(address, bytes);
    if (source !== "") this.#connections.add(`${source} ${destination}`, bytes);
    const through = this.#interface(inward ? flow.input : flow.output);
    if (through === undefined) return;
    through.bytes += bytes;
    through.protocols.add(protocol, bytes);
    if (address !== "") through.addresses.add(address, bytes);
  }

  /** Adds everything that another one has added up. */
  merge(other: Traffic): void {
    this.#bytes += other.#bytes;
    this.#addresses.merge(other.#addresses);
    this.#protocols.merge(other.#protocols);
    this.#connections.merge(other.#connections);
    this.#ports.merge(other.#ports);
    for (const [index, { bytes, addresses, protocols }] of other.#interfaces) {
      const through = this.#interface(index);
      if (through === undefined) continue;
      through.bytes += bytes;
      through.addresses.merge(addresses);
      through.protocols.merge(protocols);
    }
  }

  /** What is to be told. */
  report(): TrafficReport {
    return {
      bytes: this.#bytes,
      interfaces: Array.from(this.#interfaces, ([index, { bytes, addresses, protocols }]) => ({
        index,
        bytes,
        addresses: largest(addresses),
        protocols: largest(protocols),
      })),
      addresses: largest(this.#addresses),
      protocols: largest(this.#protocols),
      connections: largest(this.#connections),
      ports: largest(this.#ports),
    };
  }

  /** The content as plain data. */
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

  // What goes through interfaces beyond the last that can be kept is told in the totals only.
  #interface(index: number): Interface | undefined {
    let through = this.#interfaces.get(index);
    if (through === undefined && this.#interfaces.size < MAX_INTERFACES) {
      through = {
        bytes: 0,
        addresses: new TopN(INTERFACE_CAPACITY),
        protocols: new TopN(INTERFACE_CAPACITY),
      };
      this.#interfaces.set(index, through);
    }
    return through;
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

function largest<Key extends string | number>(table: TopN<Key>): Largest<Key>[] {
  return table.top(TOP).map(({ key, sum }) => [key, sum]);
}

function amount(bytes: number): number {
  if (!(Number.isFinite(bytes) && bytes >= 0)) {
    throw new RangeError(`not an amount of bytes: ${bytes}`);
  }
  return bytes;
}
