import { isDeepStrictEqual } from "node:util";
import type { WireEntity } from "../grafolean/wire.ts";

/** A child as it should be. */
export interface WantedChild {
  /** The name that people see. */
  readonly name: string;
  /** Its details; others that it has already are left as they are. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which children an entity should have. */
export interface ChildrenWanted {
  /** The id of the entity whose children they are. */
  readonly parent: number;
  /** The type of the children; those of other types are left alone. */
  readonly entityType: string;
  /** The detail that tells one child from the other. Children that do not have it are left alone. */
  readonly key: string;
  /** All children that there should be. */
  readonly children: readonly WantedChild[];
}

/** What is to be done. */
export interface ChildPlan {
  /** Children that do not exist yet. */
  readonly create: readonly WantedChild[];
  /** Children that differ, and the whole of what they should be. */
  readonly update: readonly { readonly entity: WireEntity; readonly wanted: WantedChild }[];
  /** Children that should not exist. */
  readonly remove: readonly WireEntity[];
}

/**
 * Compares what is there with what is wanted. Of several children with the same key the first one counts, in what is
 * there as in what is wanted.
 *
 * @throws {TypeError} If a wanted child lacks the key.
 */
export function planChildren(existing: Iterable<WireEntity>, wanted: ChildrenWanted): ChildPlan {
  const missing = new Map<string, WantedChild>();
  for (const child of wanted.children) {
    const key = keyOf(child.details, wanted.key);
    if (key === undefined) {
      throw new TypeError(
        `Cannot keep the child "${child.name}" of entity ${wanted.parent} as it has no detail "${wanted.key}"`,
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
 * The detail of an entity that tells it from others, if it has it. Details from forms are strings, details from programs
 * may be numbers: `"7"` and `7` are the same key.
 */
export function keyOf(details: unknown, name: string): string | undefined {
  if (typeof details !== "object" || details === null || !Object.hasOwn(details, name)) {
    return undefined;
  }
  const key = (details as Record<string, unknown>)[name];
  return typeof key === "string" || typeof key === "number" ? String(key) : undefined;
}
