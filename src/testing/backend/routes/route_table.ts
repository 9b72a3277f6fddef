import type { Handlers } from "../exchange.ts";
import { accountRoutes } from "./account_routes.ts";
import { authRoutes } from "./auth_routes.ts";
import { botRoutes } from "./bot_routes.ts";
import { dashboardRoutes } from "./dashboard_routes.ts";
import { entityRoutes } from "./entity_routes.ts";
import { pathRoutes } from "./path_routes.ts";
import { permissionRoutes } from "./permission_routes.ts";
import { personRoutes } from "./person_routes.ts";
import { readingRoutes } from "./reading_routes.ts";
import { recordRoutes } from "./record_routes.ts";
import { savingRoutes } from "./saving_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { widgetRoutes } from "./widget_routes.ts";

/** These need no login. They are compared literally: with a slash at the end, they do. */
export const PUBLIC: ReadonlySet<string> = new Set([
  "GET /api/status/info",
  "GET /api/plugins/widgets",
  "POST /api/admin/migratedb",
  "POST /api/admin/first",
  "POST /api/auth/login",
  "POST /api/auth/refresh",
]);

const ROUTES = Object.entries({
  ...statusRoutes,
  ...authRoutes,
  ...accountRoutes,
  ...personRoutes,
  ...botRoutes,
  ...permissionRoutes,
  ...recordRoutes,
  ...entityRoutes,
  ...dashboardRoutes,
  ...widgetRoutes,
  ...pathRoutes,
  ...readingRoutes,
  ...savingRoutes,
}).map(([path, handlers]) => ({ segments: path.split("/"), handlers }));

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
