import type { RequestInfo } from "../faults.ts";

/** What share of one worker's pool a read holds: from 8 lists of entities, 16 entities or 32 others it is used up. */
function shareOf({ method, path }: RequestInfo): number {
  if (method !== "GET") return 0;
  if (/^\/accounts\/[^/]+\/entities\/?$/.test(path)) return 1 / 7;
  if (/^\/accounts\/[^/]+\/entities\//.test(path)) return 1 / 15;
  return 1 / 31;
}

/** Counts what is in use. */
export class ConnectionPool {
  readonly #size: number;
  #used = 0;

  /** Makes the pools of so many workers. */
  constructor(workers: number) {
    this.#size = workers;
  }

  /** Takes connections for a request; what is returned gives them back. `undefined` where there are none left. */
  take(request: RequestInfo): (() => void) | undefined {
    const share = shareOf(request);
    // The allowance is for the rounding of the shares.
    if (share > 0 && this.#used + share > this.#size + 1e-9) return undefined;
    this.#used += share;
    return () => {
      this.#used -= share;
    };
  }
}
