import { type Answer, AnswerError, detail, json } from "../answer.ts";
import { type Call, queryOf, type Routes } from "../exchange.ts";
import { parsePythonJson, type PyDict, PythonError, type PyValue } from "../python_json.ts";
import { dumpsJson, isTruthy, pythonInt, pythonStr } from "../python_text.ts";
import type { StoredValue, ValueTable } from "../value_table.ts";

/** What a path looks like. */
export const PATH = /^(?:[a-zA-Z0-9_-]|%2e|%3a)+(?:\.(?:[a-zA-Z0-9_-]|%2e|%3a)+)*$/;
export const TIMESTAMP = /^[1-9][0-9]{1,9}(?:\.[0-9]{1,6})?$/;
const MAX_VALUES = 100_000;
const MAX_LEVEL = 6;

/** An argument of a query or a body; `undefined` if it is absent. */
type Argument = (name: string) => PyValue | undefined;

export const readingRoutes: Routes = {
  /** The values of one path. */
  "accounts/{account_id}/values/{path}": {
    GET: (call) => {
      if (call.name.includes(",")) return detail(400, "Only a single path is allowed");
      return read(call, call.name, (key) => queryOf(call.url, key));
    },
  },
  /** The values of several paths. */
  "accounts/{account_id}/getvalues": {
    POST: async (call) => {
      const argument = argumentsOf(await call.body());
      return read(call, argument("p"), argument);
    },
  },
  /** Aggregated values. The database makes them in the background, so there are none of fresh values. */
  "accounts/{account_id}/getaggrvalues": {
    POST: async (call) => {
      const argument = argumentsOf(await call.body());
      const level = pythonInt(argument("a") ?? null);
      if (level === undefined) return detail(400, "Invalid parameter: a");
      if (level < 0 || level > MAX_LEVEL) {
        return detail(400, "Invalid parameter a (should be a number in range from 0 to 6).");
      }
      return read(call, argument("p"), argument, true);
    },
  },
};

function argumentsOf(bytes: Uint8Array): Argument {
  const body = parsePythonJson(bytes);
  if (!(body instanceof Map)) throw new PythonError("AttributeError: get");
  return (name) => body.get(name);
}

function read(
  { state, account }: Call,
  pathList: PyValue | undefined,
  argument: Argument,
  aggregated = false,
): Answer {
  if ((pathList ?? null) === null) throw problem("Path(s) not specified");
  const paths = typeof pathList === "string" ? pathList.split(",") : [];
  if (paths.length === 0 || !paths.every((path) => PATH.test(path))) {
    throw problem("Path(s) not specified correctly");
  }
  const table = account?.values;
  const from = startsOf(argument("t0"), paths, table);
  const to = endOf(argument("t1")) ?? state.nowMicros() / 1e6;
  const order = argument("sort");
  const sort = order === undefined ? "asc" : pythonStr(order);
  if (sort !== "asc" && sort !== "desc") {
    throw problem("Invalid parameter: sort (should be 'asc' or 'desc')");
  }
  const limit = limitOf(argument("limit"));
  const parts = new Map(paths.map((path, index) => {
    const values = valuesOf(table, path)
      .filter(({ t }) => !aggregated && t >= from[index]! && t <= to);
    if (sort === "desc") values.reverse();
    return [path, partOf(values, limit)];
  }));
  return json(dumpsJson(new Map([["paths", parts]])));
}

/** @throws {PythonError} If there is no such path. */
function valuesOf(table: ValueTable | undefined, path: string): StoredValue[] {
  if (!table?.hasPath(path)) throw new PythonError("PathNotInDBError");
  return table.values(path);
}

/** When the values of each path begin. */
function startsOf(
  t0: PyValue | undefined,
  paths: readonly string[],
  table: ValueTable | undefined,
): readonly number[] {
  if (t0 === undefined || !isTruthy(t0)) {
    const values = paths.flatMap((path) => valuesOf(table, path));
    // The backend looks for the oldest value of all paths.
    if (values.length === 0) throw new PythonError("AttributeError: replace");
    return paths.map(() => -Infinity);
  }
  const texts = pythonStr(t0).split(",");
  const fits = texts.length === 1 || texts.length === paths.length;
  if (!fits || !texts.every((text) => TIMESTAMP.test(text))) throw problem("Error parsing t0");
  return paths.map((_, index) => Number(texts[texts.length === 1 ? 0 : index]));
}

function endOf(t1: PyValue | undefined): number | undefined {
  if (t1 === undefined || !isTruthy(t1)) return undefined;
  const isNumber = typeof t1 !== "string" && typeof t1 !== "object";
  if (!isNumber && !TIMESTAMP.test(pythonStr(t1))) throw problem("Error parsing t1");
  return Number(t1);
}

function limitOf(value: PyValue | undefined): number {
  if (value === undefined) return MAX_VALUES;
  const limit = pythonInt(value);
  if (limit === undefined || limit > MAX_VALUES) throw problem("Invalid parameter: limit");
  if (limit < 0) throw new PythonError("IndexError or a negative LIMIT");
  return limit;
}

function partOf(values: readonly StoredValue[], limit: number): PyDict {
  const data = values.slice(0, limit)
    .map(({ t, v }) => new Map<string, PyValue>([["t", t], ["v", v]]));
  return new Map<string, PyValue>([["next_data_point", values[limit]?.t ?? null], ["data", data]]);
}

function problem(text: string): AnswerError {
  return new AnswerError(detail(400, text));
}
