import { type Answer, encode, json, noContent } from "../answer.ts";
import type { Handlers } from "../exchange.ts";

/** The version of the database schema that docs/grafolean-api.md describes. */
const DB_VERSION = 30;

/** The state of the installation. */
export const status: Handlers = {
  GET: ({ state: { database } }) => {
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
  },
};

/** Creates the tables. */
export const migration: Handlers = {
  POST: ({ state: { database } }) => {
    database.connect();
    database.migrated = true;
    return noContent();
  },
};

/** There are no plugins. */
export const widgetPlugins: Handlers = {
  GET: ({ state: { database } }) => {
    database.query();
    return json('{"list":[]}');
  },
};

/** A description of the API, without the calls. */
export const openApi: Handlers = {
  GET: () =>
    json(
      JSON.stringify({ openapi: "3.0.2", info: { title: "Grafolean", version: "" }, paths: {} }),
    ),
};

/** A page that shows the description in a browser. */
export const docs: Handlers = {
  GET: (): Answer => ({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: encode("<!DOCTYPE html>\n<title>Grafolean</title>\n"),
  }),
};
