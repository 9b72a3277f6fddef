import type { MissedTime } from "./missed_time.ts";
import { type TableName, TABLES, tablesOf } from "./sums.ts";
import {
  type Direction,
  DIRECTIONS,
  type TrafficWindow,
  type WindowLabel,
  WINDOWS,
} from "./window.ts";

/** The times in the state of an aggregator, in milliseconds since 1970. */
export interface TimesState {
  /** Flows are included up to this time. */
  readonly until: number;
  /** When the bot was not listening. */
  readonly missed: readonly (readonly [from: number, until: number])[];
}

/** A table in the state of an aggregator. */
export interface TableState {
  readonly window: WindowLabel;
  /** When the window starts, in milliseconds since 1970. */
  readonly start: number;
  readonly exporter: string;
  readonly direction: Direction;
  /** SNMP index of the interface; `null` for the sums of all. */
  readonly interface: number | null;
  /** Total bytes, with the first table; 0 with the others. */
  readonly bytes: number;
  readonly table: TableName;
  /** The rows of the table, see {@linkcode TableRows}. */
  readonly error: number;
  readonly keys: readonly number[];
  readonly sums: readonly number[];
  readonly errors: readonly number[];
}

/** A part of the state of an aggregator that is kept over a restart, as plain data. */
export type AggregatorState = TimesState | TableState;

/** Iterates over the state of a window: a table takes about a millisecond to format and write. */
export function* windowState({ label, start, traffic }: TrafficWindow): Generator<TableState> {
  for (const [exporter, byDirection] of traffic) {
    for (const direction of DIRECTIONS) {
      const { total, interfaces } = byDirection[direction];
      for (const [index, sums] of [[null, total] as const, ...interfaces]) {
        const place = { window: label, start, exporter, direction, interface: index };
        let { bytes } = sums;
        for (const [name, table] of tablesOf(sums)) {
          const { error, ...rows } = table.rows;
          const [keys, sums, errors] = [[...rows.keys], [...rows.sums], [...rows.errors]];
          yield { ...place, bytes, table: name, error, keys, sums, errors };
          bytes = 0;
        }
      }
    }
  }
}

/**
 * Adds a table of the state.
 *
 * @param windowAt Returns the window to add it to.
 * @throws {TypeError} If it is damaged.
 */
export function restoreTable(
  state: TableState,
  windowAt: (level: number, start: number) => TrafficWindow,
): void {
  const { start, exporter, direction, interface: index, bytes, table, error } = state;
  const level = WINDOWS.findIndex(({ label }) => label === state.window);
  check(level >= 0, "window");
  check(isAmount(start), "start");
  check(typeof exporter === "string", "exporter");
  check(DIRECTIONS.includes(direction), "direction");
  check(index === null || Number.isSafeInteger(index), "interface");
  check(Object.hasOwn(TABLES, table), "table");
  for (const numbers of [[bytes, error], state.keys, state.sums, state.errors]) {
    check(numbers.every(isAmount), "numbers");
  }
  const keys = Uint32Array.from(state.keys);
  const [sums, errors] = [Float64Array.from(state.sums), Float64Array.from(state.errors)];
  check(keys.length === TABLES[table] * sums.length && errors.length === sums.length, "sums");
  const traffic = windowAt(level, start).trafficOf(exporter)[direction];
  const into = index === null ? traffic.total : traffic.interface(index);
  if (into === undefined) return;
  into.bytes += bytes;
  into.tables[table]?.addRows({ error, keys, sums, errors });
}

/**
 * Adds the times of the state.
 *
 * @returns Until when flows are included.
 * @throws {TypeError} If they are damaged.
 */
export function restoreTimes({ until, missed }: TimesState, to: MissedTime): number {
  check(isAmount(until), "until");
  for (const [from, until] of missed) {
    check(isAmount(from) && isAmount(until), "missed");
    to.add(from, until);
  }
  return until;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function check(isValid: boolean, field: string): asserts isValid {
  if (!isValid) throw new TypeError(`"${field}" is not valid`);
}
