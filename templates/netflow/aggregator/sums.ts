import { ADDRESS_KEY, ADDRESS_PAIR_KEY, type KeyKind, NUMBER_KEY } from "./flow_key.ts";
import type { MemoryBudget } from "./memory_budget.ts";
import { Table, type TableEntry } from "./table.ts";

/** The tables and their keys. To add one, add it here, to `add` of `Traffic`, and to the paths in `values.ts`. */
export const TABLES = {
  /** By address: source for ingress, destination for egress. */
  addresses: ADDRESS_KEY,
  /** By source and destination address. */
  connections: ADDRESS_PAIR_KEY,
  /** By destination port. */
  ports: NUMBER_KEY,
  /** By IP protocol. */
  protocols: NUMBER_KEY,
} satisfies Record<string, KeyKind>;

/** The name of a table. */
export type TableName = keyof typeof TABLES;

/** The names of the tables. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** The results for an exporter or an interface. */
export interface SumsReport {
  /** Total bytes. */
  readonly bytes: number;
  /** The 10 keys with the most bytes in each table. */
  readonly top: Readonly<Record<TableName, readonly TableEntry[]>>;
}

/** A part of the sums as plain data: total bytes, or some sums of a table. */
export type SumsState = { readonly bytes: number } | {
  readonly table: TableName;
  /** The largest sum that may have been forgotten. */
  readonly error: number;
  readonly sums: readonly TableEntry[];
};

const TOP_N = 10;

// So that a line takes a fraction of a millisecond to format, parse and write.
const SUMS_PER_STATE = 250;

/** Sums of bytes, in total and by several keys. */
export class Sums {
  /** Total bytes. */
  bytes = 0;
  /** The tables. */
  readonly tables: Readonly<Record<TableName, Table>>;

  /**
   * Constructs an empty instance.
   *
   * @param capacity The maximum number of keys in each table, a power of 2 of at least 32.
   */
  constructor(capacity: number, memory: MemoryBudget) {
    this.tables = mapTables((name) => new Table(TABLES[name], capacity, memory));
  }

  /** Moves the sums of another instance into this one, in steps. */
  *take(other: Sums): Generator<void, void> {
    this.bytes += other.bytes;
    other.bytes = 0;
    for (const name of TABLE_NAMES) {
      this.tables[name].take(other.tables[name]);
      yield;
    }
  }

  /** Gives the memory back. */
  clear(): void {
    for (const name of TABLE_NAMES) this.tables[name].clear();
  }

  /** Returns the results. */
  report(): SumsReport {
    return { bytes: this.bytes, top: mapTables((name) => this.tables[name].top(TOP_N)) };
  }

  /** Iterates over the state to keep over a restart. */
  *state(): Generator<SumsState> {
    yield { bytes: this.bytes };
    for (const table of TABLE_NAMES) {
      const { error } = this.tables[table];
      let sums: TableEntry[] = [];
      for (const entry of this.tables[table].entries()) {
        sums.push(entry);
        if (sums.length < SUMS_PER_STATE) continue;
        yield { table, error, sums };
        sums = [];
      }
      if (sums.length > 0 || error > 0) yield { table, error, sums };
    }
  }

  /**
   * Adds a part of the state.
   *
   * @throws {TypeError} If it is damaged.
   */
  restore(state: SumsState): void {
    if ("bytes" in state) {
      this.bytes += amount(state.bytes);
      return;
    }
    if (!Object.hasOwn(TABLES, state.table) || !Array.isArray(state.sums)) {
      throw new TypeError("expected the sums of a table");
    }
    const table = this.tables[state.table];
    table.addError(Math.max(0, amount(state.error) - table.error));
    for (const row of state.sums) {
      if (!Array.isArray(row)) throw new TypeError("expected keys and sums");
      table.addEntry([String(row[0]), amount(row[1]), amount(row[2])]);
    }
  }
}

function mapTables<T>(value: (name: TableName) => T): Record<TableName, T> {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, value(name)])) as Record<TableName, T>;
}

function amount(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`expected a number of bytes instead of ${JSON.stringify(value)}`);
}
