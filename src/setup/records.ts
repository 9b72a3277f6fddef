// The JSON that Grafolean sends to a person, and its validation. The bot's half is in src/grafolean/wire.ts.

import { Fields, WireError } from "../grafolean/fields.ts";
import {
  readAccount,
  readCredential,
  readEntity,
  readList,
  readPermission,
  readSensor,
  type WireAccount,
  type WireCredential,
  type WireEntity,
  type WirePermission,
  type WireSensor,
} from "../grafolean/wire.ts";

/** A bot, as in the list of an account and in its own profile. */
export interface BotRecord {
  readonly id: number;
  readonly name: string;
  readonly protocol: string | null;
  /** The id of its account; `null` for a systemwide bot. */
  readonly account: number | null;
}

/** A credential with its protocol. */
export interface CredentialRecord extends WireCredential {
  readonly protocol: string;
}

/** A sensor with its protocol. */
export interface SensorRecord extends WireSensor {
  readonly protocol: string;
}

/** The newest value of a path. */
export interface ValueRecord {
  readonly path: string;
  readonly value: number;
  /** When it was collected, in UNIX seconds. */
  readonly time: number;
}

/** Reads `GET /accounts`. */
export function readAccounts(json: unknown): readonly WireAccount[] {
  return readAll(json, "an account", readAccount);
}

/** Reads `GET /accounts/A/bots`. */
export function readBots(json: unknown): readonly BotRecord[] {
  return readAll(json, "a bot", readBot);
}

/** Reads `GET /profile` of a bot. */
export function readBotProfile(json: unknown): BotRecord {
  return readBot(new Fields(new Fields(json, "a profile").object("record"), "a profile", "record"));
}

/** Reads `GET …/bots/B/token`. */
export function readToken(json: unknown): string {
  return new Fields(json, "a token").string("token");
}

/** Reads `GET …/permissions` of a bot, or of the person. */
export function readPermissions(json: unknown): readonly WirePermission[] {
  return readAll(json, "a permission", readPermission);
}

/** Reads `GET /accounts/A/credentials`. */
export function readCredentials(json: unknown): readonly CredentialRecord[] {
  return readAll(json, "a credential", (fields) => ({
    ...readCredential(fields),
    protocol: fields.string("protocol"),
  }));
}

/** Reads `GET /accounts/A/sensors`. */
export function readSensors(json: unknown): readonly SensorRecord[] {
  return readAll(json, "a sensor", (fields) => ({
    ...readSensor(fields),
    protocol: fields.string("protocol"),
  }));
}

/** Reads `GET /accounts/A/entities`. */
export function readEntities(json: unknown): readonly WireEntity[] {
  return readAll(json, "an entity", readEntity);
}

/** Reads `GET /accounts/A/dashboards`: the slugs. */
export function readDashboards(json: unknown): readonly string[] {
  return readAll(json, "a dashboard", (fields) => fields.string("slug"));
}

/** Reads `GET /accounts/A/dashboards/SLUG`: the contents of its widgets, as they are. */
export function readWidgets(json: unknown): readonly string[] {
  const widgets = new Fields(json, "a dashboard").array("widgets");
  return widgets.map((widget) => new Fields(widget, "a widget").string("content"));
}

/** Reads `GET /accounts/A/paths`: the paths of all filters. */
export function readPaths(json: unknown): readonly string[] {
  const paths = new Fields(json, "paths").object("paths");
  return Object.keys(paths).flatMap((filter) =>
    new Fields(paths, "paths").array(filter).map((path) =>
      new Fields(path, "a path").string("path")
    )
  );
}

/** Reads the answer to `POST /accounts/A/getvalues` with a limit of 1 for each path. */
export function readNewestValues(json: unknown): readonly ValueRecord[] {
  const paths = new Fields(json, "values").object("paths");
  return Object.entries(paths).flatMap(([path, series]) =>
    new Fields(series, "values", `paths.${path}`).array("data").map((point) => {
      const fields = new Fields(point, "a value");
      return { path, value: fields.number("v"), time: fields.number("t") };
    })
  );
}

/** Reads the id of something that was just created. */
export function readId(json: unknown): number {
  return new Fields(json, "a new record").integer("id");
}

function readBot(fields: Fields): BotRecord {
  return {
    id: fields.integer("id"),
    name: fields.nullable("name", (name) => fields.string(name)) ?? "",
    protocol: fields.nullable("protocol", (name) => fields.string(name)),
    account: fields.nullable("tied_to_account", (name) => fields.integer(name)),
  };
}

/** Reads a list, of which no item may be invalid: what is left out would be created a second time. */
function readAll<T>(json: unknown, noun: string, readItem: (fields: Fields) => T): readonly T[] {
  const { items, refused } = readList(json, noun, readItem);
  if (refused.length > 0) throw new WireError(refused[0]!.problem);
  return items;
}
