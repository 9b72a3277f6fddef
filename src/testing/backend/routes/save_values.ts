import { AnswerError, detail, ValidationError } from "../answer.ts";
import type { Call } from "../exchange.ts";
import { numericText } from "../numeric.ts";
import { type PyDict, PythonError, type PyValue } from "../python_json.ts";
import { floatRepr, isPythonFloat, pythonStr, pythonStrip } from "../python_text.ts";
import { MAX_ID } from "../ids.ts";

// As in Python, $ also matches before one newline at the end.
const PATH = /^(?:[a-zA-Z0-9_-]|%2e|%3a)+(?:\.(?:[a-zA-Z0-9_-]|%2e|%3a)+)*\n?$/;
const TIMESTAMP = /^[1-9][0-9]{1,9}(?:\.[0-9]{1,6})?\n?$/;

// A row of the index on paths must fit into a third of a page. It is compressed, but random text does not shrink.
const MAX_INDEXED_BYTES = 2690;

// Years 1 to 9999, in microseconds.
const MIN_MICROS = -62_135_596_800_000_000;
const MAX_MICROS = 253_402_300_800_000_000;

/** How long creating a path takes if requests can race for it. */
const RACE_MS = 10;

/** The number of values per INSERT. */
const PAGE = 100;

/**
 * Creates the paths one by one, then stores the values 100 at a time. What is done stays done when a later item is bad.
 *
 * @param micros The time of every value; without it, each has its own.
 * @throws {ValidationError} If a path, time or value is refused.
 * @throws {AnswerError} If the account does not exist, or another request is creating the same path.
 * @throws {PythonError} If the backend fails with 500.
 */
export async function saveValues(
  items: readonly PyValue[],
  call: Call,
  method: "POST" | "PUT",
  micros: number | undefined,
): Promise<void> {
  const { account, accountId, creating, onStored } = call;
  const created: string[] = [];
  try {
    const paths = items.map((item) => createPath(field(item, "p"), call, created));
    if (creating && created.length > 0) await new Promise((done) => setTimeout(done, RACE_MS));
    for (let start = 0; account && start < items.length; start += PAGE) {
      const rows = rowsOf(
        items.slice(start, start + PAGE),
        paths.slice(start, start + PAGE),
        micros,
      );
      onStored(
        rows.map(({ path, micros, text }) => account.values.store(path, micros, text, method)),
      );
    }
  } finally {
    for (const path of created) creating?.delete(`${accountId} ${path}`);
  }
}

/** Python's `item[key]`. */
function field(item: PyValue, key: string): PyValue {
  const value = item instanceof Map ? (item as PyDict).get(key) : undefined;
  if (value === undefined) throw new PythonError(`TypeError or KeyError: '${key}'`);
  return value;
}

function createPath(path: PyValue, call: Call, created: string[]): string {
  if (typeof path !== "string") throw new PythonError("AttributeError: startswith");
  if (path.startsWith("system.")) {
    throw new ValidationError("Invalid path - should not start with 'system.'!");
  }
  const clean = pythonStrip(path);
  if (clean.includes("\0") || !clean.isWellFormed()) throw new PythonError("ValueError");
  const { accountId, account, creating, work } = call;
  if (account === undefined) {
    if (accountId > MAX_ID) throw new PythonError("DataError: integer out of range");
    throw invalidInputFormat();
  }
  const key = `${accountId} ${clean}`;
  if (creating?.has(key) && !created.includes(clean)) throw invalidInputFormat();
  if (!account.values.hasPath(clean)) {
    if (exceedsIndex(clean)) throw new PythonError("OperationalError: index row size");
    account.values.addPath(clean);
    work.newPaths++;
    created.push(clean);
    creating?.add(key);
  }
  // Checked only now, so a refused path leaves its row behind.
  if (!PATH.test(path)) throw new ValidationError(`Invalid PathInputValue format: ${path}`);
  return clean;
}

interface Row {
  readonly path: string;
  readonly micros: number;
  readonly text: string;
}

/** What one statement stores: all of it or nothing. */
function rowsOf(
  items: readonly PyValue[],
  paths: readonly string[],
  micros: number | undefined,
): Row[] {
  const checked = items.map((item, index) => ({
    path: paths[index]!,
    micros: micros ?? toMicros(field(item, "t")),
    value: measuredValue(field(item, "v")),
  }));
  const keys = new Set<string>();
  return checked.map(({ path, micros, value }) => {
    const key = `${micros} ${path}`;
    if (keys.has(key)) throw new PythonError("CardinalityViolation");
    keys.add(key);
    return {
      path,
      micros,
      text: typeof value === "number" ? floatText(value) : numericText(value),
    };
  });
}

/** The value as text for the database, or as a float. */
function measuredValue(value: PyValue): string | number {
  switch (typeof value) {
    case "number":
      return value;
    case "boolean":
      // float(True) works, but the database then fails on the text.
      return pythonStr(value);
    case "bigint":
      if (Number.isFinite(Number(value))) return String(value);
      break;
    case "string":
      if (isPythonFloat(value)) return value;
      break;
  }
  throw new ValidationError(`Invalid MeasuredValue format: ${pythonStr(value)}`);
}

function floatText(value: number): string {
  const size = Math.abs(value);
  // Fast path: both languages format these numbers alike.
  if (size >= 1e-4 && size < 1e15) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  return numericText(floatRepr(value));
}

function toMicros(t: PyValue): number {
  let seconds: number;
  if (typeof t === "boolean" || typeof t === "number" || typeof t === "bigint") {
    seconds = Number(t);
  } else {
    if (!TIMESTAMP.test(pythonStr(t))) {
      throw new ValidationError(`Invalid Timestamp format: ${pythonStr(t)}`);
    }
    seconds = Number(t);
  }
  const whole = Math.trunc(seconds);
  const micros = whole * 1e6 + roundHalfEven((seconds - whole) * 1e6);
  if (!(micros >= MIN_MICROS && micros < MAX_MICROS)) {
    throw new PythonError("ValueError: year is out of range");
  }
  return micros;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function exceedsIndex(path: string): boolean {
  if (path.length <= MAX_INDEXED_BYTES) return false;
  const pieces = new Set<string>();
  for (let at = 0; at + 4 <= path.length; at++) pieces.add(path.slice(at, at + 4));
  return pieces.size > path.length / 2;
}

function invalidInputFormat(): AnswerError {
  return new AnswerError(detail(400, "Invalid input format"));
}
