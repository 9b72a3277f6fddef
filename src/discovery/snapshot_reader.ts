import type { GrafoleanClient } from "../grafolean/client.ts";
import type { LongList } from "../grafolean/long_list.ts";
import { listEntities } from "../grafolean/routes.ts";
import type { WireEntity } from "../grafolean/wire.ts";
import { inTurns, isTurnOver, nextTurn } from "../util/turns.ts";
import type { EntityInfo } from "./entity_info.ts";
import type { Snapshot, SnapshotEntry } from "./half_saved.ts";
import { NO_REFERENCES, type ReadReferences, readReferences } from "./read_references.ts";
import { type References, type ResolveContext, resolveEntity } from "./resolve_entity.ts";

/** A snapshot, and what it depends on. */
interface Reading {
  readonly userId: number;
  readonly list: LongList<WireEntity>;
  readonly snapshot: Snapshot;
}

/** Takes the snapshots of an account. An entry that has not changed since the last one is the same object. */
export class SnapshotReader {
  readonly #client: GrafoleanClient;
  #last: Reading | undefined;

  /** Constructs a new instance; nothing is read yet. */
  constructor(client: GrafoleanClient) {
    this.#client = client;
  }

  /**
   * Reads the entities, and what they refer to unless all of that is known.
   *
   * @param devices The last known devices, which are used again if they have not changed.
   */
  async read(
    context: ResolveContext,
    devices: ReadonlyMap<number, EntityInfo>,
    known: ReadReferences = NO_REFERENCES,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { accountId, userId } = context;
    const last = this.#last;
    const list = await listEntities(this.#client, accountId, signal, last?.list);
    const { items, refused } = list;
    const references = await isAnyDangling(items, context, known, signal)
      ? await readReferences(this.#client, accountId, last?.snapshot.references, signal)
      : known;
    const before = last?.userId === userId && last.snapshot.references === references
      ? last.snapshot.entries
      : undefined;
    const entries = new Map<number, SnapshotEntry>();
    await inTurns(items, (entity) => {
      let entry = before?.get(entity.id);
      if (entry?.entity !== entity) {
        const device = devices.get(entity.id);
        entry = { entity, resolution: resolveEntity(entity, context, references, device) };
      }
      entries.set(entity.id, entry);
    }, signal);
    const unreadable = new Set(refused.map(({ id }) => id));
    const snapshot = { entries, refused, unreadable, references };
    this.#last = { userId, list, snapshot };
    return snapshot;
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
