import type { AccountFailure } from "./account_failure.ts";

/** An account of which nothing gets through. */
export interface FailingAccount {
  /** Why; `undefined` if it has recovered. */
  readonly failure: AccountFailure | undefined;
  /** Sends nothing before a moment, in milliseconds on the monotonic clock. */
  pauseUntil(time: number): void;
  /** Sends one request now, unless the backend has asked for a pause. */
  retryNow(): void;
}

interface FailingAccountsOptions {
  /** Asks whether Grafolean is up. */
  readonly probe: () => Promise<boolean>;
}

// The pause of a single account: a share of the time for which it has failed.
const PAUSE_SHARE = 1 / 4;
const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5000;
// So many accounts together send one request per pause each; more of them share that.
const ACCOUNTS_PER_PAUSE = 8;
// While the probe says that Grafolean is down, when the accounts of many bots share the pauses, and when somebody has to
// do something first and has not done so for a while.
const LONG_PAUSE_MS = 60_000;
const LONG_AFTER_MS = 120_000;

const FIRST_PROBE_MS = 1000;
const PROBE_MS = 3000;
const MAX_PROBES = 3;

// An account that has failed so recently has nothing to gain from another attempt, in milliseconds.
const RECENT_MS = 1000;

/**
 * Decides when accounts of which nothing gets through try again.
 *
 * While Grafolean cannot be reached, one probe asks for all of them every few seconds. As soon as it succeeds, or anything
 * else shows that Grafolean is back, some of them try; the first value that is stored wakes all others.
 */
export class FailingAccounts implements Disposable {
  readonly #probe: () => Promise<boolean>;
  /** When each account failed last, the oldest first. */
  readonly #accounts = new Map<FailingAccount, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #probes = 0;
  #isDown = false;
  /** When some accounts were woken last because the backend can be reached. */
  #wokenAt = -Infinity;
  #isDisposed = false;

  /** Constructs a new instance without accounts. */
  constructor({ probe }: FailingAccountsOptions) {
    this.#probe = probe;
  }

  /** Called when a request of an account has failed, and nothing of the account gets through. */
  onFailed(account: FailingAccount): void {
    const { failure } = account;
    if (failure === undefined || this.#isDisposed) return;
    const now = performance.now();
    this.#accounts.delete(account);
    this.#accounts.set(account, now);
    account.pauseUntil(now + this.#pauseMs(failure, now));
    if (canProbe(account)) this.#probeIn(FIRST_PROBE_MS);
  }

  /** Called when something of an account got through. */
  onStored(account: FailingAccount): void {
    if (!this.#accounts.delete(account)) return;
    this.#isDown = false;
    this.#wake(Infinity);
  }

  /** Called when Grafolean has answered any other request as it should. */
  onReachable(): void {
    this.#isDown = false;
    const now = performance.now();
    // A refresh reads hundreds of times, and a backend that can be read may still not be able to store.
    if (now - this.#wokenAt < RECENT_MS) return;
    this.#wokenAt = now;
    this.#wake(ACCOUNTS_PER_PAUSE);
  }

  /** Called when nothing of an account waits any more. */
  forget(account: FailingAccount): void {
    this.#accounts.delete(account);
  }

  /** Stops probing. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#accounts.clear();
  }

  #wake(limit: number): void {
    const before = performance.now() - RECENT_MS;
    let woken = 0;
    for (const [account, failedAt] of this.#accounts) {
      if (failedAt > before || woken === limit) return;
      woken++;
      account.retryNow();
    }
  }

  #pauseMs({ kind, since, isBrief }: AccountFailure, now: number): number {
    if (isBrief) return 0;
    const failingMs = now - since;
    const isLong = kind === "unavailable"
      ? this.#isDown
      : kind !== "ambiguous" && failingMs > LONG_AFTER_MS;
    const pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, failingMs * PAUSE_SHARE));
    const shared = pause * Math.max(1, this.#accounts.size / ACCOUNTS_PER_PAUSE);
    return jittered(isLong ? LONG_PAUSE_MS : Math.min(LONG_PAUSE_MS, shared));
  }

  #probeIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sendProbe();
    }, jittered(ms));
  }

  /** Probes on while an account needs it, also while an earlier probe has no answer: it may have none for long. */
  #sendProbe(): void {
    if (![...this.#accounts.keys()].some(canProbe)) return;
    this.#probeIn(PROBE_MS);
    if (this.#probes >= MAX_PROBES) return;
    this.#probes++;
    this.#probe().catch(() => false).then((isUp) => {
      this.#probes--;
      if (this.#isDisposed) return;
      if (isUp) this.onReachable();
      else this.#isDown = true;
    });
  }
}

/** Whether a probe may tell when the account can try again: another server may have taken the place of Grafolean. */
function canProbe({ failure }: FailingAccount): boolean {
  return failure?.kind === "unavailable" || failure?.kind === "unexpected";
}

/** Many bots that lost the same backend must not come back at the same moment. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
