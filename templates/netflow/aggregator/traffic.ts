import type { Flow } from "../decoder/flow.ts";
import type { MemoryBudget } from "./memory_budget.ts";
import { Sums, type SumsReport } from "./sums.ts";

// Sums are exact until more keys than this were seen. Interfaces get less, as there are many of them.
const CAPACITY = 2048;
const INTERFACE_CAPACITY = 256;
const MAX_INTERFACES = 500;

// What an interface takes beside the rows of its tables, measured.
const INTERFACE_BYTES = 2500;

/** The results for one exporter and direction in one window. */
export interface TrafficReport extends SumsReport {
  /** The results for each interface by its SNMP index, which are computed as they are read. */
  readonly interfaces: Iterable<readonly [index: number, report: SumsReport]>;
}

/** Sums up the flows of one exporter in one direction. */
export class Traffic {
  /** The sums of all flows. */
  readonly total: Sums;
  /** The sums by interface. */
  readonly interfaces = new Map<number, Sums>();
  readonly #memory: MemoryBudget;

  /** Constructs an empty instance. */
  constructor(memory: MemoryBudget) {
    this.#memory = memory;
    this.total = new Sums(["addresses", "connections", "ports", "protocols"], CAPACITY, memory);
  }

  /** Adds a flow. All flows must have the same direction. */
  add(flow: Flow): void {
    if (!(flow.bytes > 0)) return;
    this.total.add(flow);
    this.interface(flow.isEgress ? flow.output : flow.input)?.add(flow);
  }

  /** Adds the sums of another instance, in steps. */
  *addTraffic(other: Traffic): Generator<void, void> {
    yield this.total.addSums(other.total);
    for (const [index, sums] of other.interfaces) yield this.interface(index)?.addSums(sums);
  }

  /** Returns the results. */
  report(): TrafficReport {
    const interfaces = this.interfaces.entries()
      .map(([index, sums]) => [index, sums.report()] as const);
    return { ...this.total.report(), interfaces };
  }

  /** Returns the sums of an interface. Beyond the limits there are none, and it counts in the total only. */
  interface(index: number): Sums | undefined {
    const sums = this.interfaces.get(index);
    if (sums !== undefined || index < 0 || this.interfaces.size >= MAX_INTERFACES) return sums;
    if (!this.#memory.take(INTERFACE_BYTES, true)) return undefined;
    const created = new Sums(["addresses", "protocols"], INTERFACE_CAPACITY, this.#memory);
    this.interfaces.set(index, created);
    return created;
  }
}
