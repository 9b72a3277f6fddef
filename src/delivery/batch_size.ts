import { type Method, wireSize } from "./values_request.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

// A request of at most 100 values is stored as a whole or not at all, so a POST that failed has stored none.
const POST_VALUES = 100;
const PUT_VALUES = 500;
// A proxy with stock settings takes 1 MiB.
const BODY_BYTES = 900 * 1024;
const MIN_BODY_BYTES = 1024;
// The backend answers nobody else while it stores, so a request should be over within a second.
const TARGET_MS = 700;
// A request of so few values is not too large: if it takes long, the backend is slow.
const MIN_VALUES = 50;
// After a request was too large, the next ones grow by so much each time: the limit may have been raised.
const GROWTH = 1.01;

/** Learns from the answers how many values a request should carry. */
export class BatchSize {
  #putValues = POST_VALUES;
  #bodyBytes = BODY_BYTES;

  /** How many values a request carries at most, if fresh ones are sent by POST or by PUT. */
  maxValues(delivery: "post" | "put"): number {
    return delivery === "post" ? POST_VALUES : PUT_VALUES;
  }

  /**
   * Returns a function that tells for one value after the other whether it still fits into the same request.
   *
   * A request by POST that has a path twice fails with 500. By PUT, values of one path have different times.
   */
  fitting(method: Method): (value: Pick<WaitingValue, "p" | "v">) => boolean {
    const limit = method === "POST" ? POST_VALUES : this.#putValues;
    const paths = new Set<string>();
    let count = 0;
    let bytes = 0;
    return (value) => {
      bytes += wireSize(value);
      if (count === limit || (count > 0 && bytes > this.#bodyBytes)) return false;
      if (method === "POST") {
        if (paths.has(value.p)) return false;
        paths.add(value.p);
      }
      count++;
      return true;
    };
  }

  /** Called when a request was stored. */
  onStored(method: Method, count: number, tookMs: number): void {
    this.#bodyBytes = Math.min(BODY_BYTES, Math.ceil(this.#bodyBytes * GROWTH));
    // A few values tell nothing.
    if (method === "POST" || count * 2 < this.#putValues) return;
    const bearable = Math.floor((count * TARGET_MS) / Math.max(1, tookMs));
    // At most doubled, as a part of the time is the way there, which takes as long for a single value.
    this.#putValues = Math.max(MIN_VALUES, Math.min(PUT_VALUES, bearable, this.#putValues * 2));
  }

  /**
   * Called when a request was not answered in time.
   *
   * @returns Whether fewer values may help.
   */
  onTimeout(count: number): boolean {
    if (count <= MIN_VALUES) return false;
    this.#putValues = Math.max(MIN_VALUES, Math.ceil(count / 2));
    return true;
  }

  /** Called when a proxy refused the size of a request. */
  onTooLarge(): void {
    this.#bodyBytes = Math.max(MIN_BODY_BYTES, Math.floor(this.#bodyBytes / 2));
  }
}
