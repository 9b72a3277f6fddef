import { json } from "../answer.ts";
import type { Handlers } from "../exchange.ts";
import { permissionsJson } from "../permission.ts";
import { botJson } from "./bots_route.ts";
import { personJson } from "./persons_route.ts";

/** Whoever sends the request. A deleted person, who is logged in until the JWT expires, has no record. */
export const profile: Handlers = {
  GET: ({ state }, { user: { id, type } }) => {
    const user = state.users.get(id);
    const record = user && (user.type === "bot" ? botJson(user) : JSON.stringify(personJson(user)));
    return json(`{"user_id":${id},"user_type":"${type}","record":${record ?? null}}`);
  },
};

export const profilePermissions: Handlers = {
  GET: (_, { user }) => json(`{"list":${permissionsJson(user.permissions)}}`),
};
