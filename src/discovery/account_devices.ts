import type { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { labelOf, type WireAccount } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import { counted } from "../util/format_count.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { accountScope } from "../util/problem_scope.ts";
import { inTurns } from "../util/turns.ts";
import type { EntityInfo } from "./entity_info.ts";
import {
  type Confirmation,
  confirmRemovals,
  isUnreadable,
  possiblyHalfSaved,
  type Snapshot,
} from "./half_saved.ts";
import { type ReadReferences, refusedItems } from "./read_references.ts";
import type { Decision, ResolveContext } from "./resolve_entity.ts";
import { SnapshotReader } from "./snapshot_reader.ts";

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

// Why an entity looks half-saved.
const SAVING = "Grafolean is saving it";

/** What the first snapshot of an account has shown. */
interface FirstSnapshot {
  /** The ids of the entities that may be half-saved. */
  readonly unconfirmed: ReadonlySet<number>;
  readonly references: ReadReferences;
}

/** The devices of an account after a refresh. */
export interface RefreshedDevices {
  /** Those that the bot should poll. */
  readonly devices: readonly EntityInfo[];
  /**
   * Reads the account once more, some time after its first snapshot. What that shows of the entities that may have been
   * half-saved counts. Absent if there are none.
   *
   * @returns The devices that are not among the others.
   * @throws Like {@linkcode AccountDevices.refresh}.
   */
  readonly confirm?: (signal: AbortSignal) => Promise<readonly EntityInfo[]>;
}

/** The devices of one account for one protocol, as of the last successful read. */
export class AccountDevices {
  readonly #options: AccountDevicesOptions;
  readonly #protocol: string;
  readonly #snapshots: SnapshotReader;
  /** About the entities that could be read, by id. As long as an entity does not change, its decision is the same object. */
  #decisions: ReadonlyMap<number, Decision>;
  /** About those that could not. */
  #unreadable: readonly Decision[] = [];
  #failure: string | undefined;
  #problems: readonly string[] = [];
  /** Whether a snapshot was used completely, so that a device that loses something is noticed. */
  #isKnown = false;

  /**
   * Constructs a new instance.
   *
   * @param known The devices that are used until the account can be read.
   */
  constructor(protocol: string, options: AccountDevicesOptions, known: readonly EntityInfo[] = []) {
    this.#protocol = protocol;
    this.#options = options;
    this.#snapshots = new SnapshotReader(options.client);
    this.#decisions = new Map(known.map((info) => [info.entityId, keep(info)]));
  }

  /** The devices. */
  get devices(): readonly EntityInfo[] {
    return [...this.#decisions.values()].flatMap(({ info }) => info ?? []);
  }

  /** All entities, as of the last successful read; before that, the known devices. */
  get decisions(): readonly Decision[] {
    return [...this.#decisions.values(), ...this.#unreadable];
  }

  /** Why the account could not be read the last time; `undefined` if it could. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** What is wrong with the devices and what they refer to, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /**
   * Reads the account again. If it cannot be read, its devices stay as they were.
   *
   * @throws {GrafoleanError} If the token is refused, which affects all accounts.
   * @throws The reason of `signal` if it aborts.
   */
  async refresh(
    account: WireAccount,
    userId: number,
    signal: AbortSignal,
  ): Promise<RefreshedDevices> {
    const first = await this.#read(account, userId, undefined, signal);
    if (first === undefined) return { devices: this.devices };
    const devices = this.devices.filter(({ entityId }) => !first.unconfirmed.has(entityId));
    const ids = new Set(devices.map(({ entityId }) => entityId));
    return {
      devices,
      confirm: async (signal) => {
        await this.#read(account, userId, first, signal);
        return this.devices.filter(({ entityId }) => !ids.has(entityId));
      },
    };
  }

  /** Returns what has to be confirmed. */
  async #read(
    account: WireAccount,
    userId: number,
    first: FirstSnapshot | undefined,
    signal: AbortSignal,
  ): Promise<FirstSnapshot | undefined> {
    const { problems } = this.#options;
    const key = `read the devices for ${this.#protocol}`;
    const scope = accountScope(account.id);
    const context = { accountId: account.id, protocol: this.#protocol, userId };
    try {
      const unconfirmed = await this.#update(context, first, signal);
      problems.clear(key, { scope });
      this.#failure = undefined;
      return unconfirmed;
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      this.#failure = error.message;
      const { length } = this.devices;
      const kept = length === 0
        ? "leaving it out"
        : `keeping its ${counted(length, "device")} for ${this.#protocol}`;
      problems.raise(
        key,
        `Cannot read account ${labelOf(account)}, ${kept}: ${error.message}`,
        { scope, kind: "unreadable accounts" },
      );
      return undefined;
    }
  }

  async #update(
    context: ResolveContext,
    first: FirstSnapshot | undefined,
    signal: AbortSignal,
  ): Promise<FirstSnapshot | undefined> {
    const known = first?.references;
    const snapshot = await this.#snapshots.read(context, this.#decisions, known, signal);
    const { references } = snapshot;
    if (!this.#isKnown && first === undefined) {
      const unconfirmed = await possiblyHalfSaved(snapshot, signal);
      const unchanged = new Map(Array.from(unconfirmed, (id) => [id, "unchanged"] as const));
      await this.#use(context, snapshot, unchanged, signal);
      if (unconfirmed.size > 0) return { unconfirmed, references };
    } else {
      const confirmations = await confirmRemovals(snapshot, {
        last: this.#decisions,
        confirmed: first?.unconfirmed,
        protocol: this.#protocol,
        takeSnapshot: (afterMs) => this.#takeSnapshot(afterMs, context, references, signal),
        signal,
      });
      await this.#use(context, snapshot, confirmations, signal);
    }
    this.#isKnown = true;
    return undefined;
  }

  async #takeSnapshot(
    afterMs: number,
    context: ResolveContext,
    known: ReadReferences,
    signal: AbortSignal,
  ): Promise<Snapshot | undefined> {
    const { delay, log } = this.#options;
    await delay(afterMs, { signal });
    try {
      return await this.#snapshots.read(context, this.#decisions, known, signal);
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      log.debug(
        `Keeping the devices of account ${context.accountId} that look half-saved: ${error.message}`,
      );
      return undefined;
    }
  }

  /** Replaces the devices by those of a snapshot, apart from the entities for which `confirmations` has something else. */
  async #use(
    { accountId }: ResolveContext,
    snapshot: Snapshot,
    confirmations: ReadonlyMap<number, Confirmation>,
    signal: AbortSignal,
  ): Promise<void> {
    const decisions = new Map<number, Decision>();
    const unreadable: Decision[] = [];
    const problems = [
      ...refusedItems(accountId, "entities", snapshot.list),
      ...snapshot.references.refused,
    ];
    await inTurns(snapshot.entries, ([id, entry]) => {
      const confirmation = confirmations.get(id) ?? entry;
      if (confirmation === "gone") return;
      if (confirmation !== "unchanged") {
        problems.push(...confirmation.problems);
        decisions.set(id, confirmation);
        return;
      }
      const { entity } = entry;
      const info = this.#decisions.get(id)?.info;
      if (info === undefined) {
        const leftOut = { reason: "half-saved", detail: SAVING } as const;
        decisions.set(id, { id, name: entity.name, leftOut, problems: [] });
        return;
      }
      decisions.set(id, keep(info, `${SAVING}; it is kept as it was`));
      this.#options.log.debug(
        `Keeping ${labelOf(entity, accountId)} unchanged: it looks half-saved`,
      );
    }, signal);
    const { list: { refused }, entries } = snapshot;
    await inTurns(refused.length > 0 ? this.#decisions : [], ([id, { info }]) => {
      if (info === undefined || entries.has(id) || !isUnreadable(snapshot, id)) return;
      decisions.set(id, keep(info, "it cannot be read, and is kept as it was"));
    }, signal);
    await inTurns(refused, ({ id, problem }) => {
      if (id !== undefined && decisions.get(id)?.info !== undefined) return;
      const leftOut = { reason: "unreadable", detail: "it cannot be read" } as const;
      unreadable.push({ id, name: "", leftOut, problems: [problem] });
    }, signal);
    this.#decisions = decisions;
    this.#unreadable = unreadable;
    this.#problems = problems;
  }
}

/** The decision to poll a known device as it was. */
function keep(info: EntityInfo, ...notes: string[]): Decision {
  return { id: info.entityId, name: info.name, info, problems: [], notes };
}

/** Whether a read failed for a reason that may pass, or that concerns one account only. */
export function isReadFailure(error: unknown): error is GrafoleanError {
  // A refused token is refused everywhere. Anything but a GrafoleanError is an abort or a bug.
  return error instanceof GrafoleanError && error.status !== 401;
}
