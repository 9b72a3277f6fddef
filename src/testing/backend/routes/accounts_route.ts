import { detail, json, noContent } from "../answer.ts";
import { addDefaultRecords } from "../default_records.ts";
import type { Handler, Handlers } from "../exchange.ts";
import { type Schema, TEXT } from "../json_schema.ts";
import { listsAccount } from "../permission.ts";
import { compareText } from "../python_text.ts";
import { readModel } from "../request_model.ts";
import { readFields, text } from "./record_fields.ts";

const ACCOUNT: Schema = { type: ["object"], properties: { name: TEXT }, required: ["name"] };

/** The accounts of a user, ordered by name. */
const list: Handler = ({ state }, { user }) => {
  const list = [...state.accounts.values()]
    .filter(({ id }) => listsAccount(user.permissions, id))
    .sort((a, b) => compareText(a.name, b.name))
    .map(({ id, name }) => ({ id, name }));
  return json(JSON.stringify({ list }));
};

export const accounts: Handlers = { GET: list };

export const account: Handlers = {
  GET: ({ state }, _, { account: id }) => {
    const account = state.accounts.get(id);
    if (account === undefined) return detail(404, "No such account");
    return json(JSON.stringify({ id, name: account.name }));
  },
  PUT: async ({ state }, exchange, { account: id }) => {
    const fields = await readFields(exchange, ACCOUNT);
    const account = state.accounts.get(id);
    if (account === undefined) return detail(404, "No such account");
    account.name = text(fields.get("name"));
    return noContent();
  },
};

/** The same list, but only for who may read this; and where accounts are created. */
export const adminAccounts: Handlers = {
  GET: list,
  /** Also creates a second account of the same name. */
  POST: async ({ state }, exchange) => {
    const { name } = await readModel(exchange, ["name"]);
    const account = state.addAccount(text(name));
    addDefaultRecords(account, state.ids.next);
    return json(JSON.stringify({ name, id: account.id }), 201);
  },
};
