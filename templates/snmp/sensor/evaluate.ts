import type { Sample, Samples } from "../client/poll.ts";
import { type SnmpValue, toNumber } from "../client/varbind.ts";
import type { ToRate } from "./counters.ts";
import type { Problem, Reason } from "./problems.ts";
import type { Sensor } from "./sensor.ts";

/** The values of a sensor. */
export interface Evaluation {
  /** Values by path below `entity.<id>.snmp`. */
  readonly values: ReadonlyMap<string, number>;
  /** Why there is no value, for each index without one. */
  readonly problems: readonly Problem[];
}

const RATE_REASONS = {
  "first": "first reading of a counter",
  "went back": "a counter went back",
  "no time passed": "no time passed between two readings of a counter",
} as const satisfies Record<string, Reason>;

/** A value of one OID, or why there is none. */
type Cell =
  & { readonly oid: string }
  & (
    | { readonly value: SnmpValue; readonly reason?: never }
    | { readonly value?: never; readonly reason: Reason }
  );

/**
 * Computes the values of a sensor.
 *
 * The indexes are those of its first WALK; a GET counts for each of them. An index has a value only if every OID of the
 * sensor has one, even an OID that the expression does not use.
 *
 * @param samples The samples for each OID of the sensor.
 */
export function evaluate(sensor: Sensor, samples: readonly Samples[], toRate: ToRate): Evaluation {
  const values = new Map<string, number>();
  const problems: Problem[] = [];
  const columns: (Cell | ReadonlyMap<string, Cell>)[] = [];
  for (const [i, each] of samples.entries()) {
    const { oid = "" } = sensor.oids[i] ?? {};
    columns.push(toCells(oid, each, `${i + 1}`, toRate));
    if (each instanceof Map && each.size === 0) problems.push({ reason: "nothing below it", oid });
  }
  if (problems.length > 0) return { values, problems };

  const walk = columns.find((column) => column instanceof Map);
  for (const index of walk instanceof Map ? walk.keys() : [undefined]) {
    const row = columns.map((column, i) =>
      column instanceof Map
        ? column.get(index ?? "") ??
          { oid: `${sensor.oids[i]?.oid}.${index}`, reason: "nothing there" }
        : column as Cell
    );
    const problem = evaluateRow(sensor, row, index, values);
    if (problem !== undefined) problems.push(index === undefined ? problem : { ...problem, index });
  }
  return { values, problems };
}

function evaluateRow(
  { expression, outputPath }: Sensor,
  row: readonly Cell[],
  // A sensor without a WALK has no index; its paths show 0.
  index = "0",
  values: Map<string, number>,
): Problem | undefined {
  const inputs: SnmpValue[] = [];
  for (const { oid, value, reason } of row) {
    if (value === undefined) return { reason, oid };
    inputs.push(value);
  }
  const inputOf = (variable: number): SnmpValue => inputs[variable - 1] as SnmpValue;
  const numbers = new Map<number, number>();
  for (const variable of expression.variables) {
    const input = inputOf(variable);
    const number = toNumber(input);
    if (Number.isNaN(number)) {
      const { oid } = row[variable - 1] as Cell;
      return { reason: "not a number", oid, text: String(input.value) };
    }
    numbers.set(variable, number);
  }
  const result = expression.evaluate((variable) => numbers.get(variable) ?? NaN);
  if (!Number.isFinite(result)) return { reason: "the expression has no result" };
  const path = outputPath.fill((variable) => String(inputOf(variable).value), index);
  if (path === undefined) return { reason: "an empty text in the output path" };
  if (values.has(path)) return { reason: "the same path as another index" };
  values.set(path, result);
  return undefined;
}

function toCells(
  root: string,
  samples: Samples,
  position: string,
  toRate: ToRate,
): Cell | ReadonlyMap<string, Cell> {
  if (!(samples instanceof Map)) return toCell(root, samples as Sample, position, toRate);
  const cells = new Map<string, Cell>();
  for (const [index, sample] of samples) {
    cells.set(index, toCell(`${root}.${index}`, sample, position, toRate));
  }
  return cells;
}

function toCell(oid: string, { value, at }: Sample, position: string, toRate: ToRate): Cell {
  if (value === undefined) return { oid, reason: "nothing there" };
  if (value.type === "undecodable") return { oid, reason: "a value that cannot be decoded" };
  if (value.type !== "counter") return { oid, value };
  const rate = toRate({ key: `${position}/${oid}`, oid, count: value.value, at });
  return rate.reason === undefined
    ? { oid, value: { type: "number", value: rate.perSecond } }
    : { oid, reason: RATE_REASONS[rate.reason] };
}
