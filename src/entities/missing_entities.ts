import type { GrafoleanClient } from "../grafolean/client.ts";
import { createEntity, listEntities } from "../grafolean/entities.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { Logger } from "../util/log.ts";
import { keyOf, type WantedChild } from "./child_plan.ts";

/** Options for {@linkcode MissingEntities}. */
export interface MissingEntitiesOptions {
  /** Receives a warning, once per account, if the bot may not create entities. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /** How long to wait after an account has refused a request, in seconds. @default 900 */
  readonly forbiddenPause?: number | undefined;
  /** Whether to write nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** The current time in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** Things that a bot has found and that should exist as entities. */
export interface FoundEntities {
  /** The type of the entities, such as `"device"`. */
  readonly entityType: string;
  /** The name of the detail that identifies an entity, such as `"ipv4"`. */
  readonly key: string;
  /** The entities that were found. */
  readonly entities: readonly WantedChild[];
}

/** Which of the {@linkcode FoundEntities} were created. */
export interface FoundReport {
  /** The names of the created entities. */
  readonly created: readonly string[];
  /** Whether the bot is not allowed to create entities in this account. */
  readonly forbidden: boolean;
}

/**
 * Creates an entity for everything that was found and has none with the same key. Never updates or deletes entities, and
 * sets no protocol, which is up to people.
 */
export class MissingEntities {
  readonly #client: GrafoleanClient;
  readonly #log: Pick<Logger, "warn"> | undefined;
  readonly #forbiddenPauseMs: number;
  readonly #dryRun: boolean;
  readonly #now: () => number;
  readonly #forbiddenSince = new Map<number, number>();
  // One at a time, or two callers with the same list would both create what is missing.
  readonly #turn = new Limiter(1);

  /** Constructs a new instance; nothing is read yet. */
  constructor(client: GrafoleanClient, options: MissingEntitiesOptions = {}) {
    this.#client = client;
    this.#log = options.log;
    this.#forbiddenPauseMs = (options.forbiddenPause ?? 900) * 1000;
    this.#dryRun = options.dryRun ?? false;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Creates the missing entities of one account.
   *
   * If the bot may not read or create entities in the account, that is logged once and retried after a while.
   *
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If an entity lacks its key.
   * @throws The reason of `signal` if it aborts.
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
      const list = await listEntities(this.#client, accountId, signal);
      const known = new Set<string | undefined>();
      for (const { entity_type, details } of list.items) {
        if (entity_type === entityType) known.add(keyOf(details, key));
      }
      for (const { name, details } of entities) {
        const value = keyOf(details, key);
        if (value === undefined) {
          throw new TypeError(`Cannot create the entity "${name}" as it has no detail "${key}"`);
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
          `This bot may not create entities in account ${accountId}: grant it GET and POST on accounts/${accountId}/entities in Grafolean. Everything else keeps working`,
        );
      }
      this.#forbiddenSince.set(accountId, this.#now());
      return { created, forbidden: true };
    }
  }
}
