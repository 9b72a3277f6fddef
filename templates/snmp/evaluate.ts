import type { CounterReading } from "@grafolean/collector";
import type { Timed } from "./poll.ts";
import { numberOf, type Reading } from "./varbind.ts";
import type { Sensor } from "./sensor.ts";

/** What was read for one OID of a sensor: one value, or for a walk one per index. */
export type Fetched = Timed | ReadonlyMap<string, Timed>;

/** What came out of a sensor. */
export interface Evaluation {
  /** Numbers by path, without the beginning that is the same for all of a device. */
  readonly values: ReadonlyMap<string, number>;
  /** Why there is no value, and for which indexes. */
  readonly problems: ReadonlyMap<Problem, readonly string[]>;
}

/** Why an index has no value. */
export type Problem =
  | "first reading of a counter"
  | "a counter went back"
  | "no time passed between two readings of a counter"
  | "nothing there"
  | "not a number"
  | "the expression has no result"
  | "the same path as another index";

/** Turns the reading of a counter into a rate; `key` tells the counters of a sensor apart. */
export type RateOf = (key: string, count: bigint, at: number) => CounterReading;

// The index where nothing is walked.
const NO_INDEX = "0";

const RATE_PROBLEMS = {
  "first": "first reading of a counter",
  "went back": "a counter went back",
  "no time passed": "no time passed between two readings of a counter",
} as const satisfies Record<string, Problem>;

type Cell = Reading | Problem;

/**
 * Computes the values of a sensor.
 *
 * The indexes are those of its first walk. What was read by GET counts for each of them. An index gets a value when
 * there is something for all the OIDs of the sensor, also those that only the path or nothing uses.
 *
 * @param fetched One item per OID of the sensor.
 */
export function evaluate(sensor: Sensor, fetched: readonly Fetched[], rateOf: RateOf): Evaluation {
  const columns = fetched.map((item, i) => column(item, `${i + 1}/${sensor.oids[i]?.oid}`, rateOf));
  const walk = columns[sensor.oids.findIndex((oid) => oid.walk)];
  const indexes = walk instanceof Map ? [...walk.keys()] : [NO_INDEX];

  const values = new Map<string, number>();
  const problems = new Map<Problem, string[]>();
  for (const index of indexes) {
    const cells = columns.map((cell) => cell instanceof Map ? cell.get(index) : cell);
    const problem = evaluateRow(sensor, cells, index, values);
    if (problem === undefined) continue;
    const others = problems.get(problem);
    if (others === undefined) problems.set(problem, [index]);
    else others.push(index);
  }
  return { values, problems };
}

function evaluateRow(
  { expression, outputPath }: Sensor,
  cells: readonly (Cell | undefined)[],
  index: string,
  values: Map<string, number>,
): Problem | undefined {
  const readings: Reading[] = [];
  for (const cell of cells) {
    if (cell === undefined) return "nothing there";
    if (typeof cell === "string") return cell;
    readings.push(cell);
  }
  const reading = (variable: number): Reading => readings[variable - 1] as Reading;
  const numbers = new Map<number, number>();
  for (const variable of expression.variables) {
    const number = numberOf(reading(variable));
    if (Number.isNaN(number)) return "not a number";
    numbers.set(variable, number);
  }
  const value = expression.evaluate((variable) => numbers.get(variable) ?? NaN);
  if (!Number.isFinite(value)) return "the expression has no result";
  const path = outputPath.fill((variable) => String(reading(variable).value), index);
  if (values.has(path)) return "the same path as another index";
  values.set(path, value);
  return undefined;
}

function column(
  fetched: Fetched,
  key: string,
  rateOf: RateOf,
): Cell | undefined | ReadonlyMap<string, Cell | undefined> {
  if (!(fetched instanceof Map)) return cell(fetched as Timed, key, rateOf);
  const cells = new Map<string, Cell | undefined>();
  for (const [index, timed] of fetched) cells.set(index, cell(timed, `${key}.${index}`, rateOf));
  return cells;
}

function cell({ reading, at }: Timed, key: string, rateOf: RateOf): Cell | undefined {
  if (reading?.type !== "counter") return reading;
  const rate = rateOf(key, reading.value, at);
  return rate.reason === undefined
    ? { type: "number", value: rate.perSecond }
    : RATE_PROBLEMS[rate.reason];
}
