import type { AccountRecords } from "../account_records.ts";
import { detail, json, noContent, noSuch, ValidationError } from "../answer.ts";
import { type Call, queryOf, type Routes } from "../exchange.ts";
import { objectOf, TEXT } from "../json_schema.ts";
import { PythonError, type PyValue } from "../python_json.ts";
import { compareText, dumpsJson, pythonInt } from "../python_text.ts";
import type { ValueTable } from "../value_table.ts";
import { PATH, TIMESTAMP } from "./reading_routes.ts";
import { readFields } from "./record_fields.ts";

const RENAMING = objectOf({ path: TEXT });
const FILTER = /^(?:[a-zA-Z0-9_-]+|[*?])(?:\.(?:[a-zA-Z0-9_-]+|[*?]))*$/;
/** What somebody has typed so far. */
const UNFINISHED = /^(?:(?:[a-zA-Z0-9_-]+|[*?])\.)*(?:[a-zA-Z0-9_-]*|[*?])$/;
/** How far back the newest values are looked for. */
const TOP_S = 3600;

export const pathRoutes: Routes = {
  /** The paths that match filters; with `failover_trailing`, those that begin with one if none matches. */
  "accounts/{account_id}/paths": {
    GET: ({ url, account }) => {
      const limit = countOf(queryOf(url, "limit"), 10);
      // Without a filter, the backend looks for Python's text of nothing.
      const filters = (queryOf(url, "filter") ?? "None").split(",");
      const failover = queryOf(url, "failover_trailing")?.toLowerCase() === "true";
      const isValid = filters.every((filter) => FILTER.test(filter));
      if (!isValid && !failover) throw invalid("PathFilter", filters, FILTER);
      const found = isValid ? search(account, filters, limit, "$") : NOTHING;
      const any = Object.values(found.paths).some((paths) => paths.length > 0);
      if (any) return json(found);
      if (!failover) return json({ ...found, paths: {} });
      if (!filters.every((filter) => UNFINISHED.test(filter))) {
        throw invalid("UnfinishedPathFilter", filters, UNFINISHED);
      }
      const trailing = search(account, filters, limit, "");
      return json({
        paths: {},
        limit_reached: found.limit_reached || trailing.limit_reached,
        paths_with_trailing: trailing.paths,
      });
    },
  },
  "accounts/{account_id}/paths/{path_id}": {
    GET: (call) => json({ path: find(call).path }),
    /** Renames it; its values stay. */
    PUT: async (call) => {
      const name = (await readFields(call, RENAMING)).get("path") as string;
      if (!PATH.test(name)) throw new ValidationError(`Invalid PathInputValue format: ${name}`);
      const { path, values } = find(call);
      if (name !== path && values.hasPath(name)) throw new PythonError("UniqueViolation");
      values.renamePath(path, name);
      return noContent();
    },
    /** Deletes it with its values. */
    DELETE: (call) => {
      const { path, values } = find(call);
      values.deletePath(path);
      return noContent();
    },
  },
  /** The largest values of the newest time at which there are any. The backend looks for them in all accounts. */
  "accounts/{account_id}/topvalues": {
    GET: ({ state, url }) => {
      const count = countOf(queryOf(url, "n"), 5);
      const filter = queryOf(url, "f");
      if (!filter) return detail(400, "Path filter not specified");
      if (!FILTER.test(filter)) throw new ValidationError("Invalid path filter");
      const t = queryOf(url, "t");
      if (t !== undefined && !TIMESTAMP.test(t)) throw new ValidationError("Invalid parameter t");
      const to = t === undefined ? state.nowMicros() / 1e6 : Number(t);
      const pattern = patternOf(filter, "$");
      const values = [...state.accounts.values()].flatMap(({ values }) =>
        values.paths().filter(({ p }) => pattern.test(p)).flatMap(({ p }) => values.values(p))
      ).filter((value) => count > 0 && value.t <= to && value.t > to - TOP_S);
      const newest = values.reduce((newest, { t }) => Math.max(newest, t), 0) || to;
      const top = values.filter(({ t }) => t === newest);
      const total = top.reduce((sum, { v }) => sum + v, 0);
      const list = top.sort((a, b) => b.v - a.v).slice(0, count)
        .map(({ p, v }) => new Map<string, PyValue>([["p", p], ["v", v]]));
      return json(
        dumpsJson(new Map<string, PyValue>([["t", newest], ["total", total], ["list", list]])),
      );
    },
  },
};

function find({ account, id }: Call): { readonly path: string; readonly values: ValueTable } {
  const path = account?.values.pathOf(id) ?? noSuch("path");
  return { path, values: account!.values };
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
  readonly limit_reached: boolean;
}

const NOTHING: Found = { paths: {}, limit_reached: false };

/** @param end `"$"`, or `""` for paths that go on after a match. */
function search(
  account: AccountRecords | undefined,
  filters: readonly string[],
  limit: number,
  end: "$" | "",
): Found {
  let limitReached = false;
  const rows = (account?.values.paths() ?? []).sort((a, b) => compareText(a.p, b.p));
  const paths = filters.map((filter) => {
    const pattern = patternOf(filter, end);
    const matching = rows.filter(({ p }) => pattern.test(p)).map(({ p, id }) => ({ id, path: p }));
    limitReached ||= matching.length > limit;
    return [filter, matching.slice(0, limit)] as const;
  });
  return { paths: Object.fromEntries(paths), limit_reached: limitReached };
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
