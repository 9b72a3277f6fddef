import type { EntityWriter } from "./entity_writer.ts";
import { byKey, keyOf, type SkippedEntity, type WantedEntity } from "./wanted_entity.ts";

/** The entities that an account should have. */
export interface CreateMissingEntitiesOptions {
  /** The type of the entities, such as `"device"`. */
  readonly entityType: string;
  /** The name of the detail that identifies an entity, such as `"ipv4"`. */
  readonly key: string;
  /** The entities that should exist, such as those that were discovered. */
  readonly entities: readonly WantedEntity[];
}

/** Which entities were created. */
export interface CreateMissingEntitiesReport {
  /** The names of the entities that were created. */
  readonly created: readonly string[];
  /** The entities that could not be created. */
  readonly skipped: readonly SkippedEntity[];
  /** Whether the bot may not create entities in this account. */
  readonly forbidden: boolean;
}

/**
 * Creates the entities that are missing. Never updates or deletes entities, and sets no protocol, which is up to people.
 *
 * @throws {GrafoleanError} If the backend does not answer or fails.
 * @throws {TypeError} If an entity lacks its key.
 * @throws The reason of `signal` if it aborts.
 */
export async function createMissingEntities(
  writer: EntityWriter,
  accountId: number,
  { entityType, key, entities }: CreateMissingEntitiesOptions,
  signal?: AbortSignal,
): Promise<CreateMissingEntitiesReport> {
  const missing = byKey(entities, key);
  if (missing.size === 0) return { created: [], skipped: [], forbidden: false };
  const report = await writer.run(accountId, "GET and POST", async (operation) => {
    for (const { entity_type, details } of (await operation.list()).entities.values()) {
      const value = entity_type === entityType ? keyOf(details, key) : undefined;
      if (value !== undefined) missing.delete(value);
    }
    if (!writer.dryRun) {
      for (const wanted of missing.values()) await operation.create(wanted, entityType, null);
    }
    const { created, skipped } = operation;
    return { created, skipped, forbidden: false };
  }, signal);
  return report ?? { created: [], skipped: [], forbidden: true };
}
