import type { Handlers } from "../exchange.ts";
import { account, accounts, adminAccounts } from "./accounts_route.ts";
import { login, profile, profilePermissions, refresh } from "./auth_route.ts";
import {
  accountBot,
  accountBots,
  accountBotToken,
  systemBot,
  systemBots,
  systemBotToken,
} from "./bots_route.ts";
import { dashboard, dashboards } from "./dashboards_route.ts";
import { entities, entity } from "./entities_route.ts";
import { path, paths, topValues } from "./paths_route.ts";
import {
  accountBotPermission,
  accountBotPermissions,
  userPermission,
  userPermissions,
} from "./permissions_route.ts";
import { firstPerson, person, personPassword, persons, user } from "./persons_route.ts";
import { aggregatedValues, manyValues, pathValues } from "./read_values_route.ts";
import { record, records } from "./records_route.ts";
import { docs, migration, openApi, status, widgetPlugins } from "./status_route.ts";
import { values } from "./values_route.ts";
import { widget, widgets, widgetsPositions } from "./widgets_route.ts";

/** These need no login. They are compared literally: with a slash at the end, they do. */
export const PUBLIC: ReadonlySet<string> = new Set([
  "GET /api/status/info",
  "GET /api/plugins/widgets",
  "GET /api/docs",
  "GET /api/redoc",
  "GET /api/swagger.json",
  "POST /api/admin/migratedb",
  "POST /api/admin/first",
  "POST /api/auth/login",
  "POST /api/auth/refresh",
]);

/** All routes, by the path after `/api/`, with parameters in braces. */
const HANDLERS: Readonly<Record<string, Handlers>> = {
  "status/info": status,
  "plugins/widgets": widgetPlugins,
  "docs": docs,
  "redoc": docs,
  "swagger.json": openApi,
  "admin/migratedb": migration,
  "admin/first": firstPerson,
  "admin/accounts": adminAccounts,
  "auth/login": login,
  "auth/refresh": refresh,
  "profile": profile,
  "profile/permissions": profilePermissions,
  ...withPermissions("users"),
  "users/{user_id}": user,
  ...withPermissions("persons"),
  "persons": persons,
  "persons/{user_id}": person,
  "persons/{user_id}/password": personPassword,
  ...withPermissions("bots"),
  "bots": systemBots,
  "bots/{user_id}": systemBot,
  "bots/{user_id}/token": systemBotToken,
  "accounts": accounts,
  "accounts/{account_id}": account,
  "accounts/{account_id}/bots": accountBots,
  "accounts/{account_id}/bots/{user_id}": accountBot,
  "accounts/{account_id}/bots/{user_id}/token": accountBotToken,
  "accounts/{account_id}/bots/{user_id}/permissions": accountBotPermissions,
  "accounts/{account_id}/bots/{user_id}/permissions/{permission_id}": accountBotPermission,
  "accounts/{account_id}/entities": entities,
  "accounts/{account_id}/entities/{entity_id}": entity,
  "accounts/{account_id}/credentials": records("credentials"),
  "accounts/{account_id}/credentials/{credential_id}": record("credentials"),
  "accounts/{account_id}/sensors": records("sensors"),
  "accounts/{account_id}/sensors/{sensor_id}": record("sensors"),
  "accounts/{account_id}/dashboards": dashboards,
  "accounts/{account_id}/dashboards/{dashboard_slug}": dashboard,
  "accounts/{account_id}/dashboards/{dashboard_slug}/widgets": widgets,
  "accounts/{account_id}/dashboards/{dashboard_slug}/widgets/{widget_id}": widget,
  "accounts/{account_id}/dashboards/{dashboard_slug}/widgets_positions": widgetsPositions,
  "accounts/{account_id}/values": values,
  "accounts/{account_id}/values/{path}": pathValues,
  "accounts/{account_id}/getvalues": manyValues,
  "accounts/{account_id}/getaggrvalues": aggregatedValues,
  "accounts/{account_id}/topvalues": topValues,
  "accounts/{account_id}/paths": paths,
  "accounts/{account_id}/paths/{path_id}": path,
};

function withPermissions(users: string): Record<string, Handlers> {
  return {
    [`${users}/{user_id}/permissions`]: userPermissions,
    [`${users}/{user_id}/permissions/{permission_id}`]: userPermission,
  };
}

const ROUTES = Object.entries(HANDLERS)
  .map(([path, handlers]) => ({ segments: path.split("/"), handlers }));

/** What a path without a slash at its end leads to, and the texts of its parameters. */
export interface FoundRoute {
  readonly handlers: Handlers;
  readonly texts: ReadonlyMap<string, string>;
}

export function findRoute(path: string): FoundRoute | undefined {
  if (!path.startsWith("/api/")) return undefined;
  const parts = path.slice("/api/".length).split("/");
  for (const { segments, handlers } of ROUTES) {
    if (segments.length !== parts.length) continue;
    const texts = new Map<string, string>();
    const fits = segments.every((segment, index) => {
      const part = parts[index]!;
      if (!segment.startsWith("{")) return segment === part;
      texts.set(segment.slice(1, -1), part);
      return part !== "";
    });
    if (fits) return { handlers, texts };
  }
  return undefined;
}
