import type { Logger } from "../util/log.ts";
import { keyOf, type WantedChild } from "./child_plan.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { createEntity, listEntities } from "../grafolean/entities.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";

/** What {@linkcode MissingEntities} can be told. */
export interface MissingEntitiesOptions {
  /** Where it says, once per account, that the bot may not make entities. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /** How long an account that has refused is left alone, in seconds. @default 900 */
  readonly forbiddenPause?: number | undefined;
  /** Whether nothing is written. @default false */
  readonly dryRun?: boolean | undefined;
  /** The current time in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** What a bot has found, and what should be an entity. */
export interface FoundEntities {
  /** The type of the entities, such as `"device"`. */
  readonly entityType: string;
  /** The detail that tells one from the other, such as `"ipv4"`. */
  readonly key: string;
  /** What was found. */
  readonly entities: readonly WantedChild[];
}

/** What was done. */
export interface FoundReport {
  /** The names of those that are entities now and were not before. */
  readonly created: readonly string[];
  /** Whether the bot may not make entities in this account. */
  readonly forbidden: boolean;
}

/**
 * Creates entities for what is found, where there is none with the same detail. It never changes or deletes one, and
 * gives them no protocol: what is done with them is for people to decide.
 */
export class MissingEntities {
  readonly #client: GrafoleanClient;
  readonly #log: Pick<Logger, "warn"> | undefined;
  readonly #forbiddenPauseMs: number;
  readonly #dryRun: boolean;
  readonly #now: () => number;
  readonly #forbiddenSince = new Map<number, number>();
  // One at a time: two that look at the same list would both create what is missing.
  readonly #turn = new Limiter(1);

  /** Makes one; nothing is read yet. */
  constructor(client: GrafoleanClient, options: MissingEntitiesOptions = {}) {
    this.#client = client;
    this.#log = options.log;
    this.#forbiddenPauseMs = (options.forbiddenPause ?? 900) * 1000;
    this.#dryRun = options.dryRun ?? false;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Creates what is missing in one account.
   *
   * An account in which the bot may not read or create entities is no error: that is said once, and tried again after a
   * while.
   *
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If something found lacks the detail that tells it from the others.
   * @throws The reason of `signal` when that aborts.
   */
  add(accountId: number, found: FoundEntities, signal?: AbortSignal): Promise<FoundReport> {
    return this.#turn.run(() => this.#add(accountId, found, signal), signal);
  }

  async #add(
    accountId: number,
    { entityType, key, entities }: FoundEntities,
    signal?: AbortSignal,
  ): Promise<FoundReport> {
    const since = this.#forbiddenSince.get(accountId);
    if (since !== undefined && this.#now() - since < this.#forbiddenPauseMs) {
      return { created: [], forbidden: true };
    }
    const created: string[] = [];
    if (entities.length === 0) return { created, forbidden: false };
    try {
      const known = new Set<string | undefined>();
      for (const { entity_type, details } of await listEntities(this.#client, accountId, signal)) {
        if (entity_type === entityType) known.add(keyOf(details, key));
      }
      for (const { name, details } of entities) {
        const value = keyOf(details, key);
        if (value === undefined) {
          throw new TypeError(`Cannot make "${name}" an entity as it has no detail "${key}"`);
        }
        if (known.has(value)) continue;
        known.add(value);
        if (this.#dryRun) continue;
        await createEntity(this.#client, accountId, { name, entityType, details }, null, signal);
        created.push(name);
      }
      this.#forbiddenSince.delete(accountId);
      return { created, forbidden: false };
    } catch (error) {
      if (!(error instanceof GrafoleanError && error.status === 403)) throw error;
      if (since === undefined) {
        this.#log?.warn(
          `This bot may not make entities of what it has found in account ${accountId}: grant it GET and POST on accounts/${accountId}/entities in Grafolean. Everything else goes on without`,
        );
      }
      this.#forbiddenSince.set(accountId, this.#now());
      return { created, forbidden: true };
    }
  }
}
