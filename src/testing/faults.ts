import type { Exchange } from "./backend/exchange.ts";

/** What is known about a request before it is handled. */
export interface RequestInfo {
  /** The HTTP method. */
  readonly method: string;
  /** The path after `/api`, without the query, such as `/accounts/1/values`. */
  readonly path: string;
  /** The account in the path, if any. */
  readonly accountId: number | undefined;
}

/** A fault. It has no effect without at least one of `latency`, `status`, `hang` and `drop`. */
export interface Fault {
  /** Selects the requests that are affected. @default all */
  readonly when?: (request: RequestInfo) => boolean;
  /** Selects, of these, the requests that bring a value of this path. @default all */
  readonly path?: string;
  /** The number of requests after which the fault ends. @default Infinity */
  readonly times?: number;
  /** Delays the answer by so many seconds. @default 0 */
  readonly latency?: number;
  /** The status to answer with. */
  readonly status?: number;
  /** The body to answer with. @default the body that Grafolean, or nginx in front of it, sends with that status */
  readonly body?: string;
  /** Headers to answer with, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers, and leaves the connection open. */
  readonly hang?: boolean;
  /**
   * Breaks the connection: before the body has been read, after it, or in the middle of the answer. `"mid-response"`
   * implies `processed`.
   */
  readonly drop?: "before-body" | "after-body" | "mid-response";
  /**
   * Whether the backend processes the request first. The client cannot tell: it gets an error although its values are
   * stored.
   *
   * @default false
   */
  readonly processed?: boolean;
}

/** A fault that is switched on. */
export interface ActiveFault extends Disposable {
  /** The number of requests it has affected. */
  readonly hits: number;
  /** Switches it off. */
  remove(): void;
}

/**
 * The faults of a sandbox. The first active one that matches a request affects it.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * // A proxy without a backend answers the next two requests with values.
 * const fault = sandbox.faults.add({
 *   when: ({ method, path }) => method === "POST" && path.endsWith("/values"),
 *   times: 2,
 *   status: 503,
 *   headers: { "retry-after": "1" },
 * });
 * const { status } = await sandbox.fetch("http://sandbox/api/accounts/1/values", { method: "POST" });
 * assertEquals([status, fault.hits], [503, 1]);
 * fault.remove();
 * ```
 */
export class Faults {
  readonly #active = new Set<{ readonly fault: Fault; hits: number }>();

  /** Switches a fault on, until it has affected `times` requests or is removed. */
  add(fault: Fault): ActiveFault {
    const entry = { fault, hits: 0 };
    this.#active.add(entry);
    const remove = (): void => {
      this.#active.delete(entry);
    };
    return {
      get hits(): number {
        return entry.hits;
      },
      remove,
      [Symbol.dispose]: remove,
    };
  }

  /** Finds the fault for a request and counts the hit. Reads the body only if a fault depends on it. */
  async take(request: RequestInfo, body: () => Promise<Uint8Array>): Promise<Fault | undefined> {
    for (const entry of this.#active) {
      const { when, path, times = Infinity } = entry.fault;
      if (entry.hits >= times) {
        this.#active.delete(entry);
        continue;
      }
      if (when !== undefined && !when(request)) continue;
      if (path !== undefined && !hasPath(await body(), path)) continue;
      // It may have been removed, or had its last hit, while the body was read.
      if (!this.#active.has(entry) || entry.hits >= times) continue;
      entry.hits++;
      return entry.fault;
    }
    return undefined;
  }
}

/** Whether the body of a request has a value of a path. */
function hasPath(body: Uint8Array, path: string): boolean {
  try {
    const items: unknown = JSON.parse(new TextDecoder().decode(body));
    return Array.isArray(items) && items.some((item) => item?.p === path);
  } catch {
    return false;
  }
}

/** What faults and the log know about a request. */
export function requestInfo({ method, path }: Exchange): RequestInfo {
  const account = /^\/api\/accounts\/([0-9]+)(?:\/|$)/.exec(path)?.[1];
  return {
    method,
    path: path.replace(/^\/api(?=\/)/, ""),
    accountId: account === undefined ? undefined : Number(account),
  };
}
