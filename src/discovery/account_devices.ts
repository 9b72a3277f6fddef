import type { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { listEntities } from "../grafolean/routes.ts";
import type { WireAccount, WireEntity, WireList } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { type AccountLists, readAccountLists, refusedItems } from "./account_lists.ts";
import type { EntityInfo } from "./entity_info.ts";
import {
  type Confirmation,
  confirmRemovals,
  type Snapshot,
  type SnapshotEntry,
} from "./half_saved.ts";
import { labelOf, type ResolveContext, resolveEntity } from "./resolve_entity.ts";

/** Options for {@linkcode AccountDevices}. */
export interface AccountDevicesOptions {
  /** The client. */
  readonly client: GrafoleanClient;
  /** Receives which devices are left out and why. */
  readonly log: Logger;
  /** Receives what is wrong with the account and its devices. */
  readonly problems: ProblemLog;
  /** Waits a number of milliseconds. */
  readonly delay: typeof delay;
}

/** The devices of one account for one protocol, as of the last successful read. */
export class AccountDevices {
  readonly #client: GrafoleanClient;
  readonly #log: Logger;
  readonly #delay: typeof delay;
  readonly #protocol: string;
  readonly #problems: ProblemLog;
  #last: ReadonlyMap<number, EntityInfo> | undefined;
  #failure: string | undefined;

  /** Constructs a new instance without devices. */
  constructor(protocol: string, { client, log, problems, delay }: AccountDevicesOptions) {
    this.#protocol = protocol;
    this.#client = client;
    this.#log = log;
    this.#delay = delay;
    this.#problems = problems;
  }

  /** The devices as of the last successful read. */
  get last(): readonly EntityInfo[] {
    return [...this.#last?.values() ?? []];
  }

  /**
   * Reads the account again.
   *
   * @returns The devices that the bot should poll; the last known ones if the account cannot be read.
   * @throws {GrafoleanError} If the token is refused, which affects all accounts.
   * @throws The reason of `signal` if it aborts.
   */
  async refresh(
    account: WireAccount,
    userId: number,
    signal: AbortSignal,
  ): Promise<readonly EntityInfo[]> {
    try {
      const lists = await readAccountLists(this.#client, account.id, signal);
      const context: ResolveContext = {
        accountId: account.id,
        protocol: this.#protocol,
        userId,
        credentials: byId(lists.credentials.items),
        sensors: byId(lists.sensors.items),
      };
      const snapshot = snapshotOf(lists.entities, context);
      const confirmations = await confirmRemovals(
        snapshot,
        this.#last,
        this.#protocol,
        (afterMs) => this.#takeSnapshot(afterMs, context, signal),
      );
      this.#last = this.#devices(lists, snapshot, confirmations, account.id);
      this.#succeeded(account);
    } catch (error) {
      if (!concernsAccount(error)) throw error;
      this.#failed(account, error);
    }
    return this.last;
  }

  async #takeSnapshot(
    afterMs: number,
    context: ResolveContext,
    signal: AbortSignal,
  ): Promise<Snapshot | undefined> {
    await this.#delay(afterMs, { signal });
    try {
      return snapshotOf(await listEntities(this.#client, context.accountId, signal), context);
    } catch (error) {
      if (!concernsAccount(error)) throw error;
      this.#log.debug(
        `Keeping the devices of account ${context.accountId} that look half-saved: ${error.message}`,
      );
      return undefined;
    }
  }

  #devices(
    lists: AccountLists,
    snapshot: Snapshot,
    confirmations: ReadonlyMap<number, Confirmation>,
    accountId: number,
  ): Map<number, EntityInfo> {
    const infos = new Map<number, EntityInfo>();
    const problems = refusedItems(accountId, lists);
    for (const [id, entry] of snapshot.entries) {
      const confirmation = confirmations.get(id) ?? entry;
      if (confirmation === "gone") continue;
      if (confirmation === "unchanged") {
        const before = this.#last?.get(id);
        if (before !== undefined) infos.set(id, before);
        this.#log.debug(
          `Keeping ${labelOf(entry.entity, accountId)} unchanged: it looks half-saved`,
        );
        continue;
      }
      const { entity, resolution } = confirmation;
      problems.push(...resolution.problems);
      if (resolution.info !== undefined) infos.set(id, resolution.info);
      else this.#log.debug(`Left out ${labelOf(entity, accountId)}: ${resolution.leftOut}`);
    }
    for (const [id, before] of this.#last ?? []) {
      if (!snapshot.entries.has(id) && snapshot.isUnreadable(id)) infos.set(id, before);
    }
    this.#problems.report(`account ${accountId}`, problems);
    return infos;
  }

  #succeeded(account: WireAccount): void {
    if (this.#failure !== undefined) {
      this.#log.info(`Account ${nameOf(account)} can be read again`);
      this.#failure = undefined;
    }
  }

  #failed(account: WireAccount, error: GrafoleanError): void {
    const kept = this.#last === undefined
      ? "leaving it out"
      : `keeping its ${deviceCount(this.#last.size)} for ${this.#protocol}`;
    const message = `Cannot read account ${nameOf(account)}, ${kept}: ${error.message}`;
    if (error.message === this.#failure) this.#log.debug(message);
    else this.#log.warn(message);
    this.#failure = error.message;
  }
}

/** A number of devices in words. */
export function deviceCount(count: number): string {
  return count === 1 ? "1 device" : `${count} devices`;
}

function snapshotOf({ items, refused }: WireList<WireEntity>, context: ResolveContext): Snapshot {
  const entries = new Map<number, SnapshotEntry>();
  for (const entity of items) {
    entries.set(entity.id, { entity, resolution: resolveEntity(entity, context) });
  }
  const ids = new Set(refused.map(({ id }) => id));
  // An entity without a readable id may be any of the missing ones.
  return { entries, isUnreadable: (id) => ids.has(id) || ids.has(undefined) };
}

function byId<T extends { readonly id: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function nameOf({ id, name }: WireAccount): string {
  return `${id} (${JSON.stringify(name)})`;
}

// A refused token is refused everywhere. Anything but a GrafoleanError is an abort or a bug.
function concernsAccount(error: unknown): error is GrafoleanError {
  return error instanceof GrafoleanError && error.status !== 401;
}
