/** An entity that should exist. */
export interface WantedEntity {
  /** The display name. */
  readonly name: string;
  /** The details to set, one of which identifies the entity. An existing entity keeps its other details. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An entity that Grafolean refused to write. */
export interface SkippedEntity {
  /** The display name. */
  readonly name: string;
  /** Why it was refused. */
  readonly reason: string;
}

/**
 * Returns entities by the detail that identifies them. Of several with the same key, the first one wins.
 *
 * @throws {TypeError} If an entity lacks the detail.
 */
export function byKey(entities: readonly WantedEntity[], key: string): Map<string, WantedEntity> {
  const found = new Map<string, WantedEntity>();
  for (const entity of entities) {
    const value = keyOf(entity.details, key);
    if (value === undefined) {
      throw new TypeError(
        `Cannot write the entity "${entity.name}" as it has no detail "${key}": add it to its details`,
      );
    }
    if (!found.has(value)) found.set(value, entity);
  }
  return found;
}

/**
 * Returns the detail that identifies an entity, if it has one. Details from forms are strings and details from programs
 * may be numbers, so `"7"` and `7` are the same key.
 */
export function keyOf(details: unknown, key: string): string | undefined {
  if (typeof details !== "object" || details === null || !Object.hasOwn(details, key)) {
    return undefined;
  }
  const value = (details as Record<string, unknown>)[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
