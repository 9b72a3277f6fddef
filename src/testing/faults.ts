import {
  type Answer,
  bare,
  detail,
  encode,
  internalServerError,
  nginxPage,
} from "./backend/answer.ts";

/** What is known about a request before anything is done with it. */
export interface RequestInfo {
  /** The HTTP method. */
  readonly method: string;
  /** The path after `/api`, without the query, such as `/accounts/1/values`. */
  readonly path: string;
  /** The account in the path, if any. */
  readonly accountId: number | undefined;
}

/** Something that goes wrong. Without `latency`, `status`, `hang` and `drop` nothing does. */
export interface Fault {
  /** Which requests are affected. @default all */
  readonly when?: (request: RequestInfo) => boolean;
  /** How many requests are affected before the fault ends by itself. @default Infinity */
  readonly times?: number;
  /** How long the answer is delayed, in milliseconds. */
  readonly latency?: number;
  /** The status to answer with. */
  readonly status?: number;
  /** The body to answer with. @default what Grafolean, or nginx in front of it, says with that status */
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
   * Whether the backend does its work before the fault shows. A client cannot tell: its values are stored, and it gets
   * an error.
   *
   * @default false
   */
  readonly processed?: boolean;
}

/** A fault that is switched on. */
export interface ActiveFault extends Disposable {
  /** How many requests it has affected. */
  readonly hits: number;
  /** Switches it off. */
  remove(): void;
}

/**
 * The faults of a sandbox: of those that are on, the first that fits a request affects it.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * // The next two requests with values are answered by a proxy whose backend is away.
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

  /** Switches all faults off. */
  clear(): void {
    this.#active.clear();
  }

  /** Finds the fault for a request and counts it. */
  take(request: RequestInfo): Fault | undefined {
    for (const entry of this.#active) {
      const { when, times = Infinity } = entry.fault;
      if (entry.hits >= times) {
        this.#active.delete(entry);
      } else if (when === undefined || when(request)) {
        entry.hits++;
        return entry.fault;
      }
    }
    return undefined;
  }
}

/** The answer of a fault that has a status. */
export function faultAnswer(status: number, { body, headers = {} }: Fault): Answer {
  const usual = usualAnswer(status);
  return {
    status,
    headers: { ...usual.headers, ...headers },
    body: body === undefined ? usual.body : encode(body),
  };
}

const NGINX_TITLES: Readonly<Record<number, string>> = {
  408: "Request Time-out",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

function usualAnswer(status: number): Answer {
  if (status === 204) return { status, headers: {}, body: null };
  if (status === 401) return bare(401, "Access denied");
  if (status === 403) return bare(403, "Access to resource denied, insufficient permissions");
  if (status === 500) return internalServerError();
  const title = NGINX_TITLES[status];
  return title === undefined ? detail(status, "Fault") : nginxPage(status, title);
}
