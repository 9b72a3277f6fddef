import type { Handlers } from "../exchange.ts";
import { postFirst, postMigrate } from "./admin_route.ts";
import { postLogin, postRefresh } from "./auth_route.ts";
import {
  accountBot,
  accountBots,
  accountBotToken,
  systemBot,
  systemBots,
  systemBotToken,
} from "./bots_route.ts";
import { dashboard, dashboards } from "./dashboards_route.ts";
import { postEntity, putEntity } from "./entities_route.ts";
import { getAccount, getAccounts, getProfile, getProfilePermissions } from "./profile_route.ts";
import { getPaths, getTopValues } from "./paths_route.ts";
import {
  accountBotPermission,
  accountBotPermissions,
  userPermission,
  userPermissions,
} from "./permissions_route.ts";
import { getValues, postGetAggrValues, postGetValues } from "./read_values_route.ts";
import { deleteItem, getItem, getList, postRecord, putRecord } from "./records_route.ts";
import { getStatus } from "./status_route.ts";
import { postValues, putValues } from "./values_route.ts";
import { widget, widgets, widgetsPositions } from "./widgets_route.ts";

interface Route {
  /** The segments of the path after `/api/`, with parameters in braces. */
  readonly segments: readonly string[];
  readonly handlers: Handlers;
}

function at(path: string, handlers: Handlers): Route {
  return { segments: path.split("/"), handlers };
}

/** These need no login. They are compared literally: with a slash at the end, they do. */
export const PUBLIC: ReadonlySet<string> = new Set([
  "GET /api/status/info",
  "POST /api/admin/migratedb",
  "POST /api/admin/first",
  "POST /api/auth/login",
  "POST /api/auth/refresh",
]);

const ROUTES: readonly Route[] = [
  at("status/info", { GET: getStatus }),
  at("admin/migratedb", { POST: postMigrate }),
  at("admin/first", { POST: postFirst }),
  at("auth/login", { POST: postLogin }),
  at("auth/refresh", { POST: postRefresh }),
  at("profile", { GET: ({ state }, { user }) => getProfile(state, user) }),
  at("profile/permissions", { GET: (_context, { user }) => getProfilePermissions(user) }),
  at("bots", systemBots),
  at("bots/{user_id}", systemBot),
  at("bots/{user_id}/token", systemBotToken),
  at("bots/{user_id}/permissions", userPermissions),
  at("bots/{user_id}/permissions/{permission_id}", userPermission),
  at("accounts", { GET: ({ state }, { user }) => getAccounts(state, user) }),
  at("accounts/{account_id}", { GET: ({ state }, _, { account }) => getAccount(state, account) }),
  at("accounts/{account_id}/bots", accountBots),
  at("accounts/{account_id}/bots/{user_id}", accountBot),
  at("accounts/{account_id}/bots/{user_id}/token", accountBotToken),
  at("accounts/{account_id}/bots/{user_id}/permissions", accountBotPermissions),
  at("accounts/{account_id}/bots/{user_id}/permissions/{permission_id}", accountBotPermission),
  at("accounts/{account_id}/entities", {
    GET: ({ state }, _, { account }) => getList(state, account, "entities"),
    POST: ({ state }, exchange, { account }) => postEntity(state, account, exchange),
  }),
  at("accounts/{account_id}/entities/{entity_id}", {
    GET: ({ state }, _, { account, id }) => getItem(state, account, "entities", id),
    PUT: ({ state }, exchange, { account, id }) => putEntity(state, account, id, exchange),
    DELETE: ({ state }, _, { account, id }) => deleteItem(state, account, "entities", id),
  }),
  at("accounts/{account_id}/dashboards", dashboards),
  at("accounts/{account_id}/dashboards/{dashboard_slug}", dashboard),
  at("accounts/{account_id}/dashboards/{dashboard_slug}/widgets", widgets),
  at("accounts/{account_id}/dashboards/{dashboard_slug}/widgets/{widget_id}", widget),
  at("accounts/{account_id}/dashboards/{dashboard_slug}/widgets_positions", widgetsPositions),
  ...recordRoutes("credentials", "credential_id"),
  ...recordRoutes("sensors", "sensor_id"),
  at("accounts/{account_id}/values", {
    PUT: (context, exchange, { account }) => putValues(context, account, exchange),
    POST: (context, exchange, { account }) => postValues(context, account, exchange),
  }),
  at("accounts/{account_id}/values/{path}", { GET: getValues }),
  at("accounts/{account_id}/getvalues", { POST: postGetValues }),
  at("accounts/{account_id}/getaggrvalues", { POST: postGetAggrValues }),
  at("accounts/{account_id}/topvalues", { GET: getTopValues }),
  at("accounts/{account_id}/paths", { GET: getPaths }),
];

function recordRoutes(name: "credentials" | "sensors", idName: string): Route[] {
  return [
    at(`accounts/{account_id}/${name}`, {
      GET: ({ state }, _, { account }) => getList(state, account, name),
      POST: ({ state }, exchange, { account }) => postRecord(state, account, name, exchange),
    }),
    at(`accounts/{account_id}/${name}/{${idName}}`, {
      GET: ({ state }, _, { account, id }) => getItem(state, account, name, id),
      PUT: ({ state }, exchange, { account, id }) => putRecord(state, account, name, id, exchange),
      DELETE: ({ state }, _, { account, id }) => deleteItem(state, account, name, id),
    }),
  ];
}

/** Finds the route of a path without a trailing slash, and the texts of its parameters. */
export function findRoute(path: string): { route: Route; texts: Map<string, string> } | undefined {
  if (!path.startsWith("/api/")) return undefined;
  const parts = path.slice("/api/".length).split("/");
  for (const route of ROUTES) {
    if (route.segments.length !== parts.length) continue;
    const texts = new Map<string, string>();
    const fits = route.segments.every((segment, index) => {
      const part = parts[index]!;
      if (!segment.startsWith("{")) return segment === part;
      texts.set(segment.slice(1, -1), part);
      return part !== "";
    });
    if (fits) return { route, texts };
  }
  return undefined;
}
