import { detail, json, noContent } from "../answer.ts";
import type { Call, Routes } from "../exchange.ts";
import { objectOf, TEXT, TEXT_OR_NULL } from "../json_schema.ts";
import { canGrant, type Method, shownPermissions } from "../permission.ts";
import type { UserRecord } from "../users.ts";
import { findBot } from "./bot_routes.ts";
import { readFields, text } from "./record_fields.ts";

const PERMISSION = objectOf({
  resource_prefix: TEXT_OR_NULL,
  methods: {
    type: ["array", "null"],
    items: { ...TEXT, oneOf: ["GET", "POST", "PUT", "DELETE"] },
    unique: true,
    min: 1,
  },
});

const SELF = "Can't grant permissions to yourself";

/** The permissions of a bot or person. */
export const permissionRoutes: Routes = {
  ...routesOf("accounts/{account_id}/bots"),
  ...routesOf("bots"),
  ...routesOf("persons"),
  ...routesOf("users"),
};

function routesOf(users: string): Routes {
  const ofAccount = users.startsWith("accounts/");
  const find = (call: Call): UserRecord | undefined =>
    ofAccount ? findBot(call, true) : call.state.users.get(call.id);
  return {
    [`${users}/{user_id}/permissions`]: {
      GET: (call) => json({ list: shownPermissions(find(call)?.permissions ?? []) }),
      /** Adds a permission, even one that the user has. */
      POST: async (call) => {
        const to = find(call);
        const { state, user, id } = call;
        const fields = await readFields(call, PERMISSION);
        const given = fields.get("resource_prefix") as string | null;
        const prefix = given === null ? null : text(given).replace(/\/+$/, "");
        const methods = fields.get("methods") as Method[] | null;
        if (user.id === id) return detail(403, SELF);
        if (!canGrant(user.permissions, prefix, methods)) {
          return detail(403, "Can't grant permission you don't have");
        }
        if (to === undefined) return detail(400, "Invalid parameters");
        const granted = { id: state.grant(to, { prefix, methods }).id };
        return json(
          ofAccount ? { user_id: id, resource_prefix: prefix, methods, ...granted } : granted,
          201,
        );
      },
    },
    [`${users}/{user_id}/permissions/{permission_id}`]: {
      DELETE: (call) => {
        const from = find(call);
        if (call.user.id === call.id) return detail(403, SELF);
        const left = from?.permissions.filter(({ id }) => id !== call.permission) ?? [];
        if (from === undefined || left.length === from.permissions.length) {
          return detail(ofAccount ? 404 : 403, "No such permission");
        }
        from.permissions = left;
        return noContent();
      },
    },
  };
}
