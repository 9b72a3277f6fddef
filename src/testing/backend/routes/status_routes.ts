import { json, noContent } from "../answer.ts";
import type { Routes } from "../exchange.ts";

/** The version of the database schema that docs/grafolean-api.md describes. */
const DB_VERSION = 30;

export const statusRoutes: Routes = {
  /** The state of the installation. */
  "status/info": {
    GET: ({ state: { database } }) => {
      database.connect();
      const { migrated, userExists } = database;
      return json({
        alive: true,
        db_migration_needed: !migrated,
        db_version: migrated ? DB_VERSION : 0,
        user_exists: migrated ? userExists : null,
        cors_domains: [],
        mqtt_ws_hostname: "localhost",
        mqtt_ws_port: "9883",
        enable_signup: false,
      });
    },
  },
  /** Creates the tables. */
  "admin/migratedb": {
    POST: ({ state: { database } }) => {
      database.connect();
      database.migrated = true;
      return noContent();
    },
  },
  /** There are no plugins. */
  "plugins/widgets": {
    GET: ({ state: { database } }) => {
      database.query();
      return json({ list: [] });
    },
  },
};
