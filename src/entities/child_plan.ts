import { isDeepStrictEqual } from "node:util";
import type { WireEntity } from "../grafolean/wire.ts";

/** A child entity that should exist. */
export interface WantedChild {
  /** The display name. */
  readonly name: string;
  /** The details to set; other details of an existing child are kept. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The children that an entity should have.
 *
 * @example
 * ```ts
 * import type { ChildrenWanted } from "@grafolean/collector";
 *
 * const wanted: ChildrenWanted = {
 *   parent: 1365800879,
 *   entityType: "interface",
 *   key: "snmp_index",
 *   children: [{ name: "eth0", details: { snmp_index: "1", speed_bps: "1000000000" } }],
 * };
 * console.log(wanted.children.length);
 * ```
 */
export interface ChildrenWanted {
  /** The id of the parent entity. */
  readonly parent: number;
  /** The type of the children, such as `"interface"`; other types are left alone. */
  readonly entityType: string;
  /** The name of the detail that identifies a child, such as `"snmp_index"`. Children without it are left alone. */
  readonly key: string;
  /** All children that should exist; others with the key are deleted. */
  readonly children: readonly WantedChild[];
}

/** The writes that make the children match what is wanted. */
export interface ChildPlan {
  /** Children to create. */
  readonly create: readonly WantedChild[];
  /** Children to update, with the complete new name and details. */
  readonly update: readonly { readonly entity: WireEntity; readonly wanted: WantedChild }[];
  /** Children to delete. */
  readonly remove: readonly WireEntity[];
}

/**
 * Compares the existing children with the wanted ones. Of several children with the same key, the first one wins, on
 * both sides.
 *
 * @throws {TypeError} If a wanted child lacks the key.
 */
export function planChildren(existing: Iterable<WireEntity>, wanted: ChildrenWanted): ChildPlan {
  const missing = new Map<string, WantedChild>();
  for (const child of wanted.children) {
    const key = keyOf(child.details, wanted.key);
    if (key === undefined) {
      throw new TypeError(
        `Cannot write the child "${child.name}" of entity ${wanted.parent} as it has no detail "${wanted.key}"`,
      );
    }
    if (!missing.has(key)) missing.set(key, child);
  }

  const update: ChildPlan["update"][number][] = [];
  const remove: WireEntity[] = [];
  for (const entity of existing) {
    if (entity.parent !== wanted.parent || entity.entity_type !== wanted.entityType) continue;
    const key = keyOf(entity.details, wanted.key);
    if (key === undefined) continue;
    const child = missing.get(key);
    if (child === undefined) {
      remove.push(entity);
      continue;
    }
    missing.delete(key);
    const details = { ...entity.details as Record<string, unknown>, ...child.details };
    if (entity.name !== child.name || !isDeepStrictEqual(details, entity.details)) {
      update.push({ entity, wanted: { name: child.name, details } });
    }
  }
  return { create: [...missing.values()], update, remove };
}

/**
 * Returns the detail that identifies an entity, if it has one. Details from forms are strings and details from programs
 * may be numbers, so `"7"` and `7` are the same key.
 */
export function keyOf(details: unknown, name: string): string | undefined {
  if (typeof details !== "object" || details === null || !Object.hasOwn(details, name)) {
    return undefined;
  }
  const key = (details as Record<string, unknown>)[name];
  return typeof key === "string" || typeof key === "number" ? String(key) : undefined;
}
