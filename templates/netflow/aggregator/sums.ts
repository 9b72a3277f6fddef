import { isUnset } from "../address.ts";
import type { Flow } from "../decoder/flow.ts";
import type { MemoryBudget } from "./memory_budget.ts";
import { Table, type TableEntry } from "./table.ts";

/**
 * The tables, with the number of 32-bit words in their keys: 4 in an address, 1 in a number. To add one, add it here, to
 * `add` below, and to the paths in `values.ts`.
 */
export const TABLES = {
  /** By address: source for ingress, destination for egress. */
  addresses: 4,
  /** By source and destination address. */
  connections: 8,
  /** By destination port. */
  ports: 1,
  /** By IP protocol. */
  protocols: 1,
} as const;

/** The name of a table. */
export type TableName = keyof typeof TABLES;

/** The results for an exporter or an interface. */
export interface SumsReport {
  /** Total bytes. */
  readonly bytes: number;
  /** The 10 keys with the most bytes in each table. */
  readonly top: Readonly<Partial<Record<TableName, readonly TableEntry[]>>>;
}

const TOP_N = 10;

// To look up a key that is not in the flow as it is.
const numberKey = new Uint32Array(1);
const pairKey = new Uint32Array(8);

/** Sums of bytes, in total and by several keys. */
export class Sums {
  /** Total bytes. */
  bytes = 0;
  /** The tables. */
  readonly tables: Readonly<Partial<Record<TableName, Table>>>;

  /**
   * Constructs an empty instance with some of the tables.
   *
   * @param capacity The maximum number of keys in each table, a power of 2 of at least 32.
   */
  constructor(names: readonly TableName[], capacity: number, memory: MemoryBudget) {
    this.tables = Object.fromEntries(
      names.map((name) => [name, new Table(TABLES[name], capacity, memory)]),
    );
  }

  /** Adds a flow. Fields that were not exported count in the total only. */
  add({ bytes, isEgress, protocol, destinationPort, source, destination }: Flow): void {
    const { addresses, connections, ports, protocols } = this.tables;
    this.bytes += bytes;
    if (protocol >= 0) {
      numberKey[0] = protocol;
      protocols?.add(numberKey, bytes);
    }
    if (destinationPort >= 0) {
      numberKey[0] = destinationPort;
      ports?.add(numberKey, bytes);
    }
    const address = isEgress ? destination : source;
    if (!isUnset(address)) addresses?.add(address, bytes);
    if (connections !== undefined && !isUnset(source) && !isUnset(destination)) {
      for (let word = 0; word < 4; word++) {
        pairKey[word] = source[word]!;
        pairKey[word + 4] = destination[word]!;
      }
      connections.add(pairKey, bytes);
    }
  }

  /** Adds the sums of an instance with the same tables. */
  addSums(other: Sums): void {
    this.bytes += other.bytes;
    for (const [name, table] of tablesOf(this)) table.addRows(other.tables[name]!.rows);
  }

  /** Returns the results. */
  report(): SumsReport {
    const top = tablesOf(this).map(([name, table]) => [name, table.top(TOP_N)]);
    return { bytes: this.bytes, top: Object.fromEntries(top) };
  }
}

/** Returns the tables of sums with their names. */
export function tablesOf({ tables }: Sums): [TableName, Table][] {
  return Object.entries(tables) as [TableName, Table][];
}
