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
  /** Requests that take long, or whose account failed last; no more of them are started. @default 4 */
  readonly slow?: number;
  /** All requests. @default 64 */
  readonly total?: number;
}

type Start = (permit: SendPermit) => void;

// When a request counts as slow, in milliseconds.
const SLOW_MS = 1000;

/**
 * Limits how many requests with values are in progress, so that accounts do not wait for each other.
 *
 * A request that takes longer than a second no longer counts as one of the fast ones, so that the next can start. An account
 * that failed last waits until few slow requests are left.
 */
export class SendPermits {
  readonly #limits: Required<SendPermitLimits>;
  /** When each fast request was started, in that order. */
  readonly #fast = new Map<SendPermit, number>();
  readonly #slow = new Set<SendPermit>();
  readonly #waiting = new Deque<Start>();
  readonly #waitingFailing = new Deque<Start>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Constructs a new instance. */
  constructor({ fast = 16, slow = 4, total = 64 }: SendPermitLimits = {}) {
    this.#limits = { fast, slow, total };
  }

  /** Resolves as soon as a request may be sent. */
  acquire(isFailing: boolean): Promise<SendPermit> {
    return new Promise((start) => {
      (isFailing ? this.#waitingFailing : this.#waiting).push(start);
      this.#startNext();
    });
  }

  #startNext(): void {
    this.#moveSlow();
    const { fast, slow, total } = this.#limits;
    const hasRoom = () => this.#fast.size + this.#slow.size < total;
    while (this.#waiting.size > 0 && this.#fast.size < fast && hasRoom()) {
      const permit = this.#newPermit();
      this.#fast.set(permit, performance.now());
      this.#waiting.shift()!(permit);
    }
    while (this.#waitingFailing.size > 0 && this.#slow.size < slow && hasRoom()) {
      const permit = this.#newPermit();
      this.#slow.add(permit);
      this.#waitingFailing.shift()!(permit);
    }
    clearTimeout(this.#timer);
    const [oldest] = this.#fast.values();
    if (this.#waiting.size === 0 || oldest === undefined) return;
    const slowIn = Math.max(0, oldest + SLOW_MS - performance.now());
    this.#timer = setTimeout(() => this.#startNext(), slowIn);
  }

  #newPermit(): SendPermit {
    const permit = {
      release: () => {
        this.#fast.delete(permit);
        this.#slow.delete(permit);
        this.#startNext();
      },
    };
    return permit;
  }

  #moveSlow(): void {
    const before = performance.now() - SLOW_MS;
    for (const [permit, startedAt] of this.#fast) {
      if (startedAt > before) return;
      this.#fast.delete(permit);
      this.#slow.add(permit);
    }
  }
}
