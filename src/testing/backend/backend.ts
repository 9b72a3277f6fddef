import { Limiter } from "../../util/limiter.ts";
import { type Answer, internalServerError, nginxPage } from "./answer.ts";
import { ConnectionPool } from "./connection_pool.ts";
import type { Exchange, RouteContext } from "./exchange.ts";
import { answer } from "./router.ts";
import type { State } from "./state.ts";
import type { StoredValue } from "./value_table.ts";

/** The time that requests take, in seconds. The real backend's is about `{ perRequest: 0.03, perValue: 0.0004 }`. */
export interface Cost {
  /** Seconds per request. @default 0 */
  readonly perRequest?: number;
  /** Seconds per value. @default 0 */
  readonly perValue?: number;
  /** Additional seconds per path that is new. @default 0 */
  readonly perNewPath?: number;
}

/** Options for {@linkcode Backend}, each as described in `SandboxOptions`. */
interface BackendOptions {
  readonly cost?: Cost;
  readonly workers?: number;
  readonly nginx?: boolean;
  readonly overload?: boolean;
  readonly newPathRace?: boolean;
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
    { cost, workers = 1, nginx = false, overload = false, newPathRace = false }: BackendOptions,
  ) {
    this.#context = { state, onStored, creating: newPathRace ? new Set() : undefined };
    this.#nginx = nginx;
    this.#cost = { perRequest: 0, perValue: 0, perNewPath: 0, ...cost };
    this.#workers = new Limiter(workers);
    this.#pool = overload ? new ConnectionPool(workers) : undefined;
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
    const { perRequest, perValue, perNewPath } = this.#cost;
    // Without a cost nothing takes time, so there is nothing to queue for.
    if (perRequest + perValue + perNewPath === 0) return answer(this.#context, exchange);
    return this.#workers.run(async () => {
      const result = await answer(this.#context, exchange);
      const { values, newPaths } = exchange.work;
      const seconds = perRequest + values * perValue + newPaths * perNewPath;
      await new Promise((done) => setTimeout(done, seconds * 1000));
      return result;
    });
  }
}
