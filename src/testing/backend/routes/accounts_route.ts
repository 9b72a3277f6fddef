import { type Answer, detail, json } from "../answer.ts";
import { listsAccount } from "../permission.ts";
import type { State, UserRecord } from "../state.ts";
import { compare } from "./profile_route.ts";

/** Answers with the accounts of the user who asks, ordered by name. */
export function getAccounts(state: State, user: UserRecord): Answer {
  const list = [...state.accounts.values()]
    .filter(({ id }) => listsAccount(user.permissions, id))
    .sort((a, b) => compare(a.name, b.name))
    .map(({ id, name }) => ({ id, name }));
  return json(JSON.stringify({ list }));
}

/** Answers with one account. */
export function getAccount(state: State, accountId: number): Answer {
  const account = state.accounts.get(accountId);
  return account
    ? json(JSON.stringify({ id: account.id, name: account.name }))
    : detail(404, "No such account");
}
