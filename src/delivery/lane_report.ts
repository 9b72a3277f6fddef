import type { GrafoleanClient } from "../grafolean/client.ts";
import type { Logger } from "../util/log.ts";
import { Throttle } from "../util/throttle.ts";
import type { AccountLane } from "./account_lane.ts";
import type { Verdict } from "./answers.ts";
import type { OutboxStats } from "./outbox_options.ts";
import type { StoredValue } from "./store/outbox_store.ts";
import type { Method } from "./values_request.ts";

interface Trouble {
  /** The kinds that occurred so far. */
  readonly kinds: Set<string>;
  readonly since: number;
  /** Whether it was considered for logging. */
  offered: boolean;
  /** Whether it was logged, so that its end is logged too. */
  said: boolean;
}

// An account whose problems come and go is logged at most this often.
const QUIET_MS = 60_000;
// All accounts are in trouble when the backend is away, so a few of them say it all.
const TROUBLES_PER_MINUTE = 10;
const REFUSALS_PER_MINUTE = 20;

/**
 * Says what keeps values from being delivered: each trouble of an account once when it begins and once when it is over,
 * however often it is tried meanwhile.
 */
export class LaneReport {
  readonly #log: Logger;
  readonly #backend: Pick<GrafoleanClient, "backendUrl">;
  readonly #steadyNow: () => number;
  readonly #troubles = new Map<string, Trouble>();
  readonly #saidAt = new Map<string, number>();
  readonly #begins: Throttle;
  readonly #refusals: Throttle;
  readonly #drops: Throttle;

  /** Makes a report. */
  constructor(
    log: Logger,
    backend: Pick<GrafoleanClient, "backendUrl">,
    steadyNow: () => number,
  ) {
    this.#log = log;
    this.#backend = backend;
    this.#steadyNow = steadyNow;
    this.#begins = new Throttle(TROUBLES_PER_MINUTE, 60_000, steadyNow);
    this.#refusals = new Throttle(REFUSALS_PER_MINUTE, 60_000, steadyNow);
    this.#drops = new Throttle(1, 60_000, steadyNow);
  }

  /** A request with values of an account was answered, or was not. */
  settled(
    { accountId, stuck }: Pick<AccountLane, "accountId" | "stuck">,
    method: Method,
    verdict: Verdict,
    trouble: string | undefined,
    { waiting, place }: Pick<OutboxStats, "waiting" | "place">,
  ): void {
    if (verdict.kind === "stored") {
      this.#over(`${accountId}`, accountId, waiting);
      this.#over(`${accountId} ${method}`, accountId, waiting);
      return;
    }
    // One value at fault among others is dealt with, and named when it is found.
    const forbidden = verdict.kind === "denied" && verdict.status === 403;
    if (!stuck && !forbidden) {
      this.#log.debug(`Account ${accountId}: ${trouble}`);
      return;
    }
    // What may not be sent by one method may still be sent by the other.
    const key = forbidden ? `${accountId} ${method}` : `${accountId}`;
    const kind = verdict.kind === "denied" ? `denied ${verdict.status}` : verdict.kind;
    const message = forbidden && method === "POST"
      ? `Sending new values of account ${accountId} by PUT instead of POST: ${trouble}`
      : `Cannot deliver values of account ${accountId}: ${trouble}; ${waiting} waiting in ${place}`;
    const more = this.#isNews(key, kind) ? this.#begins.pass() : undefined;
    if (more === undefined) {
      this.#log.debug(message);
      return;
    }
    this.#troubles.get(key)!.said = true;
    this.#saidAt.set(key, this.#steadyNow());
    const text = more > 0 ? `${message} (and ${more} more accounts)` : message;
    // Either somebody has to do something, or the backend is away and will be back by itself.
    if (verdict.kind === "denied" || verdict.kind === "unexpected") this.#log.error(text);
    else this.#log.warn(text);
  }

  /** The backend does not take a value. */
  refused(
    accountId: number,
    { value, reason }: { readonly value: StoredValue; readonly reason: string },
  ): void {
    const more = this.#refusals.pass();
    if (more === undefined) return;
    this.#log.warn(
      `Value ${value.v} at "${value.p}" of account ${accountId} was refused by ${this.#backend.backendUrl}: ${reason}` +
        (more > 0 ? ` (and ${more} more before it)` : ""),
    );
  }

  /** Too much waited. */
  dropped(values: number, inAll: number): void {
    if (values === 0 || this.#drops.pass() === undefined) return;
    this.#log.error(
      `Too many values are waiting for the backend: dropping the oldest, ${inAll} values so far`,
    );
  }

  /** Keeps in mind what goes wrong, and says whether that is worth a line. */
  #isNews(key: string, kind: string): boolean {
    const now = this.#steadyNow();
    const known = this.#troubles.get(key);
    const trouble = known ?? { kinds: new Set(), since: now, offered: false, said: false };
    this.#troubles.set(key, trouble);
    const isNews = trouble.offered
      ? !trouble.kinds.has(kind)
      : now - (this.#saidAt.get(key) ?? -Infinity) >= QUIET_MS;
    trouble.kinds.add(kind);
    trouble.offered ||= isNews;
    return isNews;
  }

  #over(key: string, accountId: number, waiting: number): void {
    const trouble = this.#troubles.get(key);
    if (trouble === undefined) return;
    this.#troubles.delete(key);
    const seconds = Math.round((this.#steadyNow() - trouble.since) / 1000);
    const message =
      `Delivering values of account ${accountId} again after ${seconds} s; ${waiting} waiting`;
    if (trouble.said) this.#log.info(message);
    else this.#log.debug(message);
  }
}
