import { Deque } from "../util/deque.ts";

/** Allows one request until it is released. */
export interface SendPermit {
  /** Called when the request has ended. */
  release(): void;
}

/** How many requests may be in progress. */
export interface SendPermitLimits {
  /** Requests that have not been in progress for long. @default 16 */
  readonly fast?: number;
  /** Of accounts that failed last, requests that have not been in progress for long. @default 4 */
  readonly failing?: number;
  /** Requests that take long; no more are started of accounts whose last request took long and failed. @default 4 */
  readonly slow?: number;
  /** All requests. @default 64 */
  readonly total?: number;
}

/** How the last request of an account went: it was stored, or it failed soon, or late. */
export type LastRequest = "stored" | "failed" | "failed late";

type Start = (permit: SendPermit) => void;

// When a request counts as slow, in milliseconds.
export const SLOW_MS = 1000;

/**
 * Limits how many requests with values are in progress, so that accounts do not wait for each other.
 *
 * A request that takes longer than a second no longer counts as one of the fast ones, so that the next can start. An account
 * whose last request failed late waits until few slow requests are left; one that failed soon does not wait for these.
 */
export class SendPermits {
  readonly #limits: Required<SendPermitLimits>;
  /** When each request was started that is not slow, in that order. */
  readonly #fast = new Map<SendPermit, number>();
  readonly #failing = new Map<SendPermit, number>();
  readonly #slow = new Map<SendPermit, number>();
  readonly #waiting: Record<LastRequest, Deque<Start>> = {
    stored: new Deque(),
    failed: new Deque(),
    "failed late": new Deque(),
  };
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Constructs a new instance. */
  constructor({ fast = 16, failing = 4, slow = 4, total = 64 }: SendPermitLimits = {}) {
    this.#limits = { fast, failing, slow, total };
  }

  /** Resolves as soon as a request may be sent. */
  acquire(last: LastRequest): Promise<SendPermit> {
    return new Promise((start) => {
      this.#waiting[last].push(start);
      this.#startNext();
    });
  }

  #startNext(): void {
    this.#moveSlow();
    const { fast, failing, slow } = this.#limits;
    this.#startWhere(this.#waiting.stored, this.#fast, fast);
    this.#startWhere(this.#waiting.failed, this.#failing, failing);
    this.#startWhere(this.#waiting["failed late"], this.#slow, slow);
    clearTimeout(this.#timer);
    if (this.#waiting.stored.size + this.#waiting.failed.size === 0) return;
    const oldest = Math.min(
      ...[this.#fast, this.#failing].map(([first]) => first?.[1] ?? Infinity),
    );
    if (oldest === Infinity) return;
    const slowIn = Math.max(0, oldest + SLOW_MS - performance.now());
    this.#timer = setTimeout(() => this.#startNext(), slowIn);
  }

  #startWhere(waiting: Deque<Start>, started: Map<SendPermit, number>, limit: number): void {
    const count = () => this.#fast.size + this.#failing.size + this.#slow.size;
    while (waiting.size > 0 && started.size < limit && count() < this.#limits.total) {
      const permit = this.#newPermit();
      started.set(permit, performance.now());
      waiting.shift()!(permit);
    }
  }

  #newPermit(): SendPermit {
    const permit = {
      release: () => {
        for (const started of [this.#fast, this.#failing, this.#slow]) started.delete(permit);
        this.#startNext();
      },
    };
    return permit;
  }

  #moveSlow(): void {
    const before = performance.now() - SLOW_MS;
    for (const started of [this.#fast, this.#failing]) {
      for (const [permit, startedAt] of started) {
        if (startedAt > before) break;
        started.delete(permit);
        this.#slow.set(permit, startedAt);
      }
    }
  }
}
