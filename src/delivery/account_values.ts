import { Deque } from "../util/deque.ts";
import { type Batch, newBatch } from "./batch.ts";
import { BatchSize } from "./batch_size.ts";
import { ForbiddenMethods } from "./forbidden_methods.ts";
import { FreshValues } from "./fresh_values.ts";
import { type IsolatedValue, Quarantine } from "./quarantine.ts";
import { RetryQueue } from "./retry_queue.ts";
import type { WaitingValue } from "./store/waiting_values.ts";
import type { Method } from "./values_request.ts";

// Takes less than a millisecond.
const MAX_PASSED_OVER = 10_000;

/** The time, in milliseconds. */
export interface QueueTime {
  /** By a clock that only goes forward: for pauses. */
  readonly monotonic: number;
  /** Since 1970: for the age of a value. */
  readonly wall: number;
}

/** A request to send. */
export interface QueuedRequest {
  /** How it is sent. */
  readonly method: Method;
  /** What is sent. */
  readonly batch: Batch;
  /** The only value of the batch, if it comes out of the quarantine. */
  readonly isolated?: IsolatedValue;
}

/**
 * The values of one account that wait, and which of them go into the next request.
 *
 * Fresh values were just accepted; late values are those that had to wait. Batches that failed are retried. Fresh values and
 * all others take turns.
 */
export class AccountValues {
  /** Batches that have failed. */
  readonly retries = new RetryQueue();
  /** Values that fail while others are stored. */
  readonly quarantine = new Quarantine();
  /** How large a request may be. */
  readonly size = new BatchSize();
  /** What the bot may not do. */
  readonly forbidden = new ForbiddenMethods();
  readonly #delivery: "post" | "put";
  readonly #fresh: FreshValues;
  readonly #late = new Deque<WaitingValue>();
  #freshIsNext = true;
  /** Whether values were added since the last probe. */
  #hasNew = false;
  #probesNewest = false;
  /** The paths that had their turn to be probed. */
  readonly #probedPaths = new Set<string>();

  /** Constructs a new instance without values. */
  constructor(delivery: "post" | "put") {
    this.#delivery = delivery;
    this.#fresh = new FreshValues(this.size.maxValues(delivery));
  }

  /** Adds values that have just been accepted. */
  addFresh(values: Iterable<WaitingValue>): void {
    for (const value of values) this.#fresh.push(value);
    this.#hasNew = true;
    this.putBack(this.#fresh.takeExcess());
  }

  /** Adds values that are sent by PUT, with their own time. */
  addLate(values: Iterable<WaitingValue>): void {
    this.putBack(values);
    this.#hasNew = true;
  }

  /** Adds late values that have been here before. */
  putBack(values: Iterable<WaitingValue>): void {
    for (const value of values) this.#late.push(value);
  }

  /** Makes the fresh values late. */
  freshToLate(): void {
    if (this.#fresh.size > 0) this.addLate(this.#fresh.clear());
  }

  /** Whether no value waits outside of the quarantine. */
  get isEmpty(): boolean {
    return this.#fresh.size + this.#late.size + this.retries.length === 0;
  }

  /** Lets everything be sent that waits for a retry. */
  retryNow(): void {
    this.forbidden.retryNow();
    this.retries.retryNow();
    this.quarantine.retryNow();
    this.#fresh.retryNow();
  }

  /** When the next request may be sent, in milliseconds; `Infinity` if nothing waits. */
  nextTry(now: number): number {
    this.#forgetDropped();
    return Math.min(this.#nextFreshTry(now), this.#nextOtherTry(now));
  }

  /** Takes out the next request that may be sent now. */
  take({ monotonic: now, wall }: QueueTime): QueuedRequest | undefined {
    return this.#freshIsNext
      ? this.#takeFresh(now, wall) ?? this.#takeOther(now)
      : this.#takeOther(now) ?? this.#takeFresh(now, wall);
  }

  /**
   * Takes out one value, to find out whether the backend stores anything at all. Each time another one, as any of them may
   * be at fault.
   */
  takeProbe(now: number): QueuedRequest | undefined {
    this.#probesNewest = this.#hasNew && !this.#probesNewest;
    this.#hasNew = false;
    const newest = this.#probesNewest ? this.#late.pop() : undefined;
    const value = newest?.row === undefined ? this.#takeOfNextPath() : newest;
    if (value === undefined) return this.#takeIsolated(now);
    return { method: "PUT", batch: newBatch([value]) };
  }

  /** What waits for a retry is mostly bad: one path after the other, so that a good one has its turn soon. */
  #takeOfNextPath(): WaitingValue | undefined {
    const probed = this.#probedPaths;
    let value = this.retries.takeOne(probed) ?? this.#takeLate(probed);
    if (value === undefined) {
      probed.clear();
      value = this.retries.takeOne(probed) ?? this.#takeLate(probed);
    }
    if (value !== undefined) probed.add(value.p);
    return value;
  }

  /** Takes out a late value whose path is none of these. Those that it passes over go to the end. */
  #takeLate(except: ReadonlySet<string>): WaitingValue | undefined {
    for (let count = Math.min(this.#late.size, MAX_PASSED_OVER); count > 0; count--) {
      const value = this.#late.shift()!;
      if (value.row === undefined) continue;
      if (this.quarantine.holds(value.p)) this.quarantine.add(value);
      else if (except.has(value.p)) this.#late.push(value);
      else return value;
    }
    return undefined;
  }

  /** Forgets values that no longer wait. */
  #forgetDropped(): void {
    for (const queue of [this.#fresh, this.#late]) {
      while (queue.size > 0 && queue.first!.row === undefined) queue.shift();
    }
    this.retries.forgetDropped();
  }

  /** Whether fresh and late values wait until some of the batches that are retried are through. */
  #holdsForRetries(now: number): boolean {
    return this.retries.isFull && this.forbidden.until("PUT") <= now;
  }

  /** When fresh values may be sent. */
  #nextFreshTry(now: number): number {
    if (this.#holdsForRetries(now)) return Infinity;
    const byPut = this.forbidden.until("PUT");
    const allowed = this.#delivery === "put"
      ? byPut
      : Math.min(byPut, this.forbidden.until("POST"));
    // While values fail, small requests find sooner which ones.
    return Math.max(allowed, this.#fresh.nextTry(this.retries.length === 0));
  }

  /** When other values may be sent. */
  #nextOtherTry(now: number): number {
    const late = this.#late.size === 0 || this.#holdsForRetries(now) ? Infinity : 0;
    const first = Math.min(late, this.retries.nextTry(), this.quarantine.nextTry());
    return Math.max(first, this.forbidden.until("PUT"));
  }

  #takeFresh(now: number, wall: number): QueuedRequest | undefined {
    if (this.#nextFreshTry(now) > now) return undefined;
    const isYoung = this.#fresh.areYoung(wall);
    const mayPost = this.#delivery === "post" && isYoung && this.forbidden.until("POST") <= now;
    const mayPut = this.forbidden.until("PUT") <= now;
    if (!mayPost && !mayPut) {
      this.freshToLate();
      return undefined;
    }
    this.#freshIsNext = false;
    // Where values of one path wait, the time of the backend would be wrong for the first of them.
    const byPost = mayPost && !(mayPut && this.#fresh.haveSamePath);
    const request = this.#takeFrom(this.#fresh, byPost ? "POST" : "PUT");
    this.#fresh.gather(now);
    return request;
  }

  #takeOther(now: number): QueuedRequest | undefined {
    if (this.forbidden.until("PUT") > now) return undefined;
    this.#freshIsNext = true;
    return this.#takeIsolated(now) ?? this.#takeRetry(now) ??
      (this.#holdsForRetries(now) ? undefined : this.#takeFrom(this.#late, "PUT"));
  }

  #takeIsolated(now: number): QueuedRequest | undefined {
    const isolated = this.quarantine.take(now);
    if (isolated === undefined) return undefined;
    return { method: "PUT", batch: newBatch([isolated.value]), isolated };
  }

  #takeRetry(now: number): QueuedRequest | undefined {
    const batch = this.retries.take(now);
    return batch && { method: "PUT", batch };
  }

  /** Takes values out that fit into one request. Those of a path in quarantine go there. */
  #takeFrom(queue: Deque<WaitingValue>, method: Method): QueuedRequest | undefined {
    const values: WaitingValue[] = [];
    const fits = this.size.fitting(method);
    while (queue.size > 0) {
      const value = queue.first!;
      if (value.row !== undefined) {
        if (this.quarantine.holds(value.p)) this.quarantine.add(value);
        else if (fits(value)) values.push(value);
        else break;
      }
      queue.shift();
    }
    return values.length === 0 ? undefined : { method, batch: newBatch(values) };
  }
}
