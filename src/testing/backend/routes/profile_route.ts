import { type Answer, detail, json } from "../answer.ts";
import { listsAccount, permissionsJson } from "../permission.ts";
import { compareText } from "../python_text.ts";
import type { State } from "../state.ts";
import type { PersonRecord, UserRecord } from "../users.ts";
import { botJson } from "./bots_route.ts";

/** A deleted person, who is logged in until the JWT expires, has no record. */
export function getProfile(state: State, user: UserRecord): Answer {
  const record = state.users.get(user.id) === undefined
    ? null
    : user.type === "bot"
    ? botJson(user)
    : personJson(user);
  return json(`{"user_id":${user.id},"user_type":"${user.type}","record":${record}}`);
}

export function getProfilePermissions(user: UserRecord): Answer {
  return json(`{"list":${permissionsJson(user.permissions)}}`);
}

/** The accounts of a user, ordered by name. */
export function getAccounts(state: State, user: UserRecord): Answer {
  const list = [...state.accounts.values()]
    .filter(({ id }) => listsAccount(user.permissions, id))
    .sort((a, b) => compareText(a.name, b.name))
    .map(({ id, name }) => ({ id, name }));
  return json(JSON.stringify({ list }));
}

export function getAccount(state: State, accountId: number): Answer {
  const account = state.accounts.get(accountId);
  return account
    ? json(JSON.stringify({ id: account.id, name: account.name }))
    : detail(404, "No such account");
}

function personJson({ id, name, email, username, timezone }: PersonRecord): string {
  return JSON.stringify({ user_id: id, name, email, username, timezone, email_confirmed: true });
}
