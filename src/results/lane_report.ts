/**
 * What the delivery says about itself.
 *
 * @module
 */

import type { GrafoleanClient } from "../grafolean/client.ts";
import type { Logger } from "../log.ts";
import type { AccountLane } from "./account_lane.ts";
import type { Verdict } from "./answers.ts";
import type { OutboxStats } from "./outbox.ts";
import type { StoredValue } from "./outbox_store.ts";
import type { Method } from "./values_request.ts";
import { Throttle } from "./throttle.ts";

/**
 * Says what keeps values from being delivered: each trouble of an account once when it begins and once when it is over,
 * however often it is tried meanwhile.
 */
export class LaneReport {
  readonly #log: Logger;
  readonly #client: GrafoleanClient;
  readonly #steadyNow: () => number;
  readonly #troubles = new Map<string, { readonly kind: string; readonly since: number }>();
  readonly #rejections: Throttle;
  readonly #drops: Throttle;

  /** Makes a report. */
  constructor(log: Logger, client: GrafoleanClient, steadyNow: () => number) {
    this.#log = log;
    this.#client = client;
    this.#steadyNow = steadyNow;
    this.#rejections = new Throttle(20, 60_000, steadyNow);
    this.#drops = new Throttle(1, 60_000, steadyNow);
  }

  /** A request with values of an account was answered, or was not. */
  settled(
    { accountId, stuck }: Pick<AccountLane, "accountId" | "stuck">,
    method: Method,
    verdict: Verdict,
    trouble: string | undefined,
    { waiting, place }: OutboxStats,
  ): void {
    if (verdict.kind === "stored") {
      this.#over(`${accountId}`, accountId, waiting);
      this.#over(`${accountId} ${method}`, accountId, waiting);
      return;
    }
    // One value at fault among others is dealt with, and named when it is found.
    const forbidden = verdict.kind === "denied" && verdict.status === 403;
    if (!stuck && !forbidden) {
      this.#log.debug(`account ${accountId}: ${trouble}`);
      return;
    }
    // What may not be sent by one method may still be sent by the other.
    const key = forbidden ? `${accountId} ${method}` : `${accountId}`;
    const kind = verdict.kind === "denied" ? `denied ${verdict.status}` : verdict.kind;
    const known = this.#troubles.get(key);
    const message = forbidden && method === "POST"
      ? `fresh values of account ${accountId} are sent by PUT instead: ${trouble}`
      : `values of account ${accountId} cannot be delivered: ${trouble}; ${waiting} values wait in ${place}`;
    if (known?.kind === kind) {
      this.#log.debug(message);
      return;
    }
    this.#troubles.set(key, { kind, since: known?.since ?? this.#steadyNow() });
    // Either somebody has to do something, or the backend is away and will be back by itself.
    if (verdict.kind === "denied" || verdict.kind === "unexpected") this.#log.error(message);
    else this.#log.warn(message);
  }

  /** The backend does not take a value. */
  rejected(
    accountId: number,
    { value, reason }: { readonly value: StoredValue; readonly reason: string },
  ): void {
    const more = this.#rejections.pass();
    if (more === undefined) return;
    this.#log.warn(
      `the value ${value.v} of account ${accountId} at "${value.p}" was rejected by ${this.#client.backendUrl}: ${reason}` +
        (more > 0 ? ` (and ${more} more before it)` : ""),
    );
  }

  /** Too much waited. */
  dropped(values: number, inAll: number): void {
    if (values === 0 || this.#drops.pass() === undefined) return;
    this.#log.error(
      `too many values wait for the backend: the oldest are dropped, ${inAll} values so far`,
    );
  }

  #over(key: string, accountId: number, waiting: number): void {
    const known = this.#troubles.get(key);
    if (known === undefined) return;
    this.#troubles.delete(key);
    const seconds = Math.round((this.#steadyNow() - known.since) / 1000);
    this.#log.info(
      `values of account ${accountId} are delivered again after ${seconds} s; ${waiting} still wait`,
    );
  }
}
