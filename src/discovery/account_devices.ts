import type { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { listEntities } from "../grafolean/routes.ts";
import { labelOf, type WireAccount, type WireEntity, type WireList } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { EntityInfo } from "./entity_info.ts";
import {
  type Confirmation,
  confirmFirst,
  confirmRemovals,
  isUnreadable,
  possiblyHalfSaved,
  type Snapshot,
} from "./half_saved.ts";
import { NO_REFERENCES, readReferences, refusedItems } from "./read_references.ts";
import {
  hasReferences,
  type LeftOut,
  type References,
  type ResolveContext,
  resolveEntity,
} from "./resolve_entity.ts";

/** Options for {@linkcode AccountDevices}. */
export interface AccountDevicesOptions {
  /** The client. */
  readonly client: GrafoleanClient;
  /** Receives which devices look half-saved. */
  readonly log: Logger;
  /** Receives why the account cannot be read. */
  readonly problems: ProblemLog;
  /** Waits a number of milliseconds. */
  readonly delay: typeof delay;
}

/** An entity that is left out. */
export interface LeftOutEntity extends LeftOut {
  /** Names the entity. */
  readonly label: string;
}

/** The first snapshot of an account, before the entities that may be half-saved are confirmed. */
interface FirstSnapshot {
  readonly context: ResolveContext;
  readonly snapshot: Snapshot;
  readonly references: References;
  /** The ids of the entities that may be half-saved. */
  readonly unconfirmed: ReadonlySet<number>;
}

/** The devices of one account for one protocol, as of the last successful read. */
export class AccountDevices {
  readonly #options: AccountDevicesOptions;
  readonly #protocol: string;
  #devices: ReadonlyMap<number, EntityInfo>;
  #leftOut: readonly LeftOutEntity[] = [];
  #problems: readonly string[] = [];
  /** Whether a snapshot was used completely, so that a device that loses something is noticed. */
  #isKnown = false;
  #first: FirstSnapshot | undefined;

  /**
   * Constructs a new instance.
   *
   * @param known The devices that are used until the account can be read.
   */
  constructor(protocol: string, options: AccountDevicesOptions, known: readonly EntityInfo[] = []) {
    this.#protocol = protocol;
    this.#options = options;
    this.#devices = new Map(known.map((info) => [info.entityId, info]));
  }

  /** The devices. */
  get devices(): readonly EntityInfo[] {
    return [...this.#devices.values()];
  }

  /** The entities that are left out. */
  get leftOut(): readonly LeftOutEntity[] {
    return this.#leftOut;
  }

  /** What is wrong with the devices and what they refer to, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Whether {@linkcode confirm} has to be called, as the first snapshot has entities that may be half-saved. */
  get isUnconfirmed(): boolean {
    return this.#first !== undefined;
  }

  /**
   * Reads the account again.
   *
   * @returns The devices that the bot should poll, without those that have to be confirmed; if the account cannot be read,
   * those from before.
   * @throws {GrafoleanError} If the token is refused, which affects all accounts.
   * @throws The reason of `signal` if it aborts.
   */
  async refresh(
    account: WireAccount,
    userId: number,
    signal: AbortSignal,
  ): Promise<readonly EntityInfo[]> {
    const { problems } = this.#options;
    const key = `read the devices for ${this.#protocol}`;
    const scope = scopeOf(account.id);
    this.#first = undefined;
    try {
      await this.#read({ accountId: account.id, protocol: this.#protocol, userId }, signal);
      problems.clear(key, { scope });
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      const kept = this.#devices.size === 0
        ? "leaving it out"
        : `keeping its ${deviceCount(this.#devices.size)} for ${this.#protocol}`;
      problems.raise(
        key,
        `Cannot read account ${labelOf(account)}, ${kept}: ${error.message}`,
        { scope, kind: "unreadable accounts" },
      );
    }
    return this.devices.filter(({ entityId }) => !this.#first?.unconfirmed.has(entityId));
  }

  /**
   * Confirms the entities of the first snapshot that may be half-saved, by another snapshot some time later.
   *
   * @returns Those devices among them that the bot should poll.
   * @throws Like {@linkcode refresh}.
   */
  async confirm(signal: AbortSignal): Promise<readonly EntityInfo[]> {
    if (this.#first === undefined) return [];
    const { context, snapshot, references, unconfirmed } = this.#first;
    try {
      const { client } = this.#options;
      const entities = await listEntities(client, context.accountId, signal);
      const isComplete = !entities.items.some((entity) =>
        unconfirmed.has(entity.id) && hasReferences(entity, context)
      );
      const current = isComplete
        ? references
        : await readReferences(client, context.accountId, signal);
      const second = snapshotOf(entities, context, current);
      this.#use(context, current, snapshot, confirmFirst(unconfirmed, second));
      this.#isKnown = true;
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      this.#options.log.debug(
        `Cannot confirm the devices of account ${context.accountId} that may be half-saved: ${error.message}`,
      );
    }
    this.#first = undefined;
    return this.devices.filter(({ entityId }) => unconfirmed.has(entityId));
  }

  async #read(context: ResolveContext, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const entities = await listEntities(client, context.accountId, signal);
    // Known devices that have lost something may get it back while that is confirmed.
    const isNeeded = this.#devices.size > 0 ||
      entities.items.some((entity) => hasReferences(entity, context));
    const references = isNeeded
      ? await readReferences(client, context.accountId, signal)
      : NO_REFERENCES;
    const snapshot = snapshotOf(entities, context, references);
    if (this.#isKnown) {
      const takeSnapshot = (afterMs: number) =>
        this.#takeSnapshot(afterMs, context, references, signal);
      const confirmations = await confirmRemovals(
        snapshot,
        this.#devices,
        this.#protocol,
        takeSnapshot,
      );
      this.#use(context, references, snapshot, confirmations);
      return;
    }
    const unconfirmed = possiblyHalfSaved(snapshot);
    this.#use(
      context,
      references,
      snapshot,
      new Map(Array.from(unconfirmed, (id) => [id, "unchanged"])),
    );
    if (unconfirmed.size > 0) this.#first = { context, snapshot, references, unconfirmed };
    else this.#isKnown = true;
  }

  async #takeSnapshot(
    afterMs: number,
    context: ResolveContext,
    references: References,
    signal: AbortSignal,
  ): Promise<Snapshot | undefined> {
    const { client, delay, log } = this.#options;
    await delay(afterMs, { signal });
    try {
      return snapshotOf(
        await listEntities(client, context.accountId, signal),
        context,
        references,
      );
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      log.debug(
        `Keeping the devices of account ${context.accountId} that look half-saved: ${error.message}`,
      );
      return undefined;
    }
  }

  /** Replaces the devices by those of a snapshot, apart from the entities for which `confirmations` has something else. */
  #use(
    { accountId }: ResolveContext,
    references: References,
    snapshot: Snapshot,
    confirmations: ReadonlyMap<number, Confirmation>,
  ): void {
    const devices = new Map<number, EntityInfo>();
    const leftOut: LeftOutEntity[] = [];
    const problems = [...refusedItems(accountId, "entities", snapshot), ...references.refused];
    for (const [id, entry] of snapshot.entries) {
      const confirmation = confirmations.get(id) ?? entry;
      if (confirmation === "gone") continue;
      if (confirmation === "unchanged") {
        const before = this.#devices.get(id);
        if (before === undefined) continue;
        devices.set(id, before);
        this.#options.log.debug(
          `Keeping ${labelOf(entry.entity, accountId)} unchanged: it looks half-saved`,
        );
        continue;
      }
      const { entity, resolution } = confirmation;
      problems.push(...resolution.problems);
      if (resolution.info !== undefined) devices.set(id, resolution.info);
      else if (resolution.leftOut !== undefined) {
        leftOut.push({ label: labelOf(entity, accountId), ...resolution.leftOut });
      }
    }
    for (const [id, before] of this.#devices) {
      if (!snapshot.entries.has(id) && isUnreadable(snapshot, id)) devices.set(id, before);
    }
    for (const { id } of snapshot.refused) {
      if (id !== undefined && devices.has(id)) continue;
      leftOut.push({
        label: id === undefined
          ? `an entity of account ${accountId}`
          : labelOf({ id, name: "" }, accountId),
        reason: "unreadable",
        detail: "it cannot be read",
      });
    }
    this.#devices = devices;
    this.#leftOut = leftOut;
    this.#problems = problems;
  }
}

/** Identifies an account in the {@linkcode ProblemLog}. */
export function scopeOf(accountId: number): string {
  return `account ${accountId}`;
}

/** A number of devices in words. */
export function deviceCount(count: number): string {
  return count === 1 ? "1 device" : `${count} devices`;
}

function snapshotOf(
  { items, refused }: WireList<WireEntity>,
  context: ResolveContext,
  references: References,
): Snapshot {
  const entries = new Map(items.map((entity) => [
    entity.id,
    { entity, resolution: resolveEntity(entity, context, references) },
  ]));
  return { entries, refused };
}

/** Whether a read failed in a way that may pass, or that does not concern everything. */
export function isReadFailure(error: unknown): error is GrafoleanError {
  // A refused token is refused everywhere. Anything but a GrafoleanError is an abort or a bug.
  return error instanceof GrafoleanError && error.status !== 401;
}
