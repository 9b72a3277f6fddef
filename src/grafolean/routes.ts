// One typed call for each route of Grafolean that bots use, except those for values and for its status. All of them throw
// a GrafoleanError if the request fails or is refused, and the reason of the signal if that aborts.

import { GrafoleanError } from "../util/errors.ts";
import type { GrafoleanClient } from "./client.ts";
import { Fields, isObject } from "./fields.ts";
import type { LongList } from "./long_list.ts";
import {
  readAccount,
  readBot,
  readCredential,
  readEntity,
  readList,
  readPermission,
  readProfile,
  readSensor,
  type WireAccount,
  type WireCredential,
  type WireEntity,
  type WireList,
  type WirePermission,
  type WireProfile,
  type WireSensor,
} from "./wire.ts";

/** The fields of an entity that a bot writes. */
interface EntityData {
  /** The display name; names need not be unique. */
  readonly name: string;
  /** The type, such as `"device"` or `"interface"`. */
  readonly entityType: string;
  /** What belongs to the type, such as an address. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads who owns the token. */
export function getProfile(client: GrafoleanClient, signal?: AbortSignal): Promise<WireProfile> {
  return client.get("/profile", readProfile, signal);
}

/** Reads the permissions of the owner of the token. */
export async function listPermissions(
  client: GrafoleanClient,
  signal?: AbortSignal,
): Promise<readonly WirePermission[]> {
  const read = (json: unknown) => readList(json, "a permission", readPermission);
  return (await client.get("/profile/permissions", read, signal)).items;
}

/**
 * Reads the bots of an account, which most bots may not.
 *
 * @param accountId The account; `undefined` for the systemwide bots, which every bot may read.
 */
export async function listBots(
  client: GrafoleanClient,
  accountId: number | undefined,
  signal?: AbortSignal,
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const path = accountId === undefined ? "/bots" : `/accounts/${accountId}/bots`;
  return (await client.get(path, (json) => readList(json, "a bot", readBot), signal)).items;
}

/** Reads the accounts in which the bot has any permission. */
export function listAccounts(
  client: GrafoleanClient,
  signal?: AbortSignal,
): Promise<WireList<WireAccount>> {
  return client.get("/accounts", (json) => readList(json, "an account", readAccount), signal);
}

/** Reads all entities of an account; those that are the same JSON as in `last` are the same objects. */
export function listEntities(
  client: GrafoleanClient,
  accountId: number,
  signal?: AbortSignal,
  last?: LongList<WireEntity>,
): Promise<LongList<WireEntity>> {
  const list = { noun: "an entity", readItem: readEntity, last };
  return client.getList(entitiesPath(accountId), list, signal);
}

/** Reads the credentials of an account for all protocols, as {@linkcode listEntities} does. */
export function listCredentials(
  client: GrafoleanClient,
  accountId: number,
  signal?: AbortSignal,
  last?: LongList<WireCredential>,
): Promise<LongList<WireCredential>> {
  const list = { noun: "a credential", readItem: readCredential, last };
  return client.getList(`/accounts/${accountId}/credentials`, list, signal);
}

/** Reads the sensors of an account for all protocols, as {@linkcode listEntities} does. */
export function listSensors(
  client: GrafoleanClient,
  accountId: number,
  signal?: AbortSignal,
  last?: LongList<WireSensor>,
): Promise<LongList<WireSensor>> {
  const list = { noun: "a sensor", readItem: readSensor, last };
  return client.getList(`/accounts/${accountId}/sensors`, list, signal);
}

/**
 * Creates an entity without protocols.
 *
 * @param parent The id of the entity that it is part of; it cannot be changed later.
 * @returns The id of the new entity.
 * @throws {GrafoleanError} If the request was refused, or there was no answer and the entity may exist or not.
 */
export async function createEntity(
  client: GrafoleanClient,
  accountId: number,
  data: EntityData,
  parent: number | null,
  signal?: AbortSignal,
): Promise<number> {
  const read = (json: unknown) => new Fields(json, "a new entity").integer("id");
  const value = { ...wireForm(data), parent };
  return await client.sendJson("POST", entitiesPath(accountId), value, signal, read);
}

/**
 * Replaces the name, type and details of an entity.
 *
 * Grafolean removes all protocols that an update leaves out, so they are sent back as they were read. A protocol whose
 * bot is `null` cannot be sent back, so such an entity is not updated.
 *
 * @param before The entity as it was just read. Read it twice, because Grafolean may show it half-saved.
 * @throws {TypeError} If one of its protocols has no bot.
 * @throws {GrafoleanError} If the request was refused or there was no answer.
 */
export async function updateEntity(
  client: GrafoleanClient,
  accountId: number,
  before: WireEntity,
  data: EntityData,
  signal?: AbortSignal,
): Promise<void> {
  for (const [protocol, settings] of Object.entries(before.protocols)) {
    if (isObject(settings) && typeof settings.bot === "number") continue;
    throw new TypeError(
      `Cannot change entity ${before.id} as its protocol "${protocol}" has no bot: choose one on the entity's page in Grafolean`,
    );
  }
  await client.sendJson(
    "PUT",
    `${entitiesPath(accountId)}/${before.id}`,
    { ...wireForm(data), protocols: before.protocols },
    signal,
  );
}

/**
 * Deletes an entity, if it still exists.
 *
 * @throws {GrafoleanError} If the request was refused or there was no answer.
 */
export async function deleteEntity(
  client: GrafoleanClient,
  accountId: number,
  entityId: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await client.sendJson("DELETE", `${entitiesPath(accountId)}/${entityId}`, undefined, signal);
  } catch (error) {
    if (!(error instanceof GrafoleanError && error.status === 404)) throw error;
  }
}

function entitiesPath(accountId: number): string {
  return `/accounts/${accountId}/entities`;
}

function wireForm({ name, entityType, details }: EntityData): Record<string, unknown> {
  return { name, entity_type: entityType, details };
}
