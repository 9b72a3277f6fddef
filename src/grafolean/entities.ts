import type { GrafoleanClient } from "./client.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Fields, WireError } from "./fields.ts";
import { readEntity, readList, type WireEntity } from "./wire.ts";

/** What a bot says about an entity that it writes. */
export interface EntityData {
  /** The name that people see; names need not be unique. */
  readonly name: string;
  /** What it is, such as `"device"` or `"interface"`. */
  readonly entityType: string;
  /** What belongs to the type, such as an address. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Reads all entities of an account.
 *
 * @throws {GrafoleanError} If they cannot be read.
 * @throws The reason of `signal` when that aborts.
 */
export async function listEntities(
  client: GrafoleanClient,
  accountId: number,
  signal?: AbortSignal,
): Promise<readonly WireEntity[]> {
  const path = entitiesPath(accountId);
  const json = await client.getJson(path, signal);
  try {
    return readList(json, "an entity", readEntity).items;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw unexpected(client, "GET", path, error);
  }
}

/**
 * Makes a new entity, without any protocol.
 *
 * @param parent The id of the entity that it is a part of; it cannot be changed later.
 * @returns The id of the new entity.
 * @throws {GrafoleanError} If it was refused, or there was no answer: then it may exist or not.
 */
export async function createEntity(
  client: GrafoleanClient,
  accountId: number,
  data: EntityData,
  parent: number | null,
  signal?: AbortSignal,
): Promise<number> {
  const path = entitiesPath(accountId);
  const json = await client.sendJson("POST", path, { ...wireForm(data), parent }, signal);
  try {
    return new Fields(json, "a new entity").integer("id");
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw unexpected(client, "POST", path, error);
  }
}

/**
 * Gives an entity another name or other details.
 *
 * Grafolean replaces the protocols of an entity together with the rest, and takes them all away when they are not sent
 * along, so they are sent back as they were read. A protocol whose bot is `null` cannot be sent back at all: such an
 * entity is left alone.
 *
 * @param before The entity as it was just read. Grafolean shows entities half-saved for a moment: read it twice.
 * @throws {TypeError} If one of its protocols has no bot.
 * @throws {GrafoleanError} If it was refused, or there was no answer.
 */
export async function updateEntity(
  client: GrafoleanClient,
  accountId: number,
  before: WireEntity,
  data: EntityData,
  signal?: AbortSignal,
): Promise<void> {
  for (const [protocol, settings] of Object.entries(before.protocols)) {
    if (isRecord(settings) && typeof settings.bot === "number") continue;
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
 * Deletes an entity. One that does not exist any more is deleted enough.
 *
 * @throws {GrafoleanError} If it was refused, or there was no answer.
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function unexpected(
  client: GrafoleanClient,
  method: string,
  path: string,
  cause: WireError,
): GrafoleanError {
  return new GrafoleanError(
    `Grafolean at ${client.backendUrl} answered ${cause.message} (${method} ${path})`,
    { method, url: `${client.backendUrl}${path}?b=***`, cause },
  );
}
