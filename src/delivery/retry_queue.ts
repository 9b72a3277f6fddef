import { type Batch, newBatch } from "./batch.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

// While so many batches wait, other values are gathered: each batch takes a request, however small it is.
const MAX_BATCHES = 4;

const REPEAT_PAUSE_MS = 20;

/** Batches that have failed and are sent again. */
export class RetryQueue {
  #batches: Batch[] = [];

  /** The number of batches. */
  get length(): number {
    return this.#batches.length;
  }

  /** Whether there are so many that nothing else should be sent before them. */
  get isFull(): boolean {
    return this.#batches.length >= MAX_BATCHES;
  }

  /** When a batch may be sent, in milliseconds; `Infinity` if there is none. */
  nextTry(): number {
    return this.#batches.reduce((time, { notBefore }) => Math.min(time, notBefore), Infinity);
  }

  /** Takes out the first batch that may be sent now. */
  take(now: number): Batch | undefined {
    const index = this.#batches.findIndex(({ notBefore }) => notBefore <= now);
    const [batch] = index < 0 ? [] : this.#batches.splice(index, 1);
    return batch && { ...batch, values: batch.values.filter(({ row }) => row !== undefined) };
  }

  /** Takes out a single value whose path is none of these. */
  takeOne(except: ReadonlySet<string>): WaitingValue | undefined {
    const isWanted = ({ p, row }: WaitingValue) => row !== undefined && !except.has(p);
    const index = this.#batches.findIndex(({ values }) => values.some(isWanted));
    const [batch] = index < 0 ? [] : this.#batches.splice(index, 1);
    if (batch === undefined) return undefined;
    const value = batch.values.find(isWanted);
    const others = batch.values.filter((each) => each !== value);
    if (others.length > 0) this.#batches.push({ ...batch, values: others });
    return value;
  }

  /** Adds a batch that is sent next. */
  addFirst(batch: Batch): void {
    this.#batches.unshift(batch);
  }

  /** Adds a batch that is sent again after a short pause. */
  repeat(batch: Batch, now: number): void {
    this.#batches.push({ ...batch, notBefore: now + REPEAT_PAUSE_MS });
  }

  /** Adds the halves of a batch of several values, which are sent next. */
  addHalves({ values, doneBefore }: Batch): void {
    const middle = Math.ceil(values.length / 2);
    const halves = [values.slice(0, middle), values.slice(middle)];
    this.#batches.unshift(...halves.map((half) => ({ ...newBatch(half), doneBefore })));
  }

  /** Removes and returns the values of a path. The batches that held them have not failed without them. */
  removePath(path: string): WaitingValue[] {
    const removed: WaitingValue[] = [];
    this.#batches = this.#batches.flatMap((batch) => {
      const others = batch.values.filter(({ p }) => p !== path);
      if (others.length === batch.values.length) return [batch];
      removed.push(...batch.values.filter(({ p }) => p === path));
      return others.length === 0 ? [] : [newBatch(others)];
    });
    return removed;
  }

  /** Removes the batches whose values no longer wait. */
  forgetDropped(): void {
    this.#batches = this.#batches
      .filter(({ values }) => values.some(({ row }) => row !== undefined));
  }

  /** Lets all batches be sent now. */
  retryNow(): void {
    this.#batches = this.#batches.map((batch) => ({ ...batch, notBefore: 0 }));
  }
}
