import type { RequestInfo } from "./faults.ts";

/** One request that the sandbox got. */
export interface LoggedRequest extends RequestInfo {
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** The status of the answer; `undefined` while there is none, and for ever where the connection broke. */
  readonly status: number | undefined;
  /** How many values it carried. */
  readonly values: number;
}

/** How many requests are remembered one by one. */
const LIMIT = 100_000;

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
  #underWay = 0;
  #most = 0;

  /** How many requests have come, even if not all are remembered. */
  get count(): number {
    return this.#count;
  }

  /** The largest number of requests that were under way at once. */
  get maxConcurrent(): number {
    return this.#most;
  }

  /** The last 100,000 requests, in the order in which they came. */
  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Notes a request; what is returned notes its answer. */
  begin(
    request: RequestInfo,
    at: number,
  ): (status: number | undefined, values: number) => void {
    const entry = { ...request, at, status: undefined as number | undefined, values: 0 };
    this.#entries.push(entry);
    if (this.#entries.length > LIMIT * 1.1) this.#entries.splice(0, this.#entries.length - LIMIT);
    this.#count++;
    this.#underWay++;
    this.#most = Math.max(this.#most, this.#underWay);
    return (status, values) => {
      this.#underWay--;
      entry.status = status;
      entry.values = values;
    };
  }

  /** Forgets all requests and counts from zero. */
  clear(): void {
    this.#entries.length = 0;
    this.#count = 0;
    this.#most = this.#underWay;
  }
}
