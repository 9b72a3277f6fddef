import type { GrafoleanClient } from "../grafolean/client.ts";
import { describeError } from "../util/describe_error.ts";
import type { Logger } from "../util/log.ts";
import type { AccountFailure } from "./account_failure.ts";
import { AccountQueue, type RefusedByBackend } from "./account_queue.ts";
import type { QueuedRequest } from "./account_values.ts";
import { interpretAnswer, interpretError, type Verdict } from "./answers.ts";
import type { FailingAccount, FailingAccounts } from "./failing_accounts.ts";
import { Notifier } from "./notifier.ts";
import { type LastRequest, type SendPermits, SLOW_MS } from "./send_permits.ts";
import { valuesRequest } from "./values_request.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

/** What the senders of all accounts share. */
export interface SenderServices {
  /** Sends the requests. */
  readonly client: GrafoleanClient;
  /** How fresh values are sent. */
  readonly delivery: "post" | "put";
  /** Limits the requests of all accounts. */
  readonly permits: SendPermits;
  /** Decides when accounts of which nothing gets through try again. */
  readonly failing: FailingAccounts;
  /** Logs what should never happen. */
  readonly log: Logger;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Called with the outcome of each request, before the next one is decided on. */
  readonly onSettled: (settled: SettledRequest) => void;
  /** Called when nothing of an account waits any more. */
  readonly onIdle: (sender: AccountSender) => void;
}

/** A request and its outcome. */
export interface SettledRequest {
  /** The account. */
  readonly sender: AccountSender;
  /** What was sent. */
  readonly request: QueuedRequest;
  /** What the answer means. */
  readonly verdict: Verdict;
  /** What went wrong, in words; `undefined` if the values were stored. */
  readonly error: Error | undefined;
  /** The values that Grafolean has refused. */
  readonly refused: readonly RefusedByBackend[];
}

// Whoever flushes does not wait for longer until an account may send again, in milliseconds.
const MAX_WAIT_MS = 2000;

/** Sends the values of one account, one request at a time. */
export class AccountSender implements FailingAccount {
  readonly accountId: number;
  readonly #services: SenderServices;
  readonly #queue: AccountQueue;
  readonly #notifier = new Notifier();
  #pausedUntil = 0;
  #work: Promise<void> | undefined;
  #sending: readonly WaitingValue[] = [];
  #lastError: Error | undefined;
  /** When the last request was sent that failed, in milliseconds on the monotonic clock. */
  #lastFailure = -Infinity;
  #tookMs = 0;

  /** Constructs a new instance without values. */
  constructor(accountId: number, services: SenderServices) {
    this.accountId = accountId;
    this.#services = services;
    this.#queue = new AccountQueue(services.delivery);
  }

  /** Adds values. Those that are not fresh are sent by PUT, with their own time. */
  add(values: readonly WaitingValue[], isFresh: boolean): void {
    this.#queue.add(values, isFresh);
    this.#wake();
  }

  get failure(): AccountFailure | undefined {
    return this.#queue.failure;
  }

  /** The error of the last request that was not stored. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** What waits. */
  get queue(): Pick<AccountQueue, "quarantined" | "quarantinedPaths" | "isOnlyQuarantine"> {
    return this.#queue;
  }

  /** Whether a value is a part of the request in progress. */
  isSending(value: WaitingValue): boolean {
    return this.#sending.includes(value);
  }

  /** Whether another attempt would be in vain, as one that was made after a moment has failed. */
  hasFailedSince(time: number): boolean {
    if (this.#work === undefined) return true;
    if (this.#sending.length > 0) return false;
    // The backend has asked for a pause, or the bot may not do what is left.
    const now = currentTime();
    if (this.#queue.nextTry(now) > now.monotonic + MAX_WAIT_MS) return true;
    if (this.#lastFailure < time) return false;
    return this.failure !== undefined || this.#queue.isOnlyQuarantine;
  }

  pauseUntil(time: number): void {
    this.#pausedUntil = time;
  }

  retryNow(): void {
    this.#pausedUntil = 0;
    this.#queue.retryForbidden();
    this.#wake();
  }

  /** Sends everything now that waits for a retry. */
  retryAllNow(): void {
    this.#queue.retryNow();
    this.retryNow();
  }

  /** Resolves when nothing is sent any more. */
  async rest(): Promise<void> {
    this.#notifier.notify();
    await this.#work;
  }

  get #lastRequest(): LastRequest {
    if (this.failure === undefined) return "stored";
    return this.#tookMs < SLOW_MS ? "failed" : "failed late";
  }

  #wake(): void {
    if (this.#work === undefined) this.#work = this.#run();
    else this.#notifier.notify();
  }

  async #run(): Promise<void> {
    const { permits, signal, log, onIdle } = this.#services;
    try {
      // Whoever adds values goes on first.
      await Promise.resolve();
      while (!signal.aborted) {
        const at = Math.max(this.#pausedUntil, this.#queue.nextTry(currentTime()));
        if (at === Infinity) break;
        const pause = at - performance.now();
        if (pause > 0) {
          await this.#notifier.wait(pause);
          continue;
        }
        const permit = await permits.acquire(this.#lastRequest);
        try {
          await this.#sendNext();
        } finally {
          permit.release();
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        log.error(`Delivery to account ${this.accountId} has stopped: ${describeError(error)}`);
      }
    } finally {
      this.#work = undefined;
      onIdle(this);
    }
  }

  async #sendNext(): Promise<void> {
    const { client, signal, failing, onSettled } = this.#services;
    const request = this.#queue.next(currentTime());
    if (request === undefined || signal.aborted) return;
    const { method, batch } = request;
    const message = { ...valuesRequest(method, this.accountId, batch.values), signal };
    this.#sending = batch.values;
    const token = client.token.value;
    const start = performance.now();
    let verdict: Verdict;
    let error: Error | undefined;
    try {
      const answer = await client.send(message);
      verdict = interpretAnswer(answer);
      if (verdict.kind !== "stored") error = client.statusError(message, answer);
    } catch (reason) {
      if (signal.aborted) throw reason;
      verdict = interpretError(reason);
      error = reason instanceof Error ? reason : new Error(String(reason));
    }
    const end = performance.now();
    this.#tookMs = end - start;
    this.#sending = [];
    const refused = this.#queue.settle(request, verdict, end, end - start);
    if (verdict.kind !== "stored") this.#lastError = error;
    // To refuse a value is to have done with it.
    if (verdict.kind !== "stored" && refused.length === 0) this.#lastFailure = start;
    onSettled({ sender: this, request, verdict, error, refused });
    if (this.failure === undefined) failing.onStored(this);
    else failing.onFailed(this);
    // The token was replaced while the request was in progress.
    if (this.failure?.kind === "denied" && token !== client.token.value) this.retryNow();
  }
}

function currentTime(): { readonly monotonic: number; readonly wall: number } {
  return { monotonic: performance.now(), wall: Date.now() };
}
