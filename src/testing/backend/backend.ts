import { Limiter } from "../../util/limiter.ts";
import { type Answer, internalServerError, nginxPage } from "./answer.ts";
import { ConnectionPool } from "./connection_pool.ts";
import type { Exchange, RouteContext } from "./exchange.ts";
import { answer } from "./router.ts";
import type { State } from "./state.ts";
import type { StoredValue } from "./value_table.ts";

/** The time that requests take. The real backend's is about `{ requestMs: 30, valueMs: 0.4 }`. */
export interface Cost {
  /** Milliseconds per request. @default 0 */
  readonly requestMs?: number;
  /** Milliseconds per value. @default 0 */
  readonly valueMs?: number;
  /** Additional milliseconds per path that is new. @default 0 */
  readonly newPathMs?: number;
}

/** Options for {@linkcode Backend}, each as described in `SandboxOptions`. */
interface BackendOptions {
  readonly cost: Cost;
  readonly workers: number;
  readonly nginx: boolean;
  readonly overload: boolean;
  readonly newPathRace: boolean;
}

/** nginx's default limit for a body, in bytes. */
const NGINX_MAX_BODY = 1024 * 1024;

/** Answers requests as Grafolean does. */
export class Backend {
  readonly #context: RouteContext;
  readonly #nginx: boolean;
  readonly #cost: Required<Cost>;
  readonly #workers: Limiter;
  readonly #pool: ConnectionPool | undefined;

  /** @param onStored Called with values as they are stored. */
  constructor(
    state: State,
    onStored: (values: StoredValue[]) => void,
    options: BackendOptions,
  ) {
    this.#context = { state, onStored, creating: options.newPathRace ? new Set() : undefined };
    this.#nginx = options.nginx;
    this.#cost = { requestMs: 0, valueMs: 0, newPathMs: 0, ...options.cost };
    this.#workers = new Limiter(options.workers);
    this.#pool = options.overload ? new ConnectionPool(options.workers) : undefined;
  }

  /** Answers a request; throws only if the body cannot be read. */
  async handle(exchange: Exchange): Promise<Answer> {
    if (this.#nginx && (await exchange.body()).byteLength > NGINX_MAX_BODY) {
      const page = nginxPage(413, "Request Entity Too Large");
      return { ...page, headers: { ...page.headers, connection: "close" } };
    }
    const release = this.#pool?.acquire(exchange);
    if (this.#pool && release === undefined) return internalServerError();
    try {
      return await this.#work(exchange);
    } finally {
      release?.();
    }
  }

  /** As on the real backend, work that has begun goes on when the client disconnects. */
  #work(exchange: Exchange): Promise<Answer> {
    const { requestMs, valueMs, newPathMs } = this.#cost;
    // Without a cost nothing takes time, so there is nothing to queue for.
    if (requestMs + valueMs + newPathMs === 0) return answer(this.#context, exchange);
    return this.#workers.run(async () => {
      const result = await answer(this.#context, exchange);
      const { values, newPaths } = exchange.work;
      const ms = requestMs + values * valueMs + newPaths * newPathMs;
      await new Promise((done) => setTimeout(done, ms));
      return result;
    });
  }
}
