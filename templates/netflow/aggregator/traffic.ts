import { isUnset } from "../address.ts";
import type { Flow } from "../decoder/flow.ts";
import type { MemoryBudget } from "./memory_budget.ts";
import { Sums, type SumsReport, type SumsState } from "./sums.ts";

// Sums are exact until more keys than this were seen. Interfaces get less, as there are many of them.
const CAPACITY = 2048;
const INTERFACE_CAPACITY = 256;
const MAX_INTERFACES = 500;

// What an interface takes beside the cells of its tables, measured.
const INTERFACE_BYTES = 2500;

/** The results for one exporter and direction in one window. */
export interface TrafficReport extends SumsReport {
  /** The results for each interface, which are computed as they are read. */
  readonly interfaces: Iterable<InterfaceReport>;
}

/** The results for one interface. */
export interface InterfaceReport extends SumsReport {
  /** SNMP index of the interface. */
  readonly index: number;
}

/** A part of a {@linkcode Traffic} as plain data; of an interface if there is an index. */
export type TrafficState = SumsState & { readonly interface?: number };

// To look up a key that is not in the flow as it is.
const numberKey = new Uint32Array(1);
const pairKey = new Uint32Array(8);

/** Sums up the flows of one exporter in one direction. */
export class Traffic {
  readonly #memory: MemoryBudget;
  readonly #total: Sums;
  readonly #interfaces = new Map<number, Sums>();

  /** Constructs an empty instance. */
  constructor(memory: MemoryBudget) {
    this.#memory = memory;
    this.#total = new Sums(CAPACITY, memory);
  }

  /** Adds a flow. All flows must have the same direction. Fields that were not exported count in the totals only. */
  add(flow: Flow): void {
    const { bytes, isEgress, source, destination } = flow;
    if (!(bytes > 0)) return;
    const total = this.#total;
    const iface = this.#interface(isEgress ? flow.output : flow.input);
    total.bytes += bytes;
    if (iface !== undefined) iface.bytes += bytes;
    if (flow.protocol >= 0) {
      numberKey[0] = flow.protocol;
      total.tables.protocols.add(numberKey, bytes);
      iface?.tables.protocols.add(numberKey, bytes);
    }
    if (flow.destinationPort >= 0) {
      numberKey[0] = flow.destinationPort;
      total.tables.ports.add(numberKey, bytes);
    }
    const address = isEgress ? destination : source;
    if (!isUnset(address)) {
      total.tables.addresses.add(address, bytes);
      iface?.tables.addresses.add(address, bytes);
    }
    if (!isUnset(source) && !isUnset(destination)) {
      for (let word = 0; word < 4; word++) {
        pairKey[word] = source[word]!;
        pairKey[word + 4] = destination[word]!;
      }
      total.tables.connections.add(pairKey, bytes);
    }
  }

  /** Moves the sums of another instance into this one, in steps. If it is not finished, it can be called again. */
  *take(other: Traffic): Generator<void, void> {
    yield* this.#total.take(other.#total);
    for (const [index, sums] of other.#interfaces) {
      const own = this.#interface(index);
      if (own !== undefined) yield* own.take(sums);
      other.#removeInterface(index);
    }
  }

  /** Gives the memory back. */
  clear(): void {
    this.#total.clear();
    for (const index of this.#interfaces.keys()) this.#removeInterface(index);
  }

  /** Returns the results. */
  report(): TrafficReport {
    return { ...this.#total.report(), interfaces: this.#interfaceReports() };
  }

  /** Iterates over the state to keep over a restart. */
  *state(): Generator<TrafficState> {
    yield* this.#total.state();
    for (const [index, sums] of this.#interfaces) {
      for (const part of sums.state()) yield { interface: index, ...part };
    }
  }

  /**
   * Adds a part of the state.
   *
   * @throws {TypeError} If it is damaged.
   */
  restore({ interface: index, ...part }: TrafficState): void {
    if (index === undefined) this.#total.restore(part);
    else if (Number.isSafeInteger(index)) this.#interface(index)?.restore(part);
    else throw new TypeError("expected the index of an interface");
  }

  *#interfaceReports(): Generator<InterfaceReport> {
    for (const [index, sums] of this.#interfaces) yield { index, ...sums.report() };
  }

  // Beyond the limit interfaces count in the totals only.
  #interface(index: number): Sums | undefined {
    const sums = this.#interfaces.get(index);
    if (sums !== undefined || index < 0 || this.#interfaces.size >= MAX_INTERFACES) return sums;
    if (!this.#memory.take(INTERFACE_BYTES, true)) return undefined;
    const created = new Sums(INTERFACE_CAPACITY, this.#memory);
    this.#interfaces.set(index, created);
    return created;
  }

  #removeInterface(index: number): void {
    this.#interfaces.get(index)?.clear();
    if (this.#interfaces.delete(index)) this.#memory.give(INTERFACE_BYTES);
  }
}
