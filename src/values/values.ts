import { describe, pathProblem } from "./paths.ts";

/**
 * One number. Strings must hold a decimal number, such as `"12.5"` or `"1e3"`; they and bigints are stored exactly.
 * NaN and the infinities are refused: Grafolean would store them, and then fail to show the chart for ever.
 */
export type Value = number | bigint | string;

/**
 * Values by path: an object, a map, or a list of `{ p, v }`. Where a path is given twice the last value counts.
 *
 * @example
 * ```ts
 * import type { Values } from "@grafolean/collector";
 *
 * const forms: Values[] = [
 *   { "room.temperature": 21.5 },
 *   new Map([["room.temperature", 21.5]]),
 *   [{ p: "room.temperature", v: 21.5 }],
 * ];
 * console.log(forms.length);
 * ```
 */
export type Values =
  | Readonly<Record<string, Value>>
  | ReadonlyMap<string, Value>
  | Iterable<{ readonly p: string; readonly v: Value }>;

/** One value that Grafolean could not take, and why. */
export interface Rejected {
  /** The path as it was handed over. */
  readonly p: string;
  /** The value as it was handed over. */
  readonly v: unknown;
  /** Why it was refused, by this library or by the backend. */
  readonly reason: string;
}

/** One value as it travels: a legal path, and a number or a string that the backend reads as one. */
export interface Point {
  /** The path. */
  readonly p: string;
  /** The value. */
  readonly v: number | string;
}

/** What {@linkcode normalizeValues} makes of the values it is given. */
export interface NormalizedValues {
  /** What can be sent, each path once. */
  readonly points: Point[];
  /** What cannot, and why. */
  readonly rejected: Rejected[];
}

// ASCII digits only: the backend answers 500 to others, and to underscores.
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

// The backend stops reading numbers at about 4,300 digits.
const MAX_NUMBER_LENGTH = 1000;

/**
 * Brings values into the form in which they are sent, and takes out what the backend would reject, store only half, or
 * choke on.
 *
 * @throws {TypeError} If `values` is of none of the forms of {@linkcode Values}.
 */
export function normalizeValues(values: Values): NormalizedValues {
  return normalizeEntries(readEntries(values), Infinity).next().value as NormalizedValues;
}

/** What was handed over, unchecked: what should be a path, and at the same place in the other list its value. */
export interface Entries {
  /** What should be paths. */
  readonly paths: readonly unknown[];
  /** What should be values. */
  readonly values: readonly unknown[];
}

/**
 * Reads values of any form, as they are at this moment. Nothing else happens meanwhile, so it takes no longer than it
 * must: two lists are several times faster than one of pairs.
 *
 * @throws {TypeError} If `values` is of none of the forms of {@linkcode Values}.
 */
export function readEntries(values: Values): Entries {
  const given: unknown = values;
  if (given instanceof Map) return { paths: [...given.keys()], values: [...given.values()] };
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot send ${describe(given)}: values are an object, a Map or a list of { p, v }`,
    );
  }
  if (Symbol.iterator in given) return readList(given as Iterable<unknown>);
  const fields = given as Readonly<Record<string, unknown>>;
  const paths = Object.keys(fields);
  return { paths, values: paths.map((path) => fields[path]) };
}

function readList(list: Iterable<unknown>): Entries {
  const paths: unknown[] = [];
  const values: unknown[] = [];
  for (const item of list) {
    const isPoint = typeof item === "object" && item !== null;
    const { p, v } = isPoint ? item as { p?: unknown; v?: unknown } : { p: item, v: undefined };
    paths.push(p);
    values.push(v);
  }
  return { paths, values };
}

/** Does what {@linkcode normalizeValues} does, and stops after each `slice` entries so that others get their turn. */
export function* normalizeEntries(
  { paths, values }: Entries,
  slice: number,
): Generator<void, NormalizedValues> {
  const points = new Map<string, Point>();
  const rejected: Rejected[] = [];
  for (let index = 0; index < paths.length; index++) {
    if (index > 0 && index % slice === 0) yield;
    const p = paths[index];
    const v = values[index];
    const problem = pathProblem(p) ?? valueProblem(v);
    if (problem === undefined) {
      points.set(p as string, { p: p as string, v: wireValue(v as Value) });
    } else {
      rejected.push({ p: typeof p === "string" ? p : describe(p), v, reason: problem });
    }
  }
  return { points: [...points.values()], rejected };
}

function valueProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : `${value} is not a number that can be stored`;
    case "bigint":
    case "string": {
      const text = String(value).trim();
      if (text.length > MAX_NUMBER_LENGTH) {
        return `the value has ${text.length} characters, more than ${MAX_NUMBER_LENGTH}`;
      }
      if (!NUMBER.test(text)) return `${describe(value)} is not a decimal number`;
      // Beyond a double it would be stored, but never shown.
      return Number.isFinite(Number(text)) ? undefined : `${describe(value)} is too large`;
    }
    default:
      return `the value is ${describe(value)}, not a number`;
  }
}

function wireValue(value: Value): number | string {
  return typeof value === "number" ? value : String(value).trim();
}
