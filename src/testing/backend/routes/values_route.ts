import { type Answer, AnswerError, detail, noContent } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { parsePythonJson, PythonError, type PyValue } from "../python_json.ts";
import { isTruthy } from "../python_text.ts";
import type { State } from "../state.ts";
import type { StoredValue } from "../value_table.ts";
import { saveValues } from "./save_values.ts";

/** What the routes for values need besides the data. */
export interface ValuesContext {
  /** The data. */
  readonly state: State;
  /** Is told what was stored. */
  readonly stored: (values: StoredValue[]) => void;
  /** Paths that are being created, as `account path`, when requests may race for them. */
  readonly creating: (accountId: number) => Set<string> | undefined;
}

/** Stores values with the current time. */
export async function postValues(
  context: ValuesContext,
  accountId: number,
  exchange: Exchange,
): Promise<Answer> {
  // The one clock reading of the request: all its values share it.
  const micros = context.state.nowMicros();
  const body = parsePythonJson(await exchange.body());
  const items = isTruthy(body) ? itemsOf(body) : [itemOfQuery(exchange.url.searchParams)];
  await save(context, accountId, exchange, "POST", items, micros);
  return noContent();
}

/** Stores values with times of their own, in the place of what is there already. */
export async function putValues(
  context: ValuesContext,
  accountId: number,
  exchange: Exchange,
): Promise<Answer> {
  const body = parsePythonJson(await exchange.body());
  await save(context, accountId, exchange, "PUT", iterate(body));
  return noContent();
}

async function save(
  { state, stored, creating }: ValuesContext,
  accountId: number,
  { work }: Exchange,
  method: "POST" | "PUT",
  items: readonly PyValue[],
  micros?: number,
): Promise<void> {
  const account = state.accounts.get(accountId);
  work.values = items.length;
  await saveValues(items, {
    accountId,
    account,
    method,
    creating: creating(accountId),
    stored,
    work,
    ...(micros === undefined ? {} : { micros }),
  });
  if (account === undefined) throw new PythonError("ForeignKeyViolation");
  const minute = Math.floor(state.now() / 60_000) * 60e6;
  for (const name of [method === "POST" ? "inserted" : "updated", "changed"]) {
    const path = `system.stats.${name}`;
    account.values.addPath(path);
    const before = account.values.at(path, minute)?.v ?? 0;
    account.values.store(path, minute, String(before + items.length), method);
  }
}

/** The items of a POST: Python's loop over the body, with its checks in its order. */
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

function itemOfQuery(query: URLSearchParams): PyValue {
  const p = query.getAll("p").at(-1);
  if (!p) throw new AnswerError(detail(400, "Missing data"));
  if (query.getAll("t").at(-1)) {
    throw new AnswerError(detail(400, "Query parameter 't' shouldn't be specified with POST"));
  }
  return new Map<string, PyValue>([["p", p], ["v", query.getAll("v").at(-1) ?? null]]);
}

/** What a Python loop over the value sees: the items of a list, the keys of a dict, the characters of a string. */
function iterate(value: PyValue): readonly PyValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  if (typeof value === "string") return [...value];
  throw new PythonError("TypeError: not iterable");
}
