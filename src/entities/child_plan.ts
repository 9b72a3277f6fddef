import { isDeepStrictEqual } from "node:util";
import type { WireEntity } from "../grafolean/wire.ts";
import { byKey, keyOf, type WantedEntity } from "./wanted_entity.ts";

/**
 * The children that an entity should have.
 *
 * @example
 * ```ts
 * import type { SyncChildEntitiesOptions } from "@grafolean/collector";
 *
 * const interfaces: SyncChildEntitiesOptions = {
 *   parent: 1365800879,
 *   entityType: "interface",
 *   key: "snmp_index",
 *   children: [{ name: "eth0", details: { snmp_index: "1", speed_bps: "1000000000" } }],
 * };
 * console.log(interfaces.children.length);
 * ```
 */
export interface SyncChildEntitiesOptions {
  /** The id of the parent entity. */
  readonly parent: number;
  /** The type of the children, such as `"interface"`; other types are left alone. */
  readonly entityType: string;
  /** The name of the detail that identifies a child, such as `"snmp_index"`. Children without it are left alone. */
  readonly key: string;
  /** All children that should exist; others with the key are deleted. */
  readonly children: readonly WantedEntity[];
}

/** The writes that make the children match what is wanted. */
interface ChildPlan {
  /** Children to create. */
  readonly create: readonly WantedEntity[];
  /** Children to update, with the complete new name and details. */
  readonly update: readonly { readonly entity: WireEntity; readonly wanted: WantedEntity }[];
  /** Children to delete. */
  readonly remove: readonly WireEntity[];
}

/**
 * Compares the existing children with the wanted ones. Of several children with the same key, the first one wins, on
 * both sides.
 *
 * @throws {TypeError} If a wanted child lacks the key.
 */
export function planChildren(
  existing: Iterable<WireEntity>,
  { parent, entityType, key, children }: SyncChildEntitiesOptions,
): ChildPlan {
  const missing = byKey(children, key);
  const update: ChildPlan["update"][number][] = [];
  const remove: WireEntity[] = [];
  for (const entity of existing) {
    if (entity.parent !== parent || entity.entity_type !== entityType) continue;
    const value = keyOf(entity.details, key);
    if (value === undefined) continue;
    const child = missing.get(value);
    if (child === undefined) {
      remove.push(entity);
      continue;
    }
    missing.delete(value);
    const details = { ...entity.details as Record<string, unknown>, ...child.details };
    if (entity.name !== child.name || !isDeepStrictEqual(details, entity.details)) {
      update.push({ entity, wanted: { name: child.name, details } });
    }
  }
  return { create: [...missing.values()], update, remove };
}
