// Tells a device that has changed from one that is being saved at this moment.
//
// Grafolean saves an entity by deleting what it says about its protocols and writing it anew. Whoever reads in between
// sees the device without its protocol, with fewer sensors, or without its bot, for some milliseconds.

import type { WireEntity } from "../grafolean/wire.ts";
import type { EntityInfo } from "./entity_info.ts";
import type { Resolution } from "./resolve_entity.ts";

/** An entity and what became of it. */
export interface Finding {
  /** The entity as it was read. */
  readonly entity: WireEntity;
  /** What that means for the bot. */
  readonly resolution: Resolution;
}

/** What one reading of the list of entities has shown. */
export interface Look {
  /** The entities that could be read, by id. */
  readonly findings: ReadonlyMap<number, Finding>;
  /** Whether an entity is there, or may be there, in a form that cannot be read. */
  isUnreadable(entityId: number): boolean;
}

/** What counts for an entity that was in doubt: a later look at it, or that it is gone, or what was known before. */
export type Verdict = Finding | "gone" | "as before";

// How long to wait before each further look, in milliseconds.
const LOOKS_MS = [2000, 500, 500];

// How often in a row a device must look the same before that counts. Two looks would do for a person at the web page,
// but not for a program that saves its devices again and again.
const LOOKS_THAT_AGREE = 3;

/**
 * Whether what was read may be the half-saved form of something else.
 *
 * @param resolution What was read.
 * @param last What was known of all devices before; `undefined` when there is nothing to compare with.
 */
export function isDoubtful(
  { entity, resolution: { info, nobodys } }: Finding,
  last: ReadonlyMap<number, EntityInfo> | undefined,
): boolean {
  if (last === undefined) return false;
  const before = last.get(entity.id);
  // Without its bot, the device of another bot looks like ours.
  if (before === undefined) return info !== undefined && nobodys;
  if (info === undefined) return true;
  const sensorIds = new Set(info.sensors.map(({ sensorId }) => sensorId));
  return before.sensors.some(({ sensorId }) => !sensorIds.has(sensorId));
}

/**
 * Looks again, and yet again, at the entities that the first look has left in doubt.
 *
 * @param first What the first look has shown.
 * @param last What was known of all devices before.
 * @param protocol The protocol of the bot.
 * @param lookAgain Looks once more after so many milliseconds; `undefined` when that fails.
 * @returns What counts for each entity that was in doubt. What cannot be settled stays as before, until the next time.
 */
export async function settleDoubts(
  first: Look,
  last: ReadonlyMap<number, EntityInfo> | undefined,
  protocol: string,
  lookAgain: (afterMs: number) => Promise<Look | undefined>,
): Promise<Map<number, Verdict>> {
  const verdicts = new Map<number, Verdict>();
  const doubts = new Map<number, Doubt>();
  for (const [id, finding] of first.findings) {
    if (!isDoubtful(finding, last)) continue;
    verdicts.set(id, "as before");
    doubts.set(id, new Doubt(stateOf(finding, protocol)));
  }
  for (const afterMs of LOOKS_MS) {
    if (doubts.size === 0) break;
    const look = await lookAgain(afterMs);
    if (look === undefined) break;
    for (const [id, doubt] of doubts) {
      const finding = look.findings.get(id);
      if (finding === undefined) {
        if (!look.isUnreadable(id)) verdicts.set(id, "gone");
        doubts.delete(id);
        continue;
      }
      doubt.look(stateOf(finding, protocol));
      if (finding.resolution.dangling && doubt.hasChanged) {
        // It names something newer than the lists we have.
        doubts.delete(id);
      } else if (doubt.isSettled || !isDoubtful(finding, last)) {
        verdicts.set(id, finding);
        doubts.delete(id);
      }
    }
  }
  return verdicts;
}

/** What an entity in doubt has looked like. */
class Doubt {
  readonly #first: string;
  #state: string;
  #seen = 1;

  constructor(state: string) {
    this.#first = state;
    this.#state = state;
  }

  look(state: string): void {
    this.#seen = state === this.#state ? this.#seen + 1 : 1;
    this.#state = state;
  }

  get isSettled(): boolean {
    return this.#seen >= LOOKS_THAT_AGREE;
  }

  get hasChanged(): boolean {
    return this.#state !== this.#first;
  }
}

function stateOf({ entity }: Finding, protocol: string): string {
  return JSON.stringify([entity.entity_type, entity.protocols[protocol]]);
}
