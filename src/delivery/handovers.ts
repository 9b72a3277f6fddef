import type { Point } from "../values/values.ts";
import type { StoredValue } from "./store/outbox_store.ts";

interface Handover {
  readonly accountId: number;
  readonly points: readonly Point[];
  /** When they were handed over, in microseconds since 1970. */
  readonly t: number;
  /** Tells the job that they are in safe keeping. */
  readonly kept: () => void;
  /** How many of the points have been taken. */
  taken: number;
}

/** Gathers what jobs hand over, so that it can be put into the store in pieces of a bearable size. */
export class Handovers {
  readonly #queue: Handover[] = [];
  #values = 0;

  /** How many values have not been taken yet. */
  get values(): number {
    return this.#values;
  }

  /** Adds values; `kept` is called once all of them are in the store. */
  add(accountId: number, points: readonly Point[], t: number, kept: () => void): void {
    this.#queue.push({ accountId, points, t, kept, taken: 0 });
    this.#values += points.length;
  }

  /**
   * Takes the values that came first, at most `limit`.
   *
   * @param nextId Gives each value its place in the queue.
   * @returns The values, and what is to be called once they are in the store.
   */
  take(limit: number, nextId: () => number): { values: StoredValue[]; kept: (() => void)[] } {
    const values: StoredValue[] = [];
    const kept: (() => void)[] = [];
    while (values.length < limit) {
      const handover = this.#queue[0];
      if (handover === undefined) break;
      const { accountId, points, t } = handover;
      const end = Math.min(points.length, handover.taken + limit - values.length);
      for (; handover.taken < end; handover.taken++) {
        const { p, v } = points[handover.taken]!;
        values.push({ id: nextId(), accountId, p, v, t });
      }
      if (handover.taken < points.length) break;
      kept.push(handover.kept);
      this.#queue.shift();
    }
    this.#values -= values.length;
    return { values, kept };
  }
}
