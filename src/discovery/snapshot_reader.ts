import type { GrafoleanClient } from "../grafolean/client.ts";
import { listEntities } from "../grafolean/routes.ts";
import type { WireEntity } from "../grafolean/wire.ts";
import { inTurns, isTurnOver, nextTurn } from "../util/turns.ts";
import type { Snapshot } from "./half_saved.ts";
import { NO_REFERENCES, type ReadReferences, readReferences } from "./read_references.ts";
import {
  type Decision,
  type References,
  type Resolution,
  type ResolveContext,
  resolveEntity,
} from "./resolve_entity.ts";

/** Takes the snapshots of an account. An entry that has not changed since the last one is the same object. */
export class SnapshotReader {
  readonly #client: GrafoleanClient;
  #last: Snapshot | undefined;

  /** Constructs a new instance; nothing is read yet. */
  constructor(client: GrafoleanClient) {
    this.#client = client;
  }

  /**
   * Reads the entities, and what they refer to unless all of that is known.
   *
   * @param decisions The last ones, whose devices are used again if they have not changed.
   */
  async read(
    context: ResolveContext,
    decisions: ReadonlyMap<number, Decision>,
    known: ReadReferences = NO_REFERENCES,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { accountId, userId } = context;
    const last = this.#last;
    const list = await listEntities(this.#client, accountId, signal, last?.list);
    const references = await isAnyDangling(list.items, context, known, signal)
      ? await readReferences(this.#client, accountId, last?.references, signal)
      : known;
    const before = last?.userId === userId && last.references === references
      ? last.entries
      : undefined;
    const entries = new Map<number, Resolution>();
    await inTurns(list.items, (entity) => {
      const { id } = entity;
      const entry = before?.get(id);
      entries.set(
        id,
        entry?.entity === entity
          ? entry
          : resolveEntity(entity, context, references, decisions.get(id)?.info),
      );
    }, signal);
    const unreadable = new Set(list.refused.map(({ id }) => id));
    return this.#last = { userId, list, entries, unreadable, references };
  }
}

/** Whether an entity refers to a credential or a sensor that is not known. */
async function isAnyDangling(
  entities: readonly WireEntity[],
  context: ResolveContext,
  known: References,
  signal: AbortSignal,
): Promise<boolean> {
  for (const entity of entities) {
    while (isTurnOver()) await nextTurn();
    signal.throwIfAborted();
    if (resolveEntity(entity, context, known).dangling) return true;
  }
  return false;
}
