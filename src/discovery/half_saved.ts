// Tells a device that has lost something from one that Grafolean is saving right now.
//
// Grafolean saves an entity by deleting its protocols and inserting them again. For some milliseconds in between, a
// reader sees the device half-saved: without its protocol, with fewer sensors, or without its bot.

import type { LongList } from "../grafolean/long_list.ts";
import type { WireEntity } from "../grafolean/wire.ts";
import { inTurns } from "../util/turns.ts";
import type { ReadReferences } from "./read_references.ts";
import type { Decision, Resolution } from "./resolve_entity.ts";

/** One reading of the list of entities. */
export interface Snapshot {
  /** The id of the bot for which it was read. */
  readonly userId: number;
  /** The list. */
  readonly list: LongList<WireEntity>;
  /** The readable entities by id. */
  readonly entries: ReadonlyMap<number, Resolution>;
  /** The ids of the unreadable ones; `undefined` stands for an id that cannot be read. */
  readonly unreadable: ReadonlySet<number | undefined>;
  /** What the entities refer to, as far as it was read. */
  readonly references: ReadReferences;
}

/** What to use for an entity that looked half-saved: a later entry, nothing, or the last known device. */
export type Confirmation = Resolution | "gone" | "unchanged";

// The waits before further snapshots, in milliseconds.
const DELAYS_MS = [2000, 500, 500];

// Two equal snapshots in a row would do for a person on the web page, but not for a program that keeps saving devices.
const EQUAL_SNAPSHOTS = 3;

/** Whether the entity is, or may be, in the list in an unreadable form. */
export function isUnreadable({ unreadable }: Snapshot, entityId: number): boolean {
  // One without a readable id may be any of the missing ones.
  return unreadable.has(entityId) || unreadable.has(undefined);
}

/**
 * Returns the entities of a very first snapshot that may be half-saved, as far as that shows without an earlier one. Most
 * of them never had the protocol, so all they are worth is one more snapshot. Those that have only other protocols are
 * not even worth that in an account where no device has this one.
 */
export async function possiblyHalfSaved(
  { entries }: Snapshot,
  signal: AbortSignal,
): Promise<Set<number>> {
  const found = new Set<number>();
  const isInUse = [...entries.values()].some(({ info }) => info !== undefined);
  await inTurns(entries, ([id, { entity, unassigned, leftOut }]) => {
    const isOff = leftOut?.reason === "protocol off" &&
      (isInUse || Object.keys(entity.protocols).length === 0);
    if (unassigned || leftOut?.reason === "without sensor" || isOff) found.add(id);
  }, signal);
  return found;
}

/** What {@linkcode confirmRemovals} needs. */
interface ConfirmOptions {
  /** The last decisions by id. */
  readonly last: ReadonlyMap<number, Decision>;
  /** The ids of the entities that count as they are, as they have been read before. @default none */
  readonly confirmed?: ReadonlySet<number> | undefined;
  /** The protocol of the bot. */
  readonly protocol: string;
  /** Takes another snapshot after a number of milliseconds; `undefined` if that fails. */
  readonly takeSnapshot: (afterMs: number) => Promise<Snapshot | undefined>;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/**
 * Takes further snapshots until the entities that look half-saved have settled.
 *
 * @returns What to use for each entity that looked half-saved. One that does not settle stays unchanged for now.
 */
export async function confirmRemovals(
  first: Snapshot,
  { last, confirmed, protocol, takeSnapshot, signal }: ConfirmOptions,
): Promise<Map<number, Confirmation>> {
  const confirmations = new Map<number, Confirmation>();
  const unsettled = new Map<number, StateHistory>();
  await inTurns(first.entries, ([id, entry]) => {
    if (confirmed?.has(id) || !looksHalfSaved(entry, last)) return;
    confirmations.set(id, "unchanged");
    unsettled.set(id, new StateHistory(stateOf(entry, protocol)));
  }, signal);
  for (const afterMs of DELAYS_MS) {
    if (unsettled.size === 0) break;
    const snapshot = await takeSnapshot(afterMs);
    if (snapshot === undefined) break;
    await inTurns(unsettled, ([id, history]) => {
      const entry = snapshot.entries.get(id);
      if (entry === undefined) {
        if (!isUnreadable(snapshot, id)) confirmations.set(id, "gone");
        unsettled.delete(id);
        return;
      }
      history.add(stateOf(entry, protocol));
      if (history.hasSettled || !looksHalfSaved(entry, last)) {
        confirmations.set(id, entry);
        unsettled.delete(id);
      }
    }, signal);
  }
  return confirmations;
}

function looksHalfSaved(
  { entity, info, unassigned }: Resolution,
  last: ReadonlyMap<number, Decision>,
): boolean {
  const before = last.get(entity.id)?.info;
  if (info !== undefined && info === before) return false;
  // Without its bot, a device of another bot looks like ours.
  if (before === undefined) return info !== undefined && unassigned;
  if (info === undefined) return true;
  const sensorIds = new Set(info.sensors.map(({ sensorId }) => sensorId));
  return before.sensors.some(({ sensorId }) => !sensorIds.has(sensorId));
}

class StateHistory {
  #state: string;
  #equal = 1;

  constructor(state: string) {
    this.#state = state;
  }

  add(state: string): void {
    this.#equal = state === this.#state ? this.#equal + 1 : 1;
    this.#state = state;
  }

  get hasSettled(): boolean {
    return this.#equal >= EQUAL_SNAPSHOTS;
  }
}

function stateOf({ entity }: Resolution, protocol: string): string {
  return JSON.stringify([entity.entity_type, entity.protocols[protocol]]);
}
