import { Deque } from "../util/deque.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

// Beyond this age the time of the backend, which is what a POST gets, would be wrong.
const MAX_AGE_MS = 2000;
// How far a clock may be set back without anybody noticing.
const FUTURE_MS = 100;
// Of a large hand-over only the newest values are fresh, so that what comes next need not wait for the others.
const MAX_REQUESTS = 2;
// Jobs run at all times of a second, and the backend works on each request for some 30 ms, however few values it holds. A
// value that comes alone is sent at once; those that follow it within this time go into one request.
const GATHER_MS = 300;

/** Values that were accepted a moment ago, oldest first, and when they may be sent. */
export class FreshValues extends Deque<WaitingValue> {
  readonly #perRequest: number;
  /** Until when they are gathered. */
  #notBefore = 0;

  /**
   * Constructs a new instance without values.
   *
   * @param perRequest How many of them fill a request.
   */
  constructor(perRequest: number) {
    super();
    this.#perRequest = perRequest;
  }

  /** Removes and returns the oldest values if there are too many. */
  takeExcess(): WaitingValue[] {
    const excess: WaitingValue[] = [];
    while (this.size > MAX_REQUESTS * this.#perRequest) excess.push(this.shift()!);
    return excess;
  }

  /**
   * When they may be sent, in milliseconds; `Infinity` if there are none.
   *
   * @param gathers Whether they wait for others; never if they fill a request.
   */
  nextTry(gathers: boolean): number {
    if (this.size === 0) return Infinity;
    return gathers && this.size < this.#perRequest ? this.#notBefore : 0;
  }

  /** Starts to gather values for the next request, unless some of them are still here: these have waited already. */
  gather(now: number): void {
    if (this.size === 0) this.#notBefore = now + GATHER_MS;
  }

  /** Gathers no longer. */
  retryNow(): void {
    this.#notBefore = 0;
  }

  /**
   * Whether the time of the backend would be right for them.
   *
   * @param wall The time in milliseconds since 1970.
   */
  areYoung(wall: number): boolean {
    const age = wall - (this.first?.t ?? 0) / 1000;
    return age <= MAX_AGE_MS && age >= -FUTURE_MS;
  }

  /** Whether two of them have the same path. */
  get haveSamePath(): boolean {
    const values = this.items();
    return new Set(values.map(({ p }) => p)).size < values.length;
  }
}
