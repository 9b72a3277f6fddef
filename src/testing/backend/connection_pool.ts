import type { Exchange } from "./exchange.ts";

/** The database connections of all workers; each worker has a pool of size 1, and a read takes a share of it. */
export class ConnectionPool {
  readonly #size: number;
  #used = 0;

  constructor(workers: number) {
    this.#size = workers;
  }

  /**
   * Takes the connections that a request needs.
   *
   * @returns A function that gives them back, or `undefined` if too few are left.
   */
  acquire(request: Pick<Exchange, "method" | "path">): (() => void) | undefined {
    const share = shareOf(request);
    // The tolerance is for rounding errors in the sum of the shares.
    if (share > 0 && this.#used + share > this.#size + 1e-9) return undefined;
    this.#used += share;
    return () => {
      this.#used -= share;
    };
  }
}

/** The share of one worker's pool: 8 lists of entities, 16 entities or 32 other reads are too many. */
function shareOf({ method, path }: Pick<Exchange, "method" | "path">): number {
  if (method !== "GET") return 0;
  if (/^\/api\/accounts\/[^/]+\/entities\/?$/.test(path)) return 1 / 7;
  if (/^\/api\/accounts\/[^/]+\/entities\//.test(path)) return 1 / 15;
  return 1 / 31;
}
