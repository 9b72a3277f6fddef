import { type Answer, json } from "../answer.ts";
import type { State, UserRecord } from "../state.ts";

/** Answers with the user who asks. */
export function getProfile(user: UserRecord): Answer {
  const record = user.type === "bot"
    ? botJson(user, true)
    : JSON.stringify({ user_id: user.id, name: user.name });
  return json(`{"user_id":${user.id},"user_type":"${user.type}","record":${record}}`);
}

/** Answers with the permissions of the user who asks. */
export function getProfilePermissions(user: UserRecord): Answer {
  const list = [...user.permissions]
    .sort((a, b) => compare(a.prefix ?? "\uffff", b.prefix ?? "\uffff") || a.id - b.id)
    .map(({ id, prefix, methods }) => ({ id, resource_prefix: prefix, methods }));
  return json(JSON.stringify({ list }));
}

/** Answers with all systemwide bots, the newest first, to anybody who is logged in. */
export function getBots(state: State): Answer {
  const bots = [...state.users.values()]
    .filter((user) => user.type === "bot" && user.account === null)
    .sort((a, b) => b.insertTime - a.insertTime);
  return json(`{"list":[${bots.map((bot) => botJson(bot, false)).join(",")}]}`);
}

function botJson(bot: UserRecord, withConfig: boolean): string {
  const config = withConfig ? `"config":${bot.config},` : "";
  return `{"id":${bot.id},"name":${JSON.stringify(bot.name)},"protocol":${
    JSON.stringify(bot.protocol)
  },"tied_to_account":${bot.account},${config}"insert_time":${bot.insertTime},"last_login":${bot.lastLogin}}`;
}

/** Orders texts by their code units. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
