import { json, noContent, noSuch } from "../answer.ts";
import { addDefaultRecords } from "../default_records.ts";
import type { Handler, Routes } from "../exchange.ts";
import { objectOf, TEXT } from "../json_schema.ts";
import { listsAccount } from "../permission.ts";
import { compareText } from "../python_text.ts";
import { readModel } from "../request_model.ts";
import { readFields, text } from "./record_fields.ts";

const ACCOUNT = objectOf({ name: TEXT });

/** The accounts of a user, ordered by name. */
const list: Handler = ({ state, user }) => {
  const list = [...state.accounts.values()]
    .filter(({ id }) => listsAccount(user.permissions, id))
    .sort((a, b) => compareText(a.name, b.name))
    .map(({ id, name }) => ({ id, name }));
  return json({ list });
};

export const accountRoutes: Routes = {
  "accounts": { GET: list },
  "accounts/{account_id}": {
    GET: ({ account = noSuch("account") }) => json({ id: account.id, name: account.name }),
    PUT: async (call) => {
      const fields = await readFields(call, ACCOUNT);
      const { account = noSuch("account") } = call;
      account.name = text(fields.get("name"));
      return noContent();
    },
  },
  /** The same list, but only for who may read this; and where accounts are created. */
  "admin/accounts": {
    GET: list,
    /** Also creates a second account of the same name. */
    POST: async (call) => {
      const { name } = await readModel(call, ["name"]);
      const account = call.state.addAccount(text(name));
      addDefaultRecords(account, call.state.ids.next);
      return json({ name, id: account.id }, 201);
    },
  },
};
