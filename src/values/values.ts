import { pathProblem } from "./paths.ts";

/**
 * A number to send to Grafolean. A string must contain a decimal number, such as `"12.5"` or `"1e3"`. Strings and bigints
 * are stored exactly. NaN and the infinities are refused, because Grafolean would store them and then fail to show the
 * chart.
 */
export type Value = number | bigint | string;

/**
 * Values by path, as an object, a map, or an iterable of `{ p, v }`. If a path occurs twice, the last value wins.
 *
 * A path consists of segments joined by dots, each of `a-z`, `A-Z`, `0-9`, `_`, `-`, `%2e` and `%3a`, with at most 2,000
 * characters in total; use {@linkcode pathPart} to convert any text to a segment. Paths that start with `system.` are
 * reserved by Grafolean.
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

/** A value that was refused. */
export interface RefusedValue {
  /** The path as given. */
  readonly p: string;
  /** The value as given. */
  readonly v: unknown;
  /** Why it was refused, by this library or by the backend. */
  readonly reason: string;
}

/** A valid value as it is sent: a path, and a number or a string that the backend parses as one. */
export interface Point {
  /** The path. */
  readonly p: string;
  /** The value. */
  readonly v: number | string;
  /** The value's own time, in UNIX seconds, if the bot has given one. */
  readonly t?: number;
}

/** The result of {@linkcode normalizeValues}. */
export interface NormalizedValues {
  /** The values to send, with each path once. */
  readonly points: Point[];
  /** The values that cannot be sent, and why. */
  readonly refused: RefusedValue[];
}

// ASCII digits only, because the backend fails with 500 on others and on underscores.
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

// In characters. The backend cannot parse numbers of more than about 4,300 digits.
const MAX_NUMBER_LENGTH = 1000;

/**
 * Converts values to the form in which they are sent, and sets aside those that the backend would refuse, store only
 * partly, or fail with 500 on.
 *
 * @throws {TypeError} If `values` has none of the shapes of {@linkcode Values}.
 */
export function normalizeValues(values: Values): NormalizedValues {
  return normalizeEntries(readEntries(values), Infinity).next().value as NormalizedValues;
}

/** Values as given, not validated: a list of paths, and a list of their values in the same order. */
interface Entries {
  /** The paths. */
  readonly paths: readonly unknown[];
  /** The values. */
  readonly values: readonly unknown[];
}

/**
 * Copies values of any shape as they are now. It blocks the event loop, so it is kept fast: two lists are several times
 * faster than one list of pairs.
 *
 * @throws {TypeError} If `values` has none of the shapes of {@linkcode Values}.
 */
export function readEntries(values: Values): Entries {
  const given: unknown = values;
  if (given instanceof Map) return { paths: [...given.keys()], values: [...given.values()] };
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot send ${describeValue(given)}: values are an object, a Map or a list of { p, v }`,
    );
  }
  if (Symbol.iterator in given) return readPoints(given as Iterable<unknown>);
  const fields = given as Readonly<Record<string, unknown>>;
  const paths = Object.keys(fields);
  return { paths, values: paths.map((path) => fields[path]) };
}

function readPoints(list: Iterable<unknown>): Entries {
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

/** Like {@linkcode normalizeValues}, but yields after every `slice` entries, so that callers can free the event loop. */
export function* normalizeEntries(
  { paths, values }: Entries,
  slice: number,
): Generator<void, NormalizedValues> {
  const points = new Map<string, Point>();
  const refused: RefusedValue[] = [];
  for (let index = 0; index < paths.length; index++) {
    if (index > 0 && index % slice === 0) yield;
    const p = paths[index];
    const v = values[index];
    if (typeof p !== "string") {
      const shown = describeValue(p);
      refused.push({ p: shown, v, reason: `the path is ${shown}, not a string` });
      continue;
    }
    const problem = pathProblem(p) ?? valueProblem(v);
    if (problem === undefined) points.set(p, { p, v: wireValue(v as Value) });
    else refused.push({ p, v, reason: problem });
  }
  return { points: [...points.values()], refused };
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
      if (!NUMBER.test(text)) return `${describeValue(value)} is not a decimal number`;
      // The backend would store it, but could not show it as a double.
      return Number.isFinite(Number(text)) ? undefined : `${describeValue(value)} is too large`;
    }
    default:
      return `the value is ${describeValue(value)}, not a number`;
  }
}

function wireValue(value: Value): number | string {
  return typeof value === "number" ? value : String(value).trim();
}

/** Describes an unexpected value in a few words, for an error message. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return String(value);
}
