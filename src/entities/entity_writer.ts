import type { GrafoleanClient } from "../grafolean/client.ts";
import { createEntity, deleteEntity, listEntities, updateEntity } from "../grafolean/routes.ts";
import type { WireEntity } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { accountScope } from "../util/problem_scope.ts";
import type { SkippedEntity, WantedEntity } from "./wanted_entity.ts";

// How old a list may be to create or delete what hardly anybody else writes.
const RECENT_MS = 30_000;

// Until somebody grants the permission, every attempt fails.
const FORBIDDEN_PAUSE_MS = 15 * 60_000;

/** The entities of an account. The times are milliseconds on the monotonic clock. */
interface EntityList {
  /** When they were requested. */
  readonly startedAt: number;
  /** When they were received. */
  readonly endedAt: number;
  /** The entities by id, with what was written since. */
  readonly entities: Map<number, WireEntity>;
}

interface Account {
  readonly id: number;
  readonly turn: Limiter;
  list: EntityList | undefined;
  forbiddenUntil: number;
}

/**
 * Reads and writes the entities of accounts. The operations on an account share one list and run one at a time, so that
 * two of them do not create the same entity.
 */
export class EntityWriter {
  /** Whether nothing may be written. */
  readonly dryRun: boolean;
  readonly #client: GrafoleanClient;
  readonly #problems: ProblemLog;
  readonly #accounts = new Map<number, Account>();

  /** Constructs a new instance; nothing is read yet. */
  constructor(client: GrafoleanClient, problems: ProblemLog, dryRun = false) {
    this.#client = client;
    this.#problems = problems;
    this.dryRun = dryRun;
  }

  /**
   * Runs an operation on the entities of an account.
   *
   * @param methods The HTTP methods that it needs, such as `"GET and POST"`.
   * @returns What `work` returns, or `undefined` if Grafolean refuses it with 403. That is reported, and no operation runs
   * in this account for 15 minutes.
   * @throws What `work` throws, and the reason of `signal` if it aborts.
   */
  run<T>(
    accountId: number,
    methods: string,
    work: (operation: EntityOperation) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    let account = this.#accounts.get(accountId);
    if (account === undefined) {
      account = { id: accountId, turn: new Limiter(1), list: undefined, forbiddenUntil: -Infinity };
      this.#accounts.set(accountId, account);
    }
    const { turn } = account;
    const operation = new EntityOperation(this.#client, account, signal);
    return turn.run(async () => {
      if (performance.now() < account.forbiddenUntil) return undefined;
      const scope = accountScope(accountId);
      try {
        const result = await work(operation);
        if (operation.hasWritten) this.#problems.clear("entities", { scope });
        return result;
      } catch (error) {
        if (!(error instanceof GrafoleanError && error.status === 403)) throw error;
        account.forbiddenUntil = performance.now() + FORBIDDEN_PAUSE_MS;
        this.#problems.raise(
          "entities",
          `This bot may not write the entities of account ${accountId}: grant it ${methods} on ` +
            `accounts/${accountId}/entities in Grafolean. Everything else keeps working`,
          { scope, kind: "missing permissions" },
        );
        return undefined;
      }
    }, signal);
  }
}

/** One operation on the entities of an account. What Grafolean refuses to write is skipped. */
export class EntityOperation {
  /** The names of the entities that were created. */
  readonly created: string[] = [];
  /** The names of the entities that were updated. */
  readonly updated: string[] = [];
  /** The names of the entities that were deleted. */
  readonly deleted: string[] = [];
  /** The entities that were not written. */
  readonly skipped: SkippedEntity[] = [];
  readonly #client: GrafoleanClient;
  readonly #account: Account;
  readonly #signal: AbortSignal | undefined;

  /** Constructs a new instance. */
  constructor(client: GrafoleanClient, account: Account, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#account = account;
    this.#signal = signal;
  }

  /** Whether anything was written. */
  get hasWritten(): boolean {
    return this.created.length + this.updated.length + this.deleted.length > 0;
  }

  /** Returns the entities as they were at most so many milliseconds ago; by default, recently enough to write. */
  async list(maxAgeMs = RECENT_MS): Promise<EntityList> {
    const account = this.#account;
    const startedAt = performance.now();
    if (account.list !== undefined && account.list.startedAt >= startedAt - maxAgeMs) {
      return account.list;
    }
    const { items } = await listEntities(this.#client, account.id, this.#signal);
    const entities = new Map(items.map((entity) => [entity.id, entity]));
    return account.list = { startedAt, endedAt: performance.now(), entities };
  }

  /** Creates an entity without protocols, as a part of `parent` unless that is `null`. */
  async create(wanted: WantedEntity, entityType: string, parent: number | null): Promise<void> {
    const { name, details } = wanted;
    await this.#write(name, this.created, async () => {
      const data = { name, details, entityType };
      const id = await createEntity(this.#client, this.#account.id, data, parent, this.#signal);
      return { id, name, details, entity_type: entityType, parent, protocols: {} };
    });
  }

  /** Replaces the name and the details of an entity. */
  async update(entity: WireEntity, { name, details }: WantedEntity): Promise<void> {
    await this.#write(name, this.updated, async () => {
      const data = { name, details, entityType: entity.entity_type };
      await updateEntity(this.#client, this.#account.id, entity, data, this.#signal);
      return { ...entity, name, details };
    });
  }

  /** Deletes an entity. */
  async delete({ id, name }: WireEntity): Promise<void> {
    await this.#write(name, this.deleted, async () => {
      await deleteEntity(this.#client, this.#account.id, id, this.#signal);
      this.#account.list?.entities.delete(id);
    });
  }

  async #write(
    name: string,
    done: string[],
    send: () => Promise<WireEntity | void>,
  ): Promise<void> {
    const account = this.#account;
    try {
      const entity = await send();
      if (entity) account.list?.entities.set(entity.id, entity);
      done.push(name);
    } catch (error) {
      // It may have been written.
      account.list = undefined;
      const reason = refusal(error);
      if (reason === undefined) throw error;
      this.skipped.push({ name, reason });
    }
  }
}

// The refusal of one entity, such as for its name, does not affect the others. Missing permissions and failures do.
function refusal(error: unknown): string | undefined {
  if (error instanceof TypeError) return error.message;
  const isRefused = error instanceof GrafoleanError &&
    (error.status === 400 || error.status === 404);
  return isRefused ? error.message : undefined;
}
