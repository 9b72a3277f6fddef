import { type AccountFailure, failureAfter } from "./account_failure.ts";
import { AmbiguousAnswers } from "./ambiguous_answers.ts";
import type { Verdict } from "./answers.ts";
import { type Batch, newBatch } from "./batch.ts";
import { BatchSize } from "./batch_size.ts";
import { Deque } from "../util/deque.ts";
import { ForbiddenMethods } from "./forbidden_methods.ts";
import { FreshValues } from "./fresh_values.ts";
import { type IsolatedValue, Quarantine } from "./quarantine.ts";
import { RetryQueue } from "./retry_queue.ts";
import type { Method } from "./values_request.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

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

/** A value that Grafolean has refused. */
export interface RefusedByBackend {
  /** The value. */
  readonly value: WaitingValue;
  /** The reason that Grafolean gave. */
  readonly reason: string;
}

/**
 * Decides for one account which values are sent next and how, and what an answer means for them. It reads no clock and
 * sends nothing.
 *
 * Fresh values were just accepted; late values are those that had to wait. Batches that failed are retried, in turns with
 * the others.
 */
export class AccountQueue {
  readonly #delivery: "post" | "put";
  readonly #size = new BatchSize();
  readonly #fresh: FreshValues;
  readonly #late = new Deque<WaitingValue>();
  readonly #quarantine = new Quarantine();
  readonly #retries = new RetryQueue();
  #freshIsNext = true;
  /** The request that was taken out and has not been settled. */
  #inProgress: QueuedRequest | undefined;
  /** Whether values were added since the last probe. */
  #hasNew = false;
  #probesNewest = false;
  readonly #ambiguous = new AmbiguousAnswers();
  readonly #forbidden = new ForbiddenMethods();
  #failure: AccountFailure | undefined;
  /** Until when the backend wants no request. */
  #notBefore = 0;

  /** Constructs a new instance without values. */
  constructor(delivery: "post" | "put") {
    this.#delivery = delivery;
    this.#fresh = new FreshValues(this.#size.maxValues(delivery));
  }

  /** Adds values. Those that are not fresh are sent by PUT, with their own time. */
  add(values: Iterable<WaitingValue>, isFresh: boolean): void {
    const queue = isFresh && this.#failure === undefined ? this.#fresh : this.#late;
    for (const value of values) queue.push(value);
    this.#hasNew = true;
    for (const value of this.#fresh.takeExcess()) this.#late.push(value);
  }

  /** Why nothing gets through; `undefined` if something does. */
  get failure(): AccountFailure | undefined {
    return this.#failure;
  }

  /** The number of values in quarantine. */
  get quarantined(): number {
    return this.#quarantine.values;
  }

  /** Whether no value waits outside of the quarantine, or is being sent. */
  get isOnlyQuarantine(): boolean {
    const isSendingOthers = this.#inProgress !== undefined && !this.#inProgress.isolated;
    return !isSendingOthers && this.#fresh.size + this.#late.size + this.#retries.length === 0;
  }

  /** The paths whose values have been in quarantine for longer than a number of milliseconds. */
  quarantinedPaths(now: number, minMs: number): string[] {
    return this.#quarantine.closedPaths(now - minMs);
  }

  /** Tries again what the bot was not allowed to do. */
  retryForbidden(): void {
    this.#forbidden.retryNow();
  }

  /** Lets everything be sent that waits for a retry. */
  retryNow(): void {
    this.retryForbidden();
    this.#retries.retryNow();
    this.#quarantine.retryNow();
    this.#fresh.retryNow();
  }

  /** When the next request may be sent, in milliseconds; `Infinity` if nothing waits. */
  nextTry({ monotonic: now }: QueueTime): number {
    this.#forgetDropped();
    return Math.max(this.#notBefore, Math.min(this.#nextFreshTry(now), this.#nextOtherTry(now)));
  }

  /**
   * Takes out the request that may be sent now, if there is one. It must come back to {@linkcode settle} before the next
   * call.
   */
  next(time: QueueTime): QueuedRequest | undefined {
    if (this.nextTry(time) > time.monotonic) return undefined;
    this.#inProgress = this.#next(time);
    return this.#inProgress;
  }

  /**
   * Draws the conclusions from an answer.
   *
   * @param now The monotonic time after the answer, in milliseconds.
   * @param tookMs How long the answer took.
   * @returns The values that Grafolean has refused. Unless the request was stored, all others still wait.
   */
  settle(
    request: QueuedRequest,
    verdict: Verdict,
    now: number,
    tookMs: number,
  ): RefusedByBackend[] {
    const { batch, method, isolated } = request;
    this.#inProgress = undefined;
    if (isolated !== undefined) this.#quarantine.onAnswered(now, tookMs);
    if ("retryAfterMs" in verdict) this.#notBefore = now + (verdict.retryAfterMs ?? 0);
    switch (verdict.kind) {
      case "stored":
        this.#size.onStored(method, batch.values.length, tookMs);
        this.#forbidden.delete(method);
        this.#ambiguous.onStored(batch.failures);
        this.#onDone(isolated);
        return [];
      case "refused":
        return this.#onRefused(request, verdict, now);
      case "ambiguous":
        this.#onAmbiguous(request, now);
        return [];
      case "too-large":
        if (batch.values.length === 1) this.#onAmbiguous(request, now);
        else {
          this.#size.onTooLarge();
          this.#retries.addHalves(batch);
        }
        return [];
      case "unavailable":
        if (verdict.isTimeout && this.#size.onTimeout(batch.values.length)) {
          this.#retries.addHalves(batch);
        } else this.#putBack(request);
        this.#fail(verdict.kind, now, verdict.isBrief);
        return [];
      case "denied":
        this.#putBack(request);
        if (verdict.status === 403) this.#onForbidden(method, now);
        else this.#fail(verdict.kind, now);
        return [];
      case "unexpected":
        this.#putBack(request);
        this.#fail(verdict.kind, now);
        return [];
    }
  }

  /** Whether values wait until some of the batches that are retried are through. */
  #holdsForRetries(now: number): boolean {
    return this.#retries.isFull && this.#forbidden.until("PUT") <= now;
  }

  /** When fresh values may be sent. */
  #nextFreshTry(now: number): number {
    if (this.#holdsForRetries(now)) return Infinity;
    const byPut = this.#forbidden.until("PUT");
    const byAny = this.#delivery === "put" ? byPut : Math.min(byPut, this.#forbidden.until("POST"));
    // While values fail, small requests find sooner which ones.
    return Math.max(byAny, this.#fresh.nextTry(this.#retries.length === 0));
  }

  /** When other values may be sent. */
  #nextOtherTry(now: number): number {
    const late = this.#late.size === 0 || this.#holdsForRetries(now) ? Infinity : 0;
    const any = Math.min(late, this.#retries.nextTry(), this.#quarantine.nextTry());
    return Math.max(any, this.#forbidden.until("PUT"));
  }

  /** Forgets values that no longer wait. */
  #forgetDropped(): void {
    for (const queue of [this.#fresh, this.#late]) {
      while (queue.size > 0 && queue.first!.row === undefined) queue.shift();
    }
    this.#retries.forgetDropped();
  }

  #next(time: QueueTime): QueuedRequest | undefined {
    const now = time.monotonic;
    if (this.#failure?.kind === "ambiguous") return this.#probe(now);
    return this.#freshIsNext
      ? this.#nextFresh(time) ?? this.#nextOther(now)
      : this.#nextOther(now) ?? this.#nextFresh(time);
  }

  #nextFresh({ monotonic: now, wall }: QueueTime): QueuedRequest | undefined {
    if (this.#nextFreshTry(now) > now) return undefined;
    const isYoung = this.#fresh.areYoung(wall);
    const mayPost = this.#delivery === "post" && isYoung && this.#forbidden.until("POST") <= now;
    const mayPut = this.#forbidden.until("PUT") <= now;
    if (!mayPost && !mayPut) {
      this.#freshToLate();
      return undefined;
    }
    this.#freshIsNext = false;
    // Where values of one path wait, the time of the backend would be wrong for the first of them.
    const byPost = mayPost && !(mayPut && this.#fresh.haveSamePath);
    const request = this.#take(this.#fresh, byPost ? "POST" : "PUT");
    this.#fresh.gather(now);
    return request;
  }

  #nextOther(now: number): QueuedRequest | undefined {
    if (this.#forbidden.until("PUT") > now) return undefined;
    this.#freshIsNext = true;
    return this.#nextIsolated(now) ?? this.#nextRetry(now) ??
      (this.#holdsForRetries(now) ? undefined : this.#take(this.#late, "PUT"));
  }

  #nextIsolated(now: number): QueuedRequest | undefined {
    const isolated = this.#quarantine.take(now);
    if (isolated === undefined) return undefined;
    return { method: "PUT", batch: newBatch([isolated.value]), isolated };
  }

  #nextRetry(now: number): QueuedRequest | undefined {
    const batch = this.#retries.take(now);
    return batch && { method: "PUT", batch };
  }

  /** Takes values out that fit into one request. Those of a path in quarantine go there. */
  #take(queue: Deque<WaitingValue>, method: Method, limit = Infinity): QueuedRequest | undefined {
    const values: WaitingValue[] = [];
    const fits = this.#size.fitting(method);
    while (queue.size > 0 && values.length < limit) {
      const value = queue.first!;
      if (value.row !== undefined) {
        if (this.#quarantine.holds(value.p)) this.#quarantine.add(value);
        else if (fits(value)) values.push(value);
        else break;
      }
      queue.shift();
    }
    return values.length === 0 ? undefined : { method, batch: newBatch(values) };
  }

  /**
   * Takes out one value, to find out whether the backend stores anything at all. Each time another one, as any of them may
   * be at fault.
   */
  #probe(now: number): QueuedRequest | undefined {
    this.#probesNewest = this.#hasNew && !this.#probesNewest;
    this.#hasNew = false;
    const newest = this.#probesNewest ? this.#late.pop() : undefined;
    if (newest?.row !== undefined) return { method: "PUT", batch: newBatch([newest]) };
    const retried = this.#retries.takeOne();
    if (retried !== undefined) return { method: "PUT", batch: newBatch([retried]) };
    return this.#take(this.#late, "PUT", 1) ?? this.#nextIsolated(now);
  }

  /** Called when Grafolean has done with values what it should. */
  #onDone(isolated: IsolatedValue | undefined): void {
    this.#ambiguous.onDone();
    this.#failure = undefined;
    if (isolated !== undefined) this.add(this.#quarantine.onStored(isolated), false);
  }

  #onRefused(
    request: QueuedRequest,
    { path, reason }: Extract<Verdict, { kind: "refused" }>,
    now: number,
  ): RefusedByBackend[] {
    const { values } = request.batch;
    const atFault = path === undefined ? [] : values.filter(({ p }) => p === path);
    const refused = path === undefined && values.length === 1 ? values : atFault;
    if (refused.length > 0) {
      this.#onDone(request.isolated);
      const rest = values.filter((value) => !refused.includes(value));
      if (rest.length > 0) this.#retries.addFirst(newBatch(rest));
      return refused.map((value) => ({ value, reason }));
    }
    // It names a path that was not sent.
    if (path !== undefined) this.#onAmbiguous(request, now);
    else {
      // Grafolean has looked at the values, so it works.
      this.#onDone(undefined);
      this.#retries.addHalves(request.batch);
    }
    return [];
  }

  #onAmbiguous(request: QueuedRequest, now: number): void {
    if (request.isolated !== undefined) {
      // It was expected to fail, and tells nothing about the backend.
      this.#quarantine.onFailed(request.isolated, now);
      if (this.#failure !== undefined) this.#fail("ambiguous", now);
      return;
    }
    const isStalled = this.#ambiguous.add(now);
    if (this.#failure === undefined) this.#retryAmbiguous(request.batch, now);
    else {
      // The backend answers again, but only a value that is stored shows that it works.
      this.#ambiguous.rememberAlone(request.batch);
      for (const each of request.batch.values) this.#late.push(each);
    }
    if (isStalled || this.#failure !== undefined) this.#fail("ambiguous", now);
  }

  /** Sends a batch again; then its halves; and isolates the value that is left. */
  #retryAmbiguous(batch: Batch, now: number): void {
    const failed = this.#ambiguous.countFailure(batch);
    switch (this.#ambiguous.nextStep(failed)) {
      case "repeat":
        return this.#retries.repeat(failed, now);
      case "split":
        return this.#retries.addHalves(failed);
      case "isolate":
        for (const value of failed.values) {
          this.#quarantine.isolate(value, now);
          for (const other of this.#retries.removePath(value.p)) this.#quarantine.add(other);
        }
    }
  }

  #putBack({ batch, isolated }: QueuedRequest): void {
    if (isolated !== undefined) this.#quarantine.putBack(isolated);
    else this.#retries.addFirst(batch);
  }

  #onForbidden(method: Method, now: number): void {
    this.#forbidden.add(method, now);
    const other = method === "POST" ? "PUT" : "POST";
    // Grafolean has answered, so fresh values may get through by the other method.
    if (this.#delivery === "post" && !this.#forbidden.has(other)) this.#failure = undefined;
    else this.#fail("denied", now);
  }

  #fail(kind: AccountFailure["kind"], now: number, isBrief = false): void {
    this.#failure = failureAfter(this.#failure, kind, now, isBrief);
    this.#freshToLate();
  }

  #freshToLate(): void {
    if (this.#fresh.size > 0) this.add(this.#fresh.clear(), false);
  }
}
