import type { Sample, Samples, WantedOid } from "../client/poll.ts";
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

/** A value, or why there is none. */
type Cell = SnmpValue | Reason;

const RATE_REASONS = {
  "first": "first reading of a counter",
  "went back": "a counter went back",
  "no time passed": "no time passed between two readings of a counter",
} as const satisfies Record<string, Reason>;

const MAX_TEXT_LENGTH = 40;

/**
 * Computes the values of a sensor.
 *
 * The indexes are those of its first WALK; a GET counts for each of them. An index has a value only if every OID of the
 * sensor has one, even an OID that the expression does not use.
 *
 * @param samples The samples for each OID of the sensor.
 * @param otherWith Returns the title of another sensor that has a path.
 */
export function evaluate(
  sensor: Sensor,
  samples: readonly Samples[],
  toRate: ToRate,
  otherWith: (path: string) => string | undefined,
): Evaluation {
  const values = new Map<string, number>();
  const problems: Problem[] = [];
  // Also counters that no index uses now are read, for their next rate.
  const columns = samples.map((each, i) => toColumn(sensor.oids[i], each, `${i + 1}`, toRate));
  for (const [i, { size }] of columns.entries()) {
    if (size === 0) problems.push({ reason: "nothing below it", culprit: sensor.oids[i]?.oid });
  }
  if (problems.length > 0) return { values, problems };

  const table = columns.find((column) => !column.has(undefined)) ?? columns[0];
  for (const index of table?.keys() ?? []) {
    const row = columns.map((column) => column.get(index) ?? column.get(undefined));
    const result = evaluateRow(sensor, row, index);
    if ("reason" in result) {
      problems.push({ ...result, index });
      continue;
    }
    const { path, value } = result;
    const other = otherWith(path);
    if (values.has(path)) problems.push({ reason: "the same path as another index", index });
    else if (other === undefined) values.set(path, value);
    else problems.push({ reason: "the same path as another sensor", culprit: other, index });
  }
  return { values, problems };
}

function evaluateRow(
  { oids, expression, outputPath }: Sensor,
  row: readonly (Cell | undefined)[],
  index: string | undefined,
): Problem | { readonly path: string; readonly value: number } {
  const inputs: SnmpValue[] = [];
  for (const [i, cell = "nothing there"] of row.entries()) {
    if (typeof cell === "string") return { reason: cell, culprit: oidAt(oids[i], index) };
    inputs.push(cell);
  }
  const inputOf = (variable: number): SnmpValue => inputs[variable - 1] as SnmpValue;
  for (const variable of expression.variables) {
    const input = inputOf(variable);
    if (!Number.isNaN(toNumber(input))) continue;
    const text = String(input.value);
    const shown = input.type === "binary"
      ? `the bytes ${text.slice(0, MAX_TEXT_LENGTH)}`
      : quote(text);
    const culprit = `${oidAt(oids[variable - 1], index)} is ${shown}`;
    return { reason: "not a number", culprit };
  }
  const value = expression.evaluate((variable) => toNumber(inputOf(variable)));
  if (!Number.isFinite(value)) return { reason: "the expression has no result" };
  // A sensor without a WALK has no index; its paths show 0.
  const path = outputPath.fill((variable) => String(inputOf(variable).value), index ?? "0");
  return path === undefined ? { reason: "an empty text in the output path" } : { path, value };
}

/** Returns the cells of an OID by index; that of a GET has none. */
function toColumn(
  wanted: WantedOid | undefined,
  samples: Samples,
  position: string,
  toRate: ToRate,
): ReadonlyMap<string | undefined, Cell> {
  const column = new Map<string | undefined, Cell>();
  for (const [index, sample] of "at" in samples ? [[undefined, samples] as const] : samples) {
    const oid = oidAt(wanted, index);
    column.set(index, toCell(sample, oid, `${position}/${oid}`, toRate));
  }
  return column;
}

function toCell({ value, at }: Sample, oid: string, key: string, toRate: ToRate): Cell {
  if (value === undefined) return "nothing there";
  if (value.type === "undecodable") return "a value that cannot be decoded";
  if (value.type !== "counter") return value;
  const { perSecond, reason } = toRate(key, oid, value.value, at);
  return reason === undefined ? { type: "number", value: perSecond } : RATE_REASONS[reason];
}

function oidAt(wanted: WantedOid | undefined, index: string | undefined): string {
  return wanted?.walk ? `${wanted.oid}.${index}` : `${wanted?.oid}`;
}

function quote(text: string): string {
  return JSON.stringify(
    text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text,
  );
}
