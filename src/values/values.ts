import { pathProblem } from "./paths.ts";

/**
 * A number to send to Grafolean. A string must contain a decimal number, such as `"12.5"` or `"1e3"`. Strings and bigints
 * are stored exactly. NaN and the infinities are refused, because Grafolean would store them and then fail to show the
 * chart.
 */
export type Value = number | bigint | string;

/**
 * Values by path, as an object, a map, or an iterable of `{ p, v }` or `{ p, v, t }`.
 *
 * `t` is the value's own time in UNIX seconds, from 0 up to but not including 9e9; Grafolean stores it with microseconds.
 * A value without `t` gets the time at which it is sent. If a path occurs twice, the last value wins; with `t`, if it
 * occurs twice at the same time. In a call with more than 2,000 values, both may be stored, the last with the later time.
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
 *   // From the log of a device, one value a minute.
 *   [{ p: "room.temperature", v: 21.5, t: 1700000000 }, { p: "room.temperature", v: 21.7, t: 1700000060 }],
 * ];
 * console.log(forms.length);
 * ```
 */
export type Values =
  | Readonly<Record<string, Value>>
  | ReadonlyMap<string, Value>
  | Iterable<{ readonly p: string; readonly v: Value; readonly t?: number | undefined }>;

/** A value that was refused. */
export interface RefusedValue {
  /** The path as given. */
  readonly p: string;
  /** The value as given. */
  readonly v: unknown;
  /** The value's own time as given, if there was one. */
  readonly t?: unknown;
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
  /** The values to send, with each path once, or once for each time. */
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
  return normalizeInSlices(values, Infinity).next().value;
}

/**
 * Like {@linkcode normalizeValues}, but yields the values in slices of so many, so that callers can free the event loop;
 * the last slice is returned. Equal paths are found within a slice.
 *
 * Values are read when their slice is asked for. Only to list the keys of an object takes about 0.3 µs each, in one go.
 *
 * @throws {TypeError} At the first slice, if `values` has none of the shapes of {@linkcode Values}.
 */
export function* normalizeInSlices(
  values: Values,
  sliceSize: number,
): Generator<NormalizedValues, NormalizedValues> {
  let points = new Map<string, Point>();
  let refused: RefusedValue[] = [];
  let count = 0;
  for (const { p, v, t } of entriesOf(values)) {
    if (count === sliceSize) {
      yield { points: [...points.values()], refused };
      points = new Map();
      refused = [];
      count = 0;
    }
    count++;
    const problem = problemOf(p, v, t);
    if (problem === undefined) {
      const point = pointOf(p as string, v as Value, t as number | undefined);
      points.set(keyOf(point), point);
    } else {
      const path = typeof p === "string" ? p : describeValue(p);
      refused.push({ p: path, v, ...(t === undefined ? {} : { t }), reason: problem });
    }
  }
  return { points: [...points.values()], refused };
}

/** A value as given, not validated. */
interface Entry {
  readonly p?: unknown;
  readonly v?: unknown;
  readonly t?: unknown;
}

function* entriesOf(values: unknown): Generator<Entry, void> {
  if (typeof values !== "object" || values === null) {
    throw new TypeError(
      `Cannot send ${describeValue(values)}: values are an object, a Map or a list of { p, v }`,
    );
  }
  if (values instanceof Map) {
    for (const [p, v] of values) yield { p, v };
  } else if (Symbol.iterator in values) {
    for (const item of values as Iterable<unknown>) {
      yield typeof item === "object" && item !== null ? item : { p: item };
    }
  } else {
    const fields = values as Readonly<Record<string, unknown>>;
    for (const p of Object.keys(fields)) yield { p, v: fields[p] };
  }
}

/** What identifies a point: the path, and its own time in microseconds. */
function keyOf({ p, t }: Point): string {
  return t === undefined ? p : `${p} ${Math.round(t * 1e6)}`;
}

function pointOf(p: string, value: Value, t: number | undefined): Point {
  const v = typeof value === "number" ? value : String(value).trim();
  return t === undefined ? { p, v } : { p, v, t };
}

function problemOf(p: unknown, v: unknown, t: unknown): string | undefined {
  if (typeof p !== "string") return `the path is ${describeValue(p)}, not a string`;
  return pathProblem(p) ?? valueProblem(v) ?? (t === undefined ? undefined : timeProblem(t));
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

// In the year 2255. Later times have no exact microseconds in JavaScript; Grafolean takes them up to the year 2286.
const TIME_LIMIT = 9e9;

/** Returns why a value cannot have a time, or `undefined` if it can. */
export function timeProblem(time: unknown): string | undefined {
  if (typeof time !== "number") return `t is ${describeValue(time)}, not a number of UNIX seconds`;
  if (time >= 0 && time < TIME_LIMIT) return undefined;
  // As milliseconds, the limits are in the years 1973 and 5138.
  if (time >= 1e11 && time < 1e14) {
    return `t is ${time}, which looks like milliseconds: use UNIX seconds`;
  }
  return `t is ${time}: expected UNIX seconds, 0 or more and below 9e9`;
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
