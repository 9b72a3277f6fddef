import { type Answer, detail, json } from "../answer.ts";
import { listsAccount } from "../permission.ts";
import type { State, UserRecord } from "../state.ts";

export function getProfile(user: UserRecord): Answer {
  const record = user.type === "bot"
    ? botJson(user, true)
    : JSON.stringify({ user_id: user.id, name: user.name });
  return json(`{"user_id":${user.id},"user_type":"${user.type}","record":${record}}`);
}

export function getProfilePermissions(user: UserRecord): Answer {
  const list = [...user.permissions]
    .sort((a, b) => compare(a.prefix ?? "\uffff", b.prefix ?? "\uffff") || a.id - b.id)
    .map(({ id, prefix, methods }) => ({ id, resource_prefix: prefix, methods }));
  return json(JSON.stringify({ list }));
}

/** All systemwide bots, newest first, whatever the permissions of the user. */
export function getBots(state: State): Answer {
  const bots = [...state.users.values()]
    .filter((user) => user.type === "bot" && user.account === null)
    .sort((a, b) => b.insertTime - a.insertTime);
  return json(`{"list":[${bots.map((bot) => botJson(bot, false)).join(",")}]}`);
}

/** The accounts of a user, ordered by name. */
export function getAccounts(state: State, user: UserRecord): Answer {
  const list = [...state.accounts.values()]
    .filter(({ id }) => listsAccount(user.permissions, id))
    .sort((a, b) => compare(a.name, b.name))
    .map(({ id, name }) => ({ id, name }));
  return json(JSON.stringify({ list }));
}

export function getAccount(state: State, accountId: number): Answer {
  const account = state.accounts.get(accountId);
  return account
    ? json(JSON.stringify({ id: account.id, name: account.name }))
    : detail(404, "No such account");
}

function botJson(bot: UserRecord, withConfig: boolean): string {
  const config = withConfig ? `"config":null,` : "";
  return `{"id":${bot.id},"name":${JSON.stringify(bot.name)},"protocol":${
    JSON.stringify(bot.protocol)
  },"tied_to_account":${bot.account},${config}"insert_time":${bot.insertTime},"last_login":${bot.lastLogin}}`;
}

/** Orders texts by their code units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
