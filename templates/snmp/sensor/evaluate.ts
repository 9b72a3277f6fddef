import type { CounterReading } from "@grafolean/collector/toolkit";
import type { Sample, Samples } from "../client/poll.ts";
import type { Problem } from "./problems.ts";
import type { Sensor } from "./sensor.ts";
import { type SnmpValue, toNumber } from "../client/varbind.ts";

/** The values of a sensor. */
export interface Evaluation {
  /** Values by path below `entity.<id>.snmp`. */
  readonly values: ReadonlyMap<string, number>;
  /** Why there is no value, and for which indexes. */
  readonly problems: ReadonlyMap<Problem, readonly string[]>;
}

/** Converts a counter to a rate; `key` identifies the counter within its sensor, `at` is in seconds. */
type ToRate = (key: string, count: bigint, at: number) => CounterReading;

// The index of a sensor without a WALK.
const NO_INDEX = "0";

const RATE_PROBLEMS = {
  "first": "first reading of a counter",
  "went back": "a counter went back",
  "no time passed": "no time passed between two readings of a counter",
} as const satisfies Record<string, Problem>;

type Cell = SnmpValue | Problem;

/**
 * Computes the values of a sensor.
 *
 * The indexes are those of its first WALK; a GET counts for each of them. An index has a value only if every OID of the
 * sensor has one, even an OID that the expression does not use.
 *
 * @param samples The samples for each OID of the sensor.
 */
export function evaluate(sensor: Sensor, samples: readonly Samples[], toRate: ToRate): Evaluation {
  const columns = samples.map((each, i) =>
    toCells(each, `${i + 1}/${sensor.oids[i]?.oid}`, toRate)
  );
  const walk = columns[sensor.oids.findIndex((oid) => oid.walk)];
  const indexes = walk instanceof Map ? [...walk.keys()] : [NO_INDEX];

  const values = new Map<string, number>();
  const problems = new Map<Problem, string[]>();
  for (const index of indexes) {
    const row = columns.map((column) => column instanceof Map ? column.get(index) : column);
    const problem = evaluateRow(sensor, row, index, values);
    if (problem === undefined) continue;
    const others = problems.get(problem);
    if (others === undefined) problems.set(problem, [index]);
    else others.push(index);
  }
  return { values, problems };
}

function evaluateRow(
  { expression, outputPath }: Sensor,
  row: readonly (Cell | undefined)[],
  index: string,
  values: Map<string, number>,
): Problem | undefined {
  const inputs: SnmpValue[] = [];
  for (const cell of row) {
    if (cell === undefined) return "nothing there";
    if (typeof cell === "string") return cell;
    inputs.push(cell);
  }
  const inputOf = (variable: number): SnmpValue => inputs[variable - 1] as SnmpValue;
  const numbers = new Map<number, number>();
  for (const variable of expression.variables) {
    const number = toNumber(inputOf(variable));
    if (Number.isNaN(number)) return "not a number";
    numbers.set(variable, number);
  }
  const result = expression.evaluate((variable) => numbers.get(variable) ?? NaN);
  if (!Number.isFinite(result)) return "the expression has no result";
  const path = outputPath.fill((variable) => String(inputOf(variable).value), index);
  if (values.has(path)) return "the same path as another index";
  values.set(path, result);
  return undefined;
}

function toCells(
  samples: Samples,
  key: string,
  toRate: ToRate,
): Cell | undefined | ReadonlyMap<string, Cell | undefined> {
  if (!(samples instanceof Map)) return toCell(samples as Sample, key, toRate);
  const cells = new Map<string, Cell | undefined>();
  for (const [index, sample] of samples) {
    cells.set(index, toCell(sample, `${key}.${index}`, toRate));
  }
  return cells;
}

function toCell({ value, at }: Sample, key: string, toRate: ToRate): Cell | undefined {
  if (value?.type !== "counter") return value;
  const rate = toRate(key, value.value, at);
  return rate.reason === undefined
    ? { type: "number", value: rate.perSecond }
    : RATE_PROBLEMS[rate.reason];
}
