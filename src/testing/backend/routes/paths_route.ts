import { AnswerError, detail, json, noContent, ValidationError } from "../answer.ts";
import { type Handlers, type Parameters, queryOf } from "../exchange.ts";
import { type Schema, TEXT } from "../json_schema.ts";
import { PythonError } from "../python_json.ts";
import { compareText, floatRepr, pythonInt } from "../python_text.ts";
import type { State } from "../state.ts";
import type { PathRow, StoredValue, ValueTable } from "../value_table.ts";
import { PATH, TIMESTAMP } from "./read_values_route.ts";
import { readFields } from "./record_fields.ts";

const RENAMING: Schema = { type: ["object"], properties: { path: TEXT }, required: ["path"] };
const FILTER = /^(?:[a-zA-Z0-9_-]+|[*?])(?:\.(?:[a-zA-Z0-9_-]+|[*?]))*$/;
/** What somebody has typed so far. */
const UNFINISHED = /^(?:(?:[a-zA-Z0-9_-]+|[*?])\.)*(?:[a-zA-Z0-9_-]*|[*?])$/;
/** How far back the newest values are looked for. */
const TOP_S = 3600;

/** The paths that match filters; with `failover_trailing`, those that begin with one if none matches. */
export const paths: Handlers = {
  GET: ({ state }, { url }, { account }) => {
    const limit = countOf(queryOf(url, "limit"), 10);
    // Without a filter, the backend looks for Python's text of nothing.
    const filters = (queryOf(url, "filter") ?? "None").split(",");
    const table = state.accounts.get(account)?.values;
    const failover = queryOf(url, "failover_trailing")?.toLowerCase() === "true";
    const isValid = filters.every((filter) => FILTER.test(filter));
    if (!isValid && !failover) throw invalid("PathFilter", filters, FILTER);
    const found = isValid ? search(table, filters, limit, "$") : NOTHING;
    const any = Object.values(found.paths).some((paths) => paths.length > 0);
    const result = { paths: any ? found.paths : {}, limit_reached: found.limitReached };
    if (!failover || any) return json(JSON.stringify(result));
    if (!filters.every((filter) => UNFINISHED.test(filter))) {
      throw invalid("UnfinishedPathFilter", filters, UNFINISHED);
    }
    const trailing = search(table, filters, limit, "");
    return json(JSON.stringify({
      paths: {},
      limit_reached: found.limitReached || trailing.limitReached,
      paths_with_trailing: trailing.paths,
    }));
  },
};

/** One path, by its id. */
export const path: Handlers = {
  GET: ({ state }, _, parameters) => json(JSON.stringify({ path: find(state, parameters).path })),
  /** Renames it; its values stay. */
  PUT: async ({ state }, exchange, parameters) => {
    const name = (await readFields(exchange, RENAMING)).get("path") as string;
    if (!PATH.test(name)) {
      throw new ValidationError(`Invalid PathInputValue format: ${name}`);
    }
    const { path, values } = find(state, parameters);
    if (name !== path && values.hasPath(name)) throw new PythonError("UniqueViolation");
    values.renamePath(path, name);
    return noContent();
  },
  /** Deletes it with its values. */
  DELETE: ({ state }, _, parameters) => {
    const { path, values } = find(state, parameters);
    values.deletePath(path);
    return noContent();
  },
};

function find(
  { accounts }: State,
  { account, id }: Parameters,
): { readonly path: string; readonly values: ValueTable } {
  const values = accounts.get(account)?.values;
  const path = values?.pathOf(id);
  if (path === undefined) throw new AnswerError(detail(404, "No such path"));
  return { path, values: values! };
}

/** The largest values of the newest time at which there are any. The backend looks for them in all accounts. */
export const topValues: Handlers = {
  GET: ({ state }, { url }) => {
    const count = countOf(queryOf(url, "n"), 5);
    const filter = queryOf(url, "f");
    if (!filter) throw new AnswerError(detail(400, "Path filter not specified"));
    if (!FILTER.test(filter)) throw new ValidationError("Invalid path filter");
    const t = queryOf(url, "t");
    if (t !== undefined && !TIMESTAMP.test(t)) throw new ValidationError("Invalid parameter t");
    const to = t === undefined ? state.nowMicros() / 1e6 : Number(t);
    const pattern = patternOf(filter, "$");
    let newest = to;
    let top: StoredValue[] = [];
    for (const { values } of state.accounts.values()) {
      for (const { p } of values.paths().filter(({ p }) => pattern.test(p))) {
        for (const value of values.values(p)) {
          if (value.t > to || value.t <= to - TOP_S) continue;
          if (top.length === 0 || value.t > newest) [newest, top] = [value.t, []];
          if (value.t === newest) top.push(value);
        }
      }
    }
    // Without a row there is no time, and so no total.
    if (count === 0) [newest, top] = [to, []];
    const total = top.reduce((sum, { v }) => sum + v, 0);
    const list = top.sort((a, b) => b.v - a.v).slice(0, count)
      .map(({ p, v }) => `{"p":${JSON.stringify(p)},"v":${number(v)}}`);
    return json(`{"t":${floatRepr(newest)},"total":${number(total)},"list":[${list.join(",")}]}`);
  },
};

/** @throws {PythonError} If the JSON encoder refuses the number. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new PythonError("ValueError: Out of range float values");
  return floatRepr(value);
}

/** @throws {PythonError} If the text is no integer. */
function countOf(text: string | undefined, standard: number): number {
  if (!text) return standard;
  const count = pythonInt(text);
  if (count === undefined) throw new PythonError("ValueError: invalid literal for int()");
  return Math.max(0, count);
}

interface Found {
  readonly paths: Record<string, { readonly id: number; readonly path: string }[]>;
  readonly limitReached: boolean;
}

const NOTHING: Found = { paths: {}, limitReached: false };

/** @param end `"$"`, or `""` for paths that go on after a match. */
function search(
  table: ValueTable | undefined,
  filters: readonly string[],
  limit: number,
  end: "$" | "",
): Found {
  let limitReached = false;
  const rows: PathRow[] = (table?.paths() ?? []).sort((a, b) => compareText(a.p, b.p));
  const paths = filters.map((filter) => {
    const pattern = patternOf(filter, end);
    const matching = rows.filter(({ p }) => pattern.test(p)).map(({ p, id }) => ({ id, path: p }));
    limitReached ||= matching.length > limit;
    return [filter, matching.slice(0, limit)] as const;
  });
  return { paths: Object.fromEntries(paths), limitReached };
}

function patternOf(filter: string, end: "$" | ""): RegExp {
  const segments = filter.split(".").map((segment) =>
    segment === "*" ? "[^.]+(?:\\.[^.]+)*" : segment === "?" ? "[^.]+" : segment
  );
  return new RegExp(`^${segments.join("\\.")}${end}`);
}

function invalid(kind: string, filters: readonly string[], allowed: RegExp): ValidationError {
  return new ValidationError(
    `Invalid ${kind} format: ${filters.find((filter) => !allowed.test(filter))}`,
  );
}
