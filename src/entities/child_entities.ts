import { delay } from "@std/async/delay";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "../util/log.ts";
import {
  type ChildPlan,
  type ChildrenWanted,
  planChildren,
  type WantedChild,
} from "./child_plan.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { createEntity, deleteEntity, listEntities, updateEntity } from "../grafolean/entities.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { WireEntity } from "../grafolean/wire.ts";

/** What {@linkcode ChildEntities} can be told. */
export interface ChildEntitiesOptions {
  /** Where it says, once per account, that the bot may not write entities. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /**
   * How old the list of an account's entities may be when it only serves to see that there is nothing to do, in
   * seconds. The list is the most expensive thing that Grafolean can be asked for.
   *
   * @default 300
   */
  readonly maxListAge?: number | undefined;
  /** How far apart the two looks at an entity are before it is written over, in seconds. @default 2 */
  readonly settleTime?: number | undefined;
  /** How long an account that has refused is left alone, in seconds. @default 900 */
  readonly forbiddenPause?: number | undefined;
  /** Whether nothing is written. @default false */
  readonly dryRun?: boolean | undefined;
  /** The current time in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** What was done. */
export interface ChildrenReport {
  /** How many children were made. */
  readonly created: number;
  /** How many got another name or other details. */
  readonly updated: number;
  /** How many were deleted. */
  readonly deleted: number;
  /** What was not done, and why; it is tried again the next time. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Whether the bot may not write the entities of this account. */
  readonly forbidden: boolean;
}

interface EntityList {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly entities: Map<number, WireEntity>;
}

// How old a list may be when children are only made or deleted on its word, which nobody but this bot does.
const RECENT_MS = 30_000;

const NOTHING: ChildrenReport = {
  created: 0,
  updated: 0,
  deleted: 0,
  skipped: [],
  forbidden: false,
};

/**
 * Creates, changes and deletes child entities until they are what is wanted.
 *
 * As long as nothing changes it reads one list per account and {@linkcode ChildEntitiesOptions.maxListAge}, however many
 * entities have children. Whatever it writes is decided on a list that was read just before, and an entity is written
 * over only after two looks at it have shown the same protocols, since Grafolean shows entities half-saved for a moment
 * and takes away the protocols that are not sent back.
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

  /** Makes a keeper of child entities; nothing is read yet. */
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
   * Brings the children of one entity in line with what is wanted.
   *
   * An account in which the bot may not write entities is no error: that is said once, and tried again after a while.
   *
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If a wanted child lacks the detail that tells it from the others.
   * @throws The reason of `signal` when that aborts.
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

    // A list that was read long ago says enough to do nothing, and too little to do something.
    const settledAt = before.endedAt + this.#settleMs;
    const updates = draft.update.length > 0;
    if (updates && this.#now() < settledAt) {
      await delay(settledAt - this.#now(), signal ? { signal } : {});
    }
    const notBefore = updates ? settledAt : this.#now() - Math.min(RECENT_MS, this.#maxListAgeMs);
    const list = await this.#list(accountId, notBefore, signal);
    const plan = planChildren(list.entities.values(), wanted);
    try {
      const report = await this.#carryOut(accountId, wanted, plan, before, list, signal);
      this.#forbiddenSince.delete(accountId);
      return report;
    } catch (error) {
      this.#lists.delete(accountId);
      if (!(error instanceof GrafoleanError && error.status === 403)) throw error;
      return this.#forbidden(accountId);
    }
  }

  async #carryOut(
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

    // Deleted first: where two children have swapped their keys, the names are free again.
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
          throw new TypeError("somebody is just changing it");
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
        `This bot may not keep the entities of account ${accountId}: grant it POST, PUT and DELETE on accounts/${accountId}/entities in Grafolean. Everything else goes on without`,
      );
    }
    this.#forbiddenSince.set(accountId, this.#now());
    return { ...NOTHING, forbidden: true };
  }

  // One at a time, so that those who want the same list at the same time read it once.
  #list(accountId: number, notBefore: number, signal?: AbortSignal): Promise<EntityList> {
    let turns = this.#turns.get(accountId);
    if (turns === undefined) this.#turns.set(accountId, turns = new Limiter(1));
    return turns.run(async () => {
      const known = this.#lists.get(accountId);
      if (known !== undefined && known.startedAt >= notBefore) return known;
      const startedAt = this.#now();
      const entities = await listEntities(this.#client, accountId, signal);
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

// A refusal of one child, such as a name that the backend does not take, is no reason to leave out the others. Missing
// permissions and failures concern them all.
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
