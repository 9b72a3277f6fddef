import { assert, assertEquals } from "@std/assert";
import { AccountQueue } from "../../src/delivery/account_queue.ts";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import { type WaitingValue, WaitingValues } from "../../src/delivery/store/waiting_values.ts";

export const STORED: Verdict = { kind: "stored" };
export const AMBIGUOUS: Verdict = { kind: "ambiguous" };
export const UNAVAILABLE: Verdict = { kind: "unavailable" };
export const FORBIDDEN: Verdict = { kind: "denied", status: 403 };
export const REFUSED: Verdict = { kind: "refused", reason: "bad" };

const PAUSE_MS = 500;
const START = 1_800_000_000_000;

/** The queue of an account with a clock, and what the backend has stored. */
export class Bench {
  now = 1_000_000;
  /** How far the wall clock is ahead. */
  ahead = 0;
  readonly waiting = new WaitingValues();
  readonly queue: AccountQueue;
  readonly requests: { readonly method: string; readonly values: readonly WaitingValue[] }[] = [];
  readonly stored: { readonly value: WaitingValue; readonly method: string }[] = [];
  readonly refused: WaitingValue[] = [];

  constructor(delivery: "post" | "put" = "post") {
    this.queue = new AccountQueue(delivery);
  }

  get time(): { monotonic: number; wall: number } {
    return { monotonic: this.now, wall: START + this.now + this.ahead };
  }

  add(count: number, path = (n: number) => `p${n}`, isFresh = true): WaitingValue[] {
    const rows = this.waiting.add(
      1,
      Array.from({ length: count }, (_, n) => ({
        p: path(n),
        v: n,
        t: this.time.wall * 1000 + n,
      })),
    );
    const values = rows.flatMap(({ values }) => values);
    this.queue.add(values, isFresh);
    return values;
  }

  next(): QueuedRequest | undefined {
    return this.queue.next(this.time);
  }

  /** The request that can be sent now. */
  request(): QueuedRequest {
    return this.checked(this.next());
  }

  checked(request: QueuedRequest | undefined): QueuedRequest {
    assert(request !== undefined, "expected something to send");
    const { method, batch: { values } } = request;
    this.requests.push({ method, values });
    assert(values.length > 0 && values.length <= (method === "POST" ? 100 : 500));
    assert(values.every(({ row }) => row !== undefined), "what was dropped is not sent");
    if (method === "POST") assertEquals(new Set(values.map(({ p }) => p)).size, values.length);
    return request;
  }

  settle(request: QueuedRequest, verdict: Verdict, tookMs = 50): void {
    const { method, batch } = request;
    this.now += tookMs;
    if (verdict.kind === "stored") {
      for (const value of batch.values) {
        if (value.row !== undefined) this.stored.push({ value, method });
      }
      this.waiting.remove(batch.values);
    }
    const refused = this.queue.settle(request, verdict, this.now, tookMs);
    for (const { value } of refused) this.refused.push(value);
    this.waiting.remove(refused.map(({ value }) => value));
  }

  /** Sends one request. */
  send(verdict: Verdict, tookMs?: number): QueuedRequest {
    const request = this.request();
    this.settle(request, verdict, tookMs);
    return request;
  }

  /** Lets time pass until a request can be sent. */
  wait(): void {
    if (this.queue.failure !== undefined) this.now += PAUSE_MS;
    const at = this.queue.nextTry(this.time);
    assert(at < Infinity, "nothing waits");
    this.now = Math.max(this.now, at);
  }

  /** Sends until a condition holds. */
  runUntil(condition: () => boolean, answer: (request: QueuedRequest) => Verdict): void {
    for (let n = 0; !condition(); n++) {
      assert(n < 1000, `not after ${n} requests: ${condition}`);
      this.run(answer, 1);
    }
  }

  /** Sends everything, or so many requests. */
  run(answer: (request: QueuedRequest) => Verdict, requests = 10_000): void {
    for (let n = 0, inVain = 0; n < requests && this.queue.nextTry(this.time) < Infinity;) {
      this.wait();
      const request = this.next();
      if (request === undefined) {
        // As when all values of a path were dropped; but a sender must not turn in circles.
        assert(++inVain < 5, "nothing can be sent, and nothing is waited for");
        continue;
      }
      inVain = 0;
      n++;
      this.settle(this.checked(request), answer(request));
    }
  }
}

export const sizeOf = ({ batch }: QueuedRequest) => batch.values.length;
export const holds = ({ batch }: QueuedRequest, test: (value: WaitingValue) => boolean) =>
  batch.values.some(test);
