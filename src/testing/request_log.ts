import type { RequestInfo } from "./faults.ts";

/** A request that the sandbox received. */
export interface LoggedRequest extends RequestInfo {
  /** When it was received, in UNIX seconds. */
  readonly at: number;
  /** The status of the answer; `undefined` before the answer, and if the connection broke. */
  readonly status: number | undefined;
  /** The number of values in it. */
  readonly values: number;
}

const MAX_ENTRIES = 100_000;

/**
 * The requests of one sandbox.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * await sandbox.fetch("http://sandbox/api/status/info");
 * assertEquals(sandbox.requests.count, 1);
 * assertEquals(sandbox.requests.entries[0]?.path, "/status/info");
 * ```
 */
export class RequestLog {
  readonly #entries: { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] }[] = [];
  #count = 0;
  #active = 0;
  #maxConcurrent = 0;

  /** The number of requests received, including those no longer in `entries`. */
  get count(): number {
    return this.#count;
  }

  /** The largest number of concurrent requests. */
  get maxConcurrent(): number {
    return this.#maxConcurrent;
  }

  /** The last 100,000 requests, in the order in which they were received. */
  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Adds a request, received `at` so many UNIX seconds, and returns a function that adds its answer. */
  begin(
    request: RequestInfo,
    at: number,
  ): (status: number | undefined, values: number) => void {
    const entry = { ...request, at, status: undefined as number | undefined, values: 0 };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES * 1.1) {
      this.#entries.splice(0, this.#entries.length - MAX_ENTRIES);
    }
    this.#count++;
    this.#active++;
    this.#maxConcurrent = Math.max(this.#maxConcurrent, this.#active);
    return (status, values) => {
      this.#active--;
      entry.status = status;
      entry.values = values;
    };
  }

  /** Removes all requests and resets the counts. */
  clear(): void {
    this.#entries.length = 0;
    this.#count = 0;
    this.#maxConcurrent = this.#active;
  }
}
