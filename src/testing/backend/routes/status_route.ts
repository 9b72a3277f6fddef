import { type Answer, json } from "../answer.ts";
import type { RouteContext } from "../exchange.ts";

/** The version of the database schema that docs/grafolean-api.md describes. */
const DB_VERSION = 30;

export function getStatus({ state: { database } }: RouteContext): Answer {
  database.connect();
  const { migrated, userExists } = database;
  return json(JSON.stringify({
    alive: true,
    db_migration_needed: !migrated,
    db_version: migrated ? DB_VERSION : 0,
    user_exists: migrated ? userExists : null,
    cors_domains: [],
    mqtt_ws_hostname: "localhost",
    mqtt_ws_port: "9883",
    enable_signup: false,
  }));
}
