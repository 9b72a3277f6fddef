import { AnswerError, detail, noContent } from "../answer.ts";
import { type Call, queryOf, type Routes } from "../exchange.ts";
import { parsePythonJson, PythonError, type PyValue } from "../python_json.ts";
import { isTruthy } from "../python_text.ts";
import { saveValues } from "./save_values.ts";

export const savingRoutes: Routes = {
  "accounts/{account_id}/values": {
    /** Stores values with their own times and replaces existing ones. */
    PUT: async (call) => {
      await save(iterate(parsePythonJson(await call.body())), call, "PUT");
      return noContent();
    },
    /** Stores values with the current time. */
    POST: async (call) => {
      // All values of a request have the same time.
      const micros = call.state.nowMicros();
      const body = parsePythonJson(await call.body());
      const items = isTruthy(body) ? itemsOf(body) : [itemOfQuery(call.url)];
      await save(items, call, "POST", micros);
      return noContent();
    },
  },
};

async function save(
  items: readonly PyValue[],
  call: Call,
  method: "POST" | "PUT",
  micros?: number,
): Promise<void> {
  call.work.values = items.length;
  await saveValues(items, call, method, micros);
  if (call.account === undefined) throw new PythonError("ForeignKeyViolation");
  const { values } = call.account;
  const minute = Math.floor(Date.now() / 60_000) * 60e6;
  for (const name of [method === "POST" ? "inserted" : "updated", "changed"]) {
    const path = `system.stats.${name}`;
    values.addPath(path);
    const before = values.at(path, minute)?.v ?? 0;
    values.store(path, minute, String(before + items.length), method);
  }
}

/** The items of a POST, checked in the order in which the backend checks them. */
function itemsOf(body: PyValue): readonly PyValue[] {
  const items = iterate(body);
  for (const item of items) {
    if (!(item instanceof Map)) throw new PythonError("AttributeError: get");
    const t = item.get("t");
    if (t !== undefined && isTruthy(t)) {
      throw new AnswerError(detail(400, "Parameter 't' shouldn't be specified with POST"));
    }
  }
  for (const item of items as readonly Map<string, PyValue>[]) {
    if (!item.has("p") || !item.has("v")) throw new PythonError("KeyError");
  }
  return items;
}

function itemOfQuery(url: URL): PyValue {
  const p = queryOf(url, "p");
  if (!p) throw new AnswerError(detail(400, "Missing data"));
  if (queryOf(url, "t")) {
    throw new AnswerError(detail(400, "Query parameter 't' shouldn't be specified with POST"));
  }
  return new Map<string, PyValue>([["p", p], ["v", queryOf(url, "v") ?? null]]);
}

/** Iterates as Python does: over the items of a list, the keys of a dict, the characters of a string. */
function iterate(value: PyValue): readonly PyValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  if (typeof value === "string") return [...value];
  throw new PythonError("TypeError: not iterable");
}
