import { type Answer, AnswerError, detail, json } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { PythonError } from "../python_json.ts";
import { floatRepr } from "../python_text.ts";
import type { State } from "../state.ts";

const PATH = /^(?:[a-zA-Z0-9_-]|%2e|%3a)+(?:\.(?:[a-zA-Z0-9_-]|%2e|%3a)+)*$/;
const TIMESTAMP = /^[1-9][0-9]{1,9}(?:\.[0-9]{1,6})?$/;
const MAX_VALUES = 100_000;

export function getValues(
  state: State,
  accountId: number,
  path: string,
  exchange: Exchange,
): Answer {
  if (path.includes(",")) throw problem("Only a single path is allowed");
  if (!PATH.test(path)) throw problem("Path(s) not specified correctly");
  const query = exchange.url.searchParams;
  const from = timestamp(query, "t0") ?? -Infinity;
  const to = timestamp(query, "t1") ?? state.nowMicros() / 1e6;
  const sort = query.get("sort") ?? "asc";
  if (sort !== "asc" && sort !== "desc") {
    throw problem("Invalid parameter: sort (should be 'asc' or 'desc')");
  }
  const limit = limitOf(query.get("limit"));
  const table = state.accounts.get(accountId)?.values;
  if (!table?.hasPath(path)) throw new PythonError("PathNotInDBError");
  const values = table.values(path).filter(({ t }) => t >= from && t <= to);
  if (sort === "desc") values.reverse();
  const shown = values.slice(0, limit).map(({ t, v }) => {
    // The JSON encoder refuses NaN and the infinities.
    if (!Number.isFinite(v)) throw new PythonError("ValueError: Out of range float values");
    return `{"t":${floatRepr(t)},"v":${floatRepr(v)}}`;
  });
  const next = values[limit];
  return json(
    `{"paths":{${JSON.stringify(path)}:{"next_data_point":${
      next ? floatRepr(next.t) : null
    },"data":[${shown.join(",")}]}}}`,
  );
}

function timestamp(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  if (!TIMESTAMP.test(text)) throw problem(`Error parsing ${name}`);
  return Number(text);
}

function limitOf(text: string | null): number {
  if (text === null) return MAX_VALUES;
  if (!/^[0-9]+$/.test(text) || Number(text) > MAX_VALUES) {
    throw problem("Invalid parameter: limit");
  }
  return Number(text);
}

function problem(text: string): AnswerError {
  return new AnswerError(detail(400, text));
}
