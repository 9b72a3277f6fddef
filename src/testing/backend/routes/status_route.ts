import { type Answer, detail, json, noContent } from "../answer.ts";
import type { Database } from "../database.ts";
import { PythonError } from "../python_json.ts";

/** The version of the database schema that docs/grafolean-api.md describes. */
const DB_VERSION = 30;

export function getStatus(database: Database): Answer {
  database.connect();
  const { migrated, userExists } = database;
  const body = JSON.stringify({
    alive: true,
    db_migration_needed: !migrated,
    db_version: migrated ? DB_VERSION : 0,
    user_exists: migrated ? userExists : null,
    cors_domains: [],
    mqtt_ws_hostname: "localhost",
    mqtt_ws_port: "9883",
    enable_signup: false,
  });
  const answer = json(body);
  return { ...answer, headers: { ...answer.headers, "access-control-allow-origin": "*" } };
}

export function postMigrate(database: Database): Answer {
  database.connect();
  database.migrated = true;
  return noContent();
}

export function postFirst(database: Database, newId: () => number): Answer {
  database.connect();
  if (!database.migrated) throw new PythonError("UndefinedTable");
  if (database.userExists) return detail(401, "System already initialized");
  database.userExists = true;
  return json(`{"id":${newId()}}`, 201);
}

/** The sandbox has no passwords. */
export function postLogin(): Answer {
  return detail(401, "Invalid credentials");
}
