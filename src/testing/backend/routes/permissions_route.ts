import { type Answer, detail, json, noContent } from "../answer.ts";
import type { AuthenticatedExchange, Handlers } from "../exchange.ts";
import { type Schema, TEXT_OR_NULL } from "../json_schema.ts";
import { canGrant, type Method, type Permission, permissionsJson } from "../permission.ts";
import type { State } from "../state.ts";
import type { UserRecord } from "../users.ts";
import { findBot } from "./bots_route.ts";
import { readFields, text } from "./record_fields.ts";

const PERMISSION: Schema = {
  type: ["object"],
  properties: {
    resource_prefix: TEXT_OR_NULL,
    methods: {
      type: ["array", "null"],
      items: { type: ["string"], oneOf: ["GET", "POST", "PUT", "DELETE"] },
      unique: true,
      min: 1,
    },
  },
  required: ["resource_prefix", "methods"],
};

const SELF = "Can't grant permissions to yourself";

/** The permissions of a bot of an account. */
export const accountBotPermissions: Handlers = {
  GET: ({ state }, _, { account, id }) => list(findBot(state, account, id)),
  POST: async ({ state }, exchange, { account, id }) => {
    const bot = findBot(state, account, id);
    const granted = await grant(state, bot, bot.id, exchange);
    if ("status" in granted) return granted;
    const { prefix, methods } = granted;
    return json(
      JSON.stringify({ user_id: id, resource_prefix: prefix, methods, id: granted.id }),
      201,
    );
  },
};

export const accountBotPermission: Handlers = {
  DELETE: ({ state }, { user }, { account, id, permission }) =>
    revoke(user, findBot(state, account, id), id, permission, 404),
};

/** The permissions of anybody: a bot or a person. */
export const userPermissions: Handlers = {
  GET: ({ state }, _, { id }) => list(state.users.get(id)),
  POST: async ({ state }, exchange, { id }) => {
    const granted = await grant(state, state.users.get(id), id, exchange);
    return "status" in granted ? granted : json(`{"id":${granted.id}}`, 201);
  },
};

export const userPermission: Handlers = {
  DELETE: ({ state }, { user }, { id, permission }) =>
    revoke(user, state.users.get(id), id, permission, 403),
};

function list(user: UserRecord | undefined): Answer {
  return json(`{"list":${permissionsJson(user?.permissions ?? [])}}`);
}

/** Adds a permission, even one that the user has. */
async function grant(
  state: State,
  to: UserRecord | undefined,
  id: number,
  exchange: AuthenticatedExchange,
): Promise<Permission | Answer> {
  const fields = await readFields(exchange, PERMISSION);
  const prefix = fields.get("resource_prefix") as string | null;
  const wanted = {
    prefix: prefix === null ? null : text(prefix).replace(/\/+$/, ""),
    methods: fields.get("methods") as Method[] | null,
  };
  const { user } = exchange;
  if (user.id === id) return detail(403, SELF);
  if (!canGrant(user.permissions, wanted.prefix, wanted.methods)) {
    return detail(403, "Can't grant permission you don't have");
  }
  return to === undefined ? detail(400, "Invalid parameters") : state.grant(to, wanted);
}

function revoke(
  by: UserRecord,
  from: UserRecord | undefined,
  id: number,
  permission: number,
  unknownStatus: number,
): Answer {
  if (by.id === id) return detail(403, SELF);
  const left = from?.permissions.filter((other) => other.id !== permission) ?? [];
  if (from === undefined || left.length === from.permissions.length) {
    return detail(unknownStatus, "No such permission");
  }
  from.permissions = left;
  return noContent();
}
