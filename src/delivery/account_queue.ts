import { type AccountFailure, failureAfter } from "./account_failure.ts";
import { AccountValues, type QueuedRequest, type QueueTime } from "./account_values.ts";
import { AmbiguousAnswers } from "./ambiguous_answers.ts";
import type { Verdict } from "./answers.ts";
import { type Batch, newBatch } from "./batch.ts";
import type { IsolatedValue } from "./quarantine.ts";
import type { WaitingValue } from "./store/waiting_values.ts";
import type { Method } from "./values_request.ts";

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
 */
export class AccountQueue {
  readonly #delivery: "post" | "put";
  readonly #values: AccountValues;
  readonly #ambiguous = new AmbiguousAnswers();
  /** The request that was taken out and has not been settled. */
  #inProgress: QueuedRequest | undefined;
  #failure: AccountFailure | undefined;
  /** Until when the backend wants no request. */
  #notBefore = 0;

  /** Constructs a new instance without values. */
  constructor(delivery: "post" | "put") {
    this.#delivery = delivery;
    this.#values = new AccountValues(delivery);
  }

  /** Adds values. Those that are not fresh are sent by PUT, with their own time. */
  add(values: Iterable<WaitingValue>, isFresh: boolean): void {
    if (isFresh && this.#failure === undefined) this.#values.addFresh(values);
    else this.#values.addLate(values);
  }

  /** Why nothing gets through; `undefined` if something does. */
  get failure(): AccountFailure | undefined {
    return this.#failure;
  }

  /** The number of values in quarantine. */
  get quarantined(): number {
    return this.#values.quarantine.values;
  }

  /** Whether no value waits outside of the quarantine, or is being sent. */
  get isOnlyQuarantine(): boolean {
    const isSendingOthers = this.#inProgress !== undefined && !this.#inProgress.isolated;
    return !isSendingOthers && this.#values.isEmpty;
  }

  /** The paths whose values have been in quarantine for longer than a number of milliseconds. */
  quarantinedPaths(now: number, minMs: number): string[] {
    return this.#values.quarantine.closedPaths(now - minMs);
  }

  /** Tries again what the bot was not allowed to do. */
  retryForbidden(): void {
    this.#values.forbidden.retryNow();
  }

  /** Lets everything be sent that waits for a retry. */
  retryNow(): void {
    this.#values.retryNow();
  }

  /** When the next request may be sent, in milliseconds; `Infinity` if nothing waits. */
  nextTry({ monotonic: now }: QueueTime): number {
    return Math.max(this.#notBefore, this.#values.nextTry(now));
  }

  /**
   * Takes out the request that may be sent now, if there is one. It must come back to {@linkcode settle} before the next
   * call.
   */
  next(time: QueueTime): QueuedRequest | undefined {
    if (this.nextTry(time) > time.monotonic) return undefined;
    this.#inProgress = this.#failure?.kind === "ambiguous"
      ? this.#values.takeProbe(time.monotonic)
      : this.#values.take(time);
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
    if (isolated !== undefined) this.#values.quarantine.onAnswered(now, tookMs);
    if ("retryAfterMs" in verdict) this.#notBefore = now + (verdict.retryAfterMs ?? 0);
    switch (verdict.kind) {
      case "stored":
        this.#values.size.onStored(method, batch.values.length, tookMs);
        this.#values.forbidden.delete(method);
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
          this.#values.size.onTooLarge();
          this.#values.retries.addHalves(batch);
        }
        return [];
      case "unavailable":
        if (verdict.isTimeout && this.#values.size.onTimeout(batch.values.length)) {
          this.#values.retries.addHalves(batch);
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

  /** Called when Grafolean has done with values what it should. */
  #onDone(isolated: IsolatedValue | undefined): void {
    this.#ambiguous.onDone();
    this.#failure = undefined;
    if (isolated !== undefined) this.add(this.#values.quarantine.onStored(isolated), false);
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
      if (rest.length > 0) this.#values.retries.addFirst(newBatch(rest));
      return refused.map((value) => ({ value, reason }));
    }
    // It names a path that was not sent.
    if (path !== undefined) this.#onAmbiguous(request, now);
    else {
      // Grafolean has looked at the values, so it works.
      this.#onDone(undefined);
      this.#values.retries.addHalves(request.batch);
    }
    return [];
  }

  #onAmbiguous(request: QueuedRequest, now: number): void {
    if (request.isolated !== undefined) {
      // It was expected to fail, and tells nothing about the backend.
      this.#values.quarantine.onFailed(request.isolated, now);
      if (this.#failure !== undefined) this.#fail("ambiguous", now);
      return;
    }
    const isStalled = this.#ambiguous.add(now);
    if (this.#failure === undefined) this.#retryAmbiguous(request.batch, now);
    else {
      // The backend answers again, but only a value that is stored shows that it works.
      this.#ambiguous.rememberAlone(request.batch);
      this.#values.putBack(request.batch.values);
    }
    if (isStalled || this.#failure !== undefined) this.#fail("ambiguous", now);
  }

  /** Sends a batch again; then its halves; and isolates the value that is left. */
  #retryAmbiguous(batch: Batch, now: number): void {
    const failed = this.#ambiguous.countFailure(batch);
    switch (this.#ambiguous.nextStep(failed)) {
      case "repeat":
        return this.#values.retries.repeat(failed, now);
      case "split":
        return this.#values.retries.addHalves(failed);
      case "isolate":
        for (const value of failed.values) {
          this.#values.quarantine.isolate(value, now);
          for (const other of this.#values.retries.removePath(value.p)) {
            this.#values.quarantine.add(other);
          }
        }
    }
  }

  #putBack({ batch, isolated }: QueuedRequest): void {
    if (isolated !== undefined) this.#values.quarantine.putBack(isolated);
    else this.#values.retries.addFirst(batch);
  }

  #onForbidden(method: Method, now: number): void {
    this.#values.forbidden.add(method, now);
    const other = method === "POST" ? "PUT" : "POST";
    // Grafolean has answered, so fresh values may get through by the other method.
    if (this.#delivery === "post" && !this.#values.forbidden.has(other)) this.#failure = undefined;
    else this.#fail("denied", now);
  }

  #fail(kind: AccountFailure["kind"], now: number, isBrief = false): void {
    this.#failure = failureAfter(this.#failure, kind, now, isBrief);
    this.#values.freshToLate();
  }
}
