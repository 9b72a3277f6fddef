import { delay } from "@std/async/delay";
import { isDeepStrictEqual } from "node:util";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { createEntity, deleteEntity, listEntities, updateEntity } from "../grafolean/entities.ts";
import type { WireEntity } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { Logger } from "../util/log.ts";
import {
  type ChildPlan,
  type ChildrenWanted,
  planChildren,
  type WantedChild,
} from "./child_plan.ts";

/** Options for {@linkcode ChildEntities}. */
export interface ChildEntitiesOptions {
  /** Receives a warning, once per account, if the bot may not write entities. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /**
   * How old a list of entities may be to conclude that nothing has to be written, in seconds. Listing entities is the
   * most expensive request to Grafolean.
   *
   * @default 300
   */
  readonly maxListAge?: number | undefined;
  /** The time between the two reads of an entity before it is updated, in seconds. @default 2 */
  readonly settleTime?: number | undefined;
  /** How long to wait after an account has refused a write, in seconds. @default 900 */
  readonly forbiddenPause?: number | undefined;
  /** Whether to write nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** The current time in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** What a synchronization of child entities has changed. */
export interface ChildrenReport {
  /** The number of children created. */
  readonly created: number;
  /** The number of children whose name or details were changed. */
  readonly updated: number;
  /** The number of children deleted. */
  readonly deleted: number;
  /** The children that could not be written, and why; they are retried the next time. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Whether the bot is not allowed to write the entities of this account. */
  readonly forbidden: boolean;
}

interface EntityList {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly entities: Map<number, WireEntity>;
}

// How old a list may be to create or delete children, which only this bot does.
const RECENT_MS = 30_000;

const NOTHING: ChildrenReport = {
  created: 0,
  updated: 0,
  deleted: 0,
  skipped: [],
  forbidden: false,
};

/**
 * Creates, updates and deletes child entities to match what is wanted, such as the interfaces of a device.
 *
 * While nothing changes, it reads one list per account every {@linkcode ChildEntitiesOptions.maxListAge}, however many
 * entities have children. Writes are based on a list read just before. An entity is only updated after two reads have
 * shown the same protocols, because Grafolean may show it half-saved and removes the protocols that are not sent back.
 */
export class ChildEntities {
  readonly #client: GrafoleanClient;
  readonly #log: Pick<Logger, "warn"> | undefined;
  readonly #maxListAgeMs: number;
  readonly #settleMs: number;
  readonly #forbiddenPauseMs: number;
  readonly #dryRun: boolean;
  readonly #now: () => number;
  readonly #lists = new Map<number, EntityList>();
  readonly #turns = new Map<number, Limiter>();
  readonly #forbiddenSince = new Map<number, number>();

  /** Constructs a new instance; nothing is read yet. */
  constructor(client: GrafoleanClient, options: ChildEntitiesOptions = {}) {
    this.#client = client;
    this.#log = options.log;
    this.#maxListAgeMs = (options.maxListAge ?? 300) * 1000;
    this.#settleMs = (options.settleTime ?? 2) * 1000;
    this.#forbiddenPauseMs = (options.forbiddenPause ?? 900) * 1000;
    this.#dryRun = options.dryRun ?? false;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Synchronizes the children of one entity with what is wanted.
   *
   * If the bot may not write the entities of the account, that is logged once and retried after a while.
   *
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If a wanted child lacks its key.
   * @throws The reason of `signal` if it aborts.
   */
  async sync(
    accountId: number,
    wanted: ChildrenWanted,
    signal?: AbortSignal,
  ): Promise<ChildrenReport> {
    const forbiddenSince = this.#forbiddenSince.get(accountId);
    if (forbiddenSince !== undefined && this.#now() - forbiddenSince < this.#forbiddenPauseMs) {
      return { ...NOTHING, forbidden: true };
    }
    const before = await this.#list(accountId, this.#now() - this.#maxListAgeMs, signal);
    const draft = planChildren(before.entities.values(), wanted);
    if (isEmpty(draft) || this.#dryRun) return NOTHING;

    // An old list suffices to do nothing, but not to write.
    const settledAt = before.endedAt + this.#settleMs;
    const updates = draft.update.length > 0;
    if (updates && this.#now() < settledAt) {
      await delay(settledAt - this.#now(), signal ? { signal } : {});
    }
    const notBefore = updates ? settledAt : this.#now() - Math.min(RECENT_MS, this.#maxListAgeMs);
    const list = await this.#list(accountId, notBefore, signal);
    const plan = planChildren(list.entities.values(), wanted);
    try {
      const report = await this.#apply(accountId, wanted, plan, before, list, signal);
      this.#forbiddenSince.delete(accountId);
      return report;
    } catch (error) {
      this.#lists.delete(accountId);
      if (!(error instanceof GrafoleanError && error.status === 403)) throw error;
      return this.#forbidden(accountId);
    }
  }

  async #apply(
    accountId: number,
    { parent, entityType }: ChildrenWanted,
    plan: ChildPlan,
    before: EntityList,
    { entities }: EntityList,
    signal?: AbortSignal,
  ): Promise<ChildrenReport> {
    const client = this.#client;
    const skipped: { name: string; reason: string }[] = [];
    const done = { created: 0, updated: 0, deleted: 0 };
    const attempt = async (name: string, write: () => Promise<void>): Promise<void> => {
      const reason = await refusalOf(write);
      if (reason !== undefined) skipped.push({ name, reason });
    };
    const store = (
      id: number,
      { name, details }: WantedChild,
      protocols: WireEntity["protocols"],
    ) => void entities.set(id, { id, name, entity_type: entityType, parent, details, protocols });

    // Deleted first, so that the names are free if two children have swapped their keys.
    for (const { id, name } of plan.remove) {
      await attempt(name, async () => {
        await deleteEntity(client, accountId, id, signal);
        entities.delete(id);
        done.deleted++;
      });
    }
    for (const { entity, wanted } of plan.update) {
      await attempt(wanted.name, async () => {
        if (!isDeepStrictEqual(before.entities.get(entity.id)?.protocols, entity.protocols)) {
          throw new TypeError("its protocols changed in the meantime");
        }
        await updateEntity(client, accountId, entity, { ...wanted, entityType }, signal);
        store(entity.id, wanted, entity.protocols);
        done.updated++;
      });
    }
    for (const wanted of plan.create) {
      await attempt(wanted.name, async () => {
        const data = { ...wanted, entityType };
        store(await createEntity(client, accountId, data, parent, signal), wanted, {});
        done.created++;
      });
    }
    return { ...done, skipped, forbidden: false };
  }

  #forbidden(accountId: number): ChildrenReport {
    if (!this.#forbiddenSince.has(accountId)) {
      this.#log?.warn(
        `This bot may not write the entities of account ${accountId}: grant it POST, PUT and DELETE on accounts/${accountId}/entities in Grafolean. Everything else keeps working`,
      );
    }
    this.#forbiddenSince.set(accountId, this.#now());
    return { ...NOTHING, forbidden: true };
  }

  // One at a time, so that concurrent callers share one read.
  #list(accountId: number, notBefore: number, signal?: AbortSignal): Promise<EntityList> {
    let turns = this.#turns.get(accountId);
    if (turns === undefined) this.#turns.set(accountId, turns = new Limiter(1));
    return turns.run(async () => {
      const known = this.#lists.get(accountId);
      if (known !== undefined && known.startedAt >= notBefore) return known;
      const startedAt = this.#now();
      const entities = (await listEntities(this.#client, accountId, signal)).items;
      const list: EntityList = {
        startedAt,
        endedAt: this.#now(),
        entities: new Map(entities.map((entity) => [entity.id, entity])),
      };
      this.#lists.set(accountId, list);
      return list;
    }, signal);
  }
}

// The refusal of one child, such as for its name, does not affect the others. Missing permissions and failures do.
async function refusalOf(write: () => Promise<void>): Promise<string | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    if (error instanceof GrafoleanError && (error.status === 400 || error.status === 404)) {
      return error.message;
    }
    throw error;
  }
}

function isEmpty({ create, update, remove }: ChildPlan): boolean {
  return create.length === 0 && update.length === 0 && remove.length === 0;
}
