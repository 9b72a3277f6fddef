// The JSON that Grafolean sends, and its validation.
//
// Only the fields that this library uses are validated. `details` belong to the protocol, can be any JSON, and never
// appear in an error, because credentials contain secrets. A field that may be `null` may also be missing.

import { Fields, isObject, WireError } from "./fields.ts";

/** `GET /status/info`: the status of the installation, which needs no login. */
export interface WireStatus {
  /** Whether the database has to be created or upgraded for this version of Grafolean. */
  readonly db_migration_needed: boolean;
  /** Whether there is a first user; `null` before the migration. */
  readonly user_exists: boolean | null;
}

/** `GET /profile`: the owner of the token. */
export interface WireProfile {
  /** The id of the bot, which devices refer to. */
  readonly user_id: number;
  /** The name of the bot; empty if it is unknown. */
  readonly name: string;
  /** The protocol of the bot; `null` if it has none. */
  readonly protocol: string | null;
}

/** An item of `GET /profile/permissions`. */
export interface WirePermission {
  /** The resource that it is for, with all below it; `null` for everything. */
  readonly resource_prefix: string | null;
  /** The methods that it allows; `null` for all. */
  readonly methods: readonly unknown[] | null;
}

/** An item of `GET /accounts`. */
export interface WireAccount {
  readonly id: number;
  readonly name: string;
}

/** An item of `GET /accounts/A/entities`. */
export interface WireEntity {
  readonly id: number;
  readonly name: string;
  readonly entity_type: string;
  readonly parent: number | null;
  readonly details: unknown;
  /** The settings by name of the protocol; see {@linkcode readProtocol}. */
  readonly protocols: Readonly<Record<string, unknown>>;
}

/** The settings of an entity for one protocol. */
export interface WireProtocol {
  readonly credential: number;
  /** The id of the bot that polls it; `null` if that was deleted, and for a moment while the entity is saved. */
  readonly bot: number | null;
  /** The enabled sensors; see {@linkcode readEntitySensor}. */
  readonly sensors: readonly unknown[];
}

/** A sensor enabled on an entity. */
interface WireEntitySensor {
  readonly sensor: number;
  /** In seconds; `null` to use the default of the sensor. */
  readonly interval: number | null;
}

/** An item of `GET /accounts/A/credentials`. */
export interface WireCredential {
  readonly id: number;
  readonly name: string;
  readonly details: unknown;
}

/** An item of `GET /accounts/A/sensors`. */
export interface WireSensor {
  readonly id: number;
  readonly name: string;
  /** In seconds; `null` if the sensor is not polled by default. */
  readonly default_interval: number | null;
  readonly details: unknown;
}

/** An invalid item of a list. */
export interface RefusedItem {
  /** The id of the item, if it is readable. */
  readonly id: number | undefined;
  /** What is wrong with it, as in {@linkcode WireError}. */
  readonly problem: string;
}

/** Names an item for people: `"load" (id 7)`, as names need not be unique, or `(id 7)` if it has no name. */
export function labelOf(
  { id, name }: { readonly id: number; readonly name: string },
  accountId?: number,
): string {
  const ids = accountId === undefined ? `id ${id}` : `id ${id}, account ${accountId}`;
  return name === "" ? `(${ids})` : `${JSON.stringify(name)} (${ids})`;
}

/** A list with its invalid items set apart. */
export interface WireList<T> {
  /** The valid items in order. */
  readonly items: readonly T[];
  /** The invalid items. */
  readonly refused: readonly RefusedItem[];
}

/** Converts an item of a list, or throws a {@linkcode WireError}. */
export type ReadItem<T> = (fields: Fields) => T;

/**
 * Reads `{"list": [...]}`.
 *
 * @param noun What an item is, with an article, such as `"an entity"`.
 * @throws {WireError} If there is no list.
 */
export function readList<T>(json: unknown, noun: string, readItem: ReadItem<T>): WireList<T> {
  const list = new ListReader(noun, readItem);
  for (const each of new Fields(json, "JSON").array("list")) {
    const item = list.read(each);
    if (item !== undefined) list.items.push(item);
  }
  return list;
}

/** A list that is read item by item, to which its user adds the valid items. */
export class ListReader<T> implements WireList<T> {
  readonly items: T[] = [];
  readonly refused: RefusedItem[] = [];
  readonly #noun: string;
  readonly #readItem: ReadItem<T>;

  /** Constructs a new instance without items. */
  constructor(noun: string, readItem: ReadItem<T>) {
    this.#noun = noun;
    this.#readItem = readItem;
  }

  /** Reads the next item. Returns it if it is valid. */
  read(json: unknown): T | undefined {
    const id = idOf(json);
    const label = () =>
      id === undefined
        ? `(number ${this.items.length + this.refused.length + 1} of the list)`
        : labelOf({ id, name: displayNameOf(json) });
    try {
      return this.#readItem(new Fields(json, () => `${this.#noun} ${label()}`));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refused.push({ id, problem: error.message });
      return undefined;
    }
  }
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
  const fields = new Fields(json, "a profile");
  const record = fields.nullable("record", (name) => fields.object(name)) ?? {};
  return {
    user_id: fields.integer("user_id"),
    name: displayNameOf(record),
    protocol: typeof record.protocol === "string" ? record.protocol : null,
  };
}

/** Reads an item of the list of permissions. */
export function readPermission(fields: Fields): WirePermission {
  return {
    resource_prefix: fields.nullable("resource_prefix", (name) => fields.string(name)),
    methods: fields.nullable("methods", (name) => fields.array(name)),
  };
}

/** Reads an item of a list of bots. */
export function readBot(fields: Fields): { readonly id: number; readonly name: string } {
  return { id: fields.integer("id"), name: nameOf(fields) };
}

/** Reads an item of the list of accounts. */
export function readAccount(fields: Fields): WireAccount {
  return { id: fields.integer("id"), name: fields.string("name") };
}

/** Reads an item of the list of entities. */
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
 * Reads the settings of an entity for one protocol.
 *
 * @returns The settings; `undefined` if it has none.
 * @throws {WireError} If the settings do not have the expected shape.
 */
export function readProtocol(entity: WireEntity, protocol: string): WireProtocol | undefined {
  // A protocol may be called "constructor".
  if (!Object.hasOwn(entity.protocols, protocol)) return undefined;
  const fields = new Fields(
    entity.protocols[protocol],
    () => `an entity ${labelOf(entity)}`,
    `protocols.${protocol}`,
  );
  return {
    credential: fields.integer("credential"),
    bot: fields.nullable("bot", (name) => fields.integer(name)),
    sensors: fields.array("sensors"),
  };
}

/** Reads a sensor of an entity; `index` is its position in the list. */
export function readEntitySensor(
  entity: WireEntity,
  protocol: string,
  sensor: unknown,
  index: number,
): WireEntitySensor {
  const fields = new Fields(
    sensor,
    () => `an entity ${labelOf(entity)}`,
    `protocols.${protocol}.sensors[${index}]`,
  );
  return {
    sensor: fields.integer("sensor"),
    interval: fields.nullable("interval", (name) => fields.number(name)),
  };
}

/** Reads an item of the list of credentials. */
export function readCredential(fields: Fields): WireCredential {
  return {
    id: fields.integer("id"),
    name: nameOf(fields),
    details: fields.any("details"),
  };
}

/** Reads an item of the list of sensors. */
export function readSensor(fields: Fields): WireSensor {
  return {
    id: fields.integer("id"),
    name: nameOf(fields),
    default_interval: fields.nullable("default_interval", (name) => fields.number(name)),
    details: fields.any("details"),
  };
}

// Names are for people: nothing fails without one.
function nameOf(fields: Fields): string {
  return fields.nullable("name", (name) => fields.string(name)) ?? "";
}

function displayNameOf(item: unknown): string {
  return isObject(item) && typeof item.name === "string" ? item.name : "";
}

function idOf(item: unknown): number | undefined {
  return isObject(item) && Number.isSafeInteger(item.id) ? item.id as number : undefined;
}
