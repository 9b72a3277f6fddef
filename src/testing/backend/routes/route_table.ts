import type { Answer } from "../answer.ts";
import type { AuthenticatedExchange, RouteContext } from "../exchange.ts";
import { postFirst, postMigrate } from "./admin_route.ts";
import { postLogin, postRefresh } from "./auth_route.ts";
import { postEntity, putEntity } from "./entities_route.ts";
import {
  getAccount,
  getAccounts,
  getBots,
  getProfile,
  getProfilePermissions,
} from "./profile_route.ts";
import { getValues } from "./read_values_route.ts";
import { deleteItem, getItem, getList, postRecord, putRecord } from "./records_route.ts";
import { getStatus } from "./status_route.ts";
import { postValues, putValues } from "./values_route.ts";

export type Handler = (
  context: RouteContext,
  exchange: AuthenticatedExchange,
  parameters: Parameters,
) => Answer | Promise<Answer>;

/** The parameters in the path of a URL; a route has 0 or `""` for those it lacks. */
export interface Parameters {
  /** `{account_id}`. */
  readonly account: number;
  /** `{entity_id}`, `{credential_id}` or `{sensor_id}`. */
  readonly id: number;
  /** `{path}`. */
  readonly path: string;
}

interface Route {
  /** The segments of the path after `/api/`, with parameters in braces. */
  readonly segments: readonly string[];
  /** The handlers by method, in the order of the backend, which names only the first one in `Allow`. */
  readonly handlers: Readonly<Record<string, Handler>>;
}

function at(path: string, handlers: Readonly<Record<string, Handler>>): Route {
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
  at("bots", { GET: ({ state }) => getBots(state) }),
  at("accounts", { GET: ({ state }, { user }) => getAccounts(state, user) }),
  at("accounts/{account_id}", { GET: ({ state }, _, { account }) => getAccount(state, account) }),
  at("accounts/{account_id}/entities", {
    GET: ({ state }, _, { account }) => getList(state, account, "entities"),
    POST: ({ state }, exchange, { account }) => postEntity(state, account, exchange),
  }),
  at("accounts/{account_id}/entities/{entity_id}", {
    GET: ({ state }, _, { account, id }) => getItem(state, account, "entities", id),
    PUT: ({ state }, exchange, { account, id }) => putEntity(state, account, id, exchange),
    DELETE: ({ state }, _, { account, id }) => deleteItem(state, account, "entities", id),
  }),
  ...recordRoutes("credentials", "credential_id"),
  ...recordRoutes("sensors", "sensor_id"),
  at("accounts/{account_id}/values", {
    PUT: (context, exchange, { account }) => putValues(context, account, exchange),
    POST: (context, exchange, { account }) => postValues(context, account, exchange),
  }),
  at("accounts/{account_id}/values/{path}", {
    GET: ({ state }, exchange, { account, path }) => getValues(state, account, path, exchange),
  }),
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
