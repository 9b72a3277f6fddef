// The JSON of Grafolean, as it comes over the wire, and the checks that tell it from anything else.
//
// Only what this library uses is checked. What belongs to a protocol (`details`) is whatever it is, and never a part of
// a message, since credentials hold secrets. A field that may be `null` may also be missing.

import { Fields, isObject, WireError } from "./fields.ts";

/** `GET /status/info`: what Grafolean tells everybody about itself. */
export interface WireStatus {
  /** Whether the database has still to be brought into the form that this version of Grafolean needs. */
  readonly db_migration_needed: boolean;
  /** Whether there is a first user; `null` before the migration. */
  readonly user_exists: boolean | null;
}

/** `GET /profile`: who the token belongs to. */
export interface WireProfile {
  /** The id that devices name as their bot. */
  readonly user_id: number;
}

/** One item of `GET /accounts`. */
export interface WireAccount {
  readonly id: number;
  readonly name: string;
}

/** One item of `GET /accounts/A/entities`. */
export interface WireEntity {
  readonly id: number;
  readonly name: string;
  readonly entity_type: string;
  readonly parent: number | null;
  readonly details: unknown;
  /** By name of the protocol; {@linkcode readProtocol} reads one. */
  readonly protocols: Readonly<Record<string, unknown>>;
}

/** What an entity says about one protocol. */
export interface WireProtocol {
  readonly credential: number;
  /** The bot that should take care of it; `null` when that was deleted, and for a moment while the entity is saved. */
  readonly bot: number | null;
  /** {@linkcode readEntitySensor} reads one. */
  readonly sensors: readonly unknown[];
}

/** One sensor that is enabled on an entity. */
export interface WireEntitySensor {
  readonly sensor: number;
  /** In seconds; `null` for the default of the sensor. */
  readonly interval: number | null;
}

/** One item of `GET /accounts/A/credentials`. */
export interface WireCredential {
  readonly id: number;
  readonly details: unknown;
}

/** One item of `GET /accounts/A/sensors`. */
export interface WireSensor {
  readonly id: number;
  /** In seconds; `null` for sensors that are not polled. */
  readonly default_interval: number | null;
  readonly details: unknown;
}

/** An item of a list that was refused. */
export interface RefusedItem {
  /** The id of the item, where at least that can be read. */
  readonly id: number | undefined;
  /** What is wrong with it: the end of a sentence, "answered" comes before. */
  readonly problem: string;
}

/** A list whose bad items are set apart, so that they do no harm to the others. */
export interface WireList<T> {
  /** The items that can be read, in the order of the list. */
  readonly items: readonly T[];
  /** The items that cannot. */
  readonly refused: readonly RefusedItem[];
}

/**
 * Reads `{"list": [...]}`.
 *
 * @param noun What the list is made of, with its article, such as `"an entity"`.
 * @throws {WireError} If it is no list.
 */
export function readList<T>(
  json: unknown,
  noun: string,
  readItem: (fields: Fields) => T,
): WireList<T> {
  const list = new Fields(json, "JSON").array("list");
  const items: T[] = [];
  const refused: RefusedItem[] = [];
  for (const [index, item] of list.entries()) {
    const id = idOf(item);
    const what = `${noun} (${id === undefined ? `number ${index + 1} of the list` : `id ${id}`})`;
    try {
      items.push(readItem(new Fields(item, what)));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refused.push({ id, problem: error.message });
    }
  }
  return { items, refused };
}

/** Reads the answer to `GET /status/info`. */
export function readStatus(json: unknown): WireStatus {
  const fields = new Fields(json, "a status");
  return {
    db_migration_needed: fields.boolean("db_migration_needed"),
    user_exists: fields.nullable("user_exists", (name) => fields.boolean(name)),
  };
}

/** Reads the answer to `GET /profile`. */
export function readProfile(json: unknown): WireProfile {
  return { user_id: new Fields(json, "a profile").integer("user_id") };
}

/** Reads one item of the list of accounts. */
export function readAccount(fields: Fields): WireAccount {
  return { id: fields.integer("id"), name: fields.string("name") };
}

/** Reads one item of the list of entities. */
export function readEntity(fields: Fields): WireEntity {
  return {
    id: fields.integer("id"),
    name: fields.string("name"),
    entity_type: fields.string("entity_type"),
    parent: fields.nullable("parent", (name) => fields.integer(name)),
    details: fields.any("details"),
    protocols: fields.object("protocols"),
  };
}

/**
 * Reads what an entity says about one protocol.
 *
 * @returns `undefined` when it does not speak the protocol.
 * @throws {WireError} If that is not of the expected form.
 */
export function readProtocol(entity: WireEntity, protocol: string): WireProtocol | undefined {
  // Not just by key: a protocol may be called "constructor".
  if (!Object.hasOwn(entity.protocols, protocol)) return undefined;
  const fields = new Fields(
    entity.protocols[protocol],
    `an entity (id ${entity.id})`,
    `protocols.${protocol}`,
  );
  return {
    credential: fields.integer("credential"),
    bot: fields.nullable("bot", (name) => fields.integer(name)),
    sensors: fields.array("sensors"),
  };
}

/** Reads one of the sensors of an entity; `index` is its place in the list. */
export function readEntitySensor(
  entity: WireEntity,
  protocol: string,
  sensor: unknown,
  index: number,
): WireEntitySensor {
  const fields = new Fields(
    sensor,
    `an entity (id ${entity.id})`,
    `protocols.${protocol}.sensors[${index}]`,
  );
  return {
    sensor: fields.integer("sensor"),
    interval: fields.nullable("interval", (name) => fields.number(name)),
  };
}

/** Reads one item of the list of credentials. */
export function readCredential(fields: Fields): WireCredential {
  return { id: fields.integer("id"), details: fields.any("details") };
}

/** Reads one item of the list of sensors. */
export function readSensor(fields: Fields): WireSensor {
  return {
    id: fields.integer("id"),
    default_interval: fields.nullable("default_interval", (name) => fields.number(name)),
    details: fields.any("details"),
  };
}

function idOf(item: unknown): number | undefined {
  return isObject(item) && Number.isSafeInteger(item.id) ? item.id as number : undefined;
}
