import { fitting } from "./chunk.ts";
import type { StoredValue } from "./store/outbox_store.ts";
import type { Method } from "./values_request.ts";

// A request of at most 100 values is stored as a whole or not at all, so an answered failure of a POST stored none.
const POST_VALUES = 100;
const PUT_VALUES = 500;
// A proxy with stock settings takes 1 MiB.
const BODY_BYTES = 900 * 1024;
const FEWEST_BODY_BYTES = 1024;
// The backend answers nobody else while it stores, so a request should be over within a second.
const AIM_MS = 700;
// With so few values a request is not too large: where it takes long, or finds no answer in time, something else is slow
// or away.
const FEWEST = 50;
// After it was too large, a request grows by so much each time: what refuses it may have been set right.
const GROWTH = 1.01;

/** Learns from the answers how many values a request should carry. */
export class RequestSize {
  #putValues = POST_VALUES;
  #bodyBytes = BODY_BYTES;

  /** The most values that a PUT carries now. */
  get putValues(): number {
    return this.#putValues;
  }

  /** How many values, from the start, go into one request. */
  fit(values: readonly StoredValue[], method: Method): number {
    return method === "POST"
      ? fitting(values, POST_VALUES, this.#bodyBytes, ({ p }) => p)
      : fitting(values, this.#putValues, this.#bodyBytes, ({ p, t }) => `${t} ${p}`);
  }

  /** A request was stored. */
  stored(method: Method, values: number, tookMs: number): void {
    this.#bodyBytes = Math.min(BODY_BYTES, Math.ceil(this.#bodyBytes * GROWTH));
    // Too few values tell nothing.
    if (method === "POST" || values * 2 < this.#putValues) return;
    const bearable = Math.floor((values * AIM_MS) / Math.max(1, tookMs));
    // Not without end: what takes long may be the way there, which takes as long for a single value.
    this.#putValues = Math.max(FEWEST, Math.min(PUT_VALUES, bearable, this.#putValues * 2));
  }

  /** A request had no answer in time: whether fewer values at once may help. */
  late(values: number): boolean {
    if (values <= FEWEST) return false;
    this.#putValues = Math.max(FEWEST, Math.ceil(values / 2));
    return true;
  }

  /** A request was refused as too large. */
  tooLarge(): void {
    this.#bodyBytes = Math.max(FEWEST_BODY_BYTES, Math.floor(this.#bodyBytes / 2));
  }
}
