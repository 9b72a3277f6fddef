import { delay } from "@std/async/delay";
import { isDeepStrictEqual } from "node:util";
import { orderedMap } from "../util/ordered_map.ts";
import { planChildren, type SyncChildEntitiesOptions } from "./child_plan.ts";
import type { EntityOperation, EntityWriter } from "./entity_writer.ts";
import type { SkippedEntity, WantedEntity } from "./wanted_entity.ts";

/** What a synchronization of child entities has changed. */
export interface SyncChildEntitiesReport {
  /** The number of children created. */
  readonly created: number;
  /** The number of children whose name or details were changed. */
  readonly updated: number;
  /** The number of children deleted. */
  readonly deleted: number;
  /** The children that could not be written; they are tried again the next time. */
  readonly skipped: readonly SkippedEntity[];
  /** Whether the bot may not write the entities of this account. */
  readonly forbidden: boolean;
}

// How old a list may be to conclude that there is nothing to write: listing is the most expensive request to Grafolean.
const COMPARE_AGE_MS = 300_000;

// Saving an entity in the UI takes Grafolean less than that.
const SETTLE_MS = 2000;

// The client's limit of concurrent requests. Hundreds of interfaces may be new when a bot starts.
const MAX_CONCURRENT_WRITES = 3;

const METHODS = "GET, POST, PUT and DELETE";

const NOTHING = { created: 0, updated: 0, deleted: 0, skipped: [], forbidden: false };
const FORBIDDEN = { ...NOTHING, forbidden: true };

/**
 * Creates, updates and deletes child entities to match what is wanted, such as the interfaces of a device.
 *
 * While nothing changes, it reads one list per account every 5 minutes, however many entities have children. Writes are
 * based on a list read just before. An entity is only updated after two reads have shown the same protocols, because
 * Grafolean may show it half-saved and removes the protocols that are not sent back.
 *
 * @throws {GrafoleanError} If the backend does not answer or fails.
 * @throws {TypeError} If a wanted child lacks its key.
 * @throws The reason of `signal` if it aborts.
 */
export async function syncChildEntities(
  writer: EntityWriter,
  accountId: number,
  options: SyncChildEntitiesOptions,
  signal?: AbortSignal,
): Promise<SyncChildEntitiesReport> {
  const { parent, entityType } = options;
  const run = <T>(work: (operation: EntityOperation) => Promise<T>) =>
    writer.run(accountId, METHODS, work, signal);
  const before = await run((operation) => operation.list(COMPARE_AGE_MS));
  if (before === undefined) return FORBIDDEN;
  const draft = planChildren(before.entities.values(), options);
  const isNeeded = draft.create.length + draft.update.length + draft.remove.length > 0;
  if (!isNeeded || writer.dryRun) return NOTHING;

  // An old list suffices to do nothing, but not to write.
  const isUpdate = draft.update.length > 0;
  const settledAt = before.endedAt + SETTLE_MS;
  if (isUpdate && performance.now() < settledAt) {
    await delay(settledAt - performance.now(), signal ? { signal } : {});
  }
  const report = await run(async (operation) => {
    const { entities } = await operation.list(isUpdate ? performance.now() - settledAt : undefined);
    const plan = planChildren(entities.values(), options);
    // Deleted first, so that the names are free if two children have swapped their keys.
    for (const entity of plan.remove) await operation.delete(entity);
    for (const { entity, wanted } of plan.update) {
      if (isDeepStrictEqual(before.entities.get(entity.id)?.protocols, entity.protocols)) {
        await operation.update(entity, wanted);
      } else {
        const reason = "its protocols changed in the meantime";
        operation.skipped.push({ name: wanted.name, reason });
      }
    }
    const create = (wanted: WantedEntity) => operation.create(wanted, entityType, parent);
    for await (const _ of orderedMap(plan.create, MAX_CONCURRENT_WRITES, create, signal));
    const { created, updated, deleted, skipped } = operation;
    return {
      created: created.length,
      updated: updated.length,
      deleted: deleted.length,
      skipped,
      forbidden: false,
    };
  });
  return report ?? FORBIDDEN;
}
