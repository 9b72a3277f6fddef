import type { GrafoleanClient } from "../grafolean/client.ts";
import { counted } from "../util/format_count.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { Point } from "../values/values.ts";
import type { AccountSender, SettledRequest } from "./account_sender.ts";
import { AccountSenders } from "./account_senders.ts";
import { CommitSchedule } from "./commit_schedule.ts";
import { DeliveryLog } from "./delivery_log.ts";
import type { OpenJournal } from "./load_file_journal.ts";
import { Notifier } from "./notifier.ts";
import {
  allBounds,
  type AllOutboxBounds,
  type OutboxBounds,
  valuesBeyond,
} from "./outbox_bounds.ts";
import type { ResultsStats } from "./results_stats.ts";
import { type Journal, MemoryJournal } from "./store/journal.ts";
import { uniqueTimestamp } from "./unique_timestamps.ts";
import {
  type WaitingRow,
  type WaitingValue,
  WaitingValues,
  withOwnTimes,
} from "./store/waiting_values.ts";

/** What an {@linkcode Outbox} needs. */
export interface OutboxOptions {
  /** Sends the requests. */
  readonly client: GrafoleanClient;
  /** Logs how it goes. */
  readonly log: Logger;
  /** Logs what goes wrong. */
  readonly problems: ProblemLog;
  /** Opens the file in which values wait. @default they wait in memory */
  readonly openJournal?: OpenJournal | undefined;
  /** Whether fresh values are first sent by POST, or all by PUT. @default "post" */
  readonly delivery?: "post" | "put" | undefined;
  /** How much may wait; beyond that the oldest values are dropped. */
  readonly bounds?: OutboxBounds | undefined;
  /** Called with each value that Grafolean has refused. */
  readonly onRefused?: ((value: Pick<WaitingValue, "p" | "v">, reason: string) => void) | undefined;
}

// How often everything is tried again during a flush.
const FLUSH_RETRY_MS = 500;

// If the file is too large, this share of the values is dropped.
const FILE_DROP_SHARE = 1 / 20;

/** Keeps values until Grafolean has them. */
export class Outbox implements AsyncDisposable {
  readonly #client: GrafoleanClient;
  readonly #log: Logger;
  readonly #deliveryLog: DeliveryLog;
  readonly #bounds: AllOutboxBounds;
  readonly #onRefused: OutboxOptions["onRefused"];
  readonly #waiting = new WaitingValues();
  readonly #journal: Journal;
  readonly #senders: AccountSenders;
  readonly #changed = new Notifier();
  #isClosed = false;
  readonly #commits = new CommitSchedule(() => this.#commit());
  /** Values that were dropped while they were being sent, and may arrive. */
  readonly #droppedInFlight = new Set<WaitingValue>();
  #handedOver = 0;
  #sent = 0;
  #refused = 0;
  #dropped = 0;

  /**
   * Constructs a new instance, and starts to deliver the values in the file.
   *
   * @throws {ConfigError} If the file cannot be the outbox of this bot.
   */
  constructor(options: OutboxOptions) {
    const { client, log, problems, delivery = "post", bounds = {}, onRefused } = options;
    const { openJournal = (waiting) => new MemoryJournal(waiting) } = options;
    this.#client = client;
    this.#log = log;
    this.#onRefused = onRefused;
    this.#deliveryLog = new DeliveryLog(problems);
    this.#bounds = allBounds(bounds);
    this.#senders = new AccountSenders({
      client,
      delivery,
      log,
      onSettled: (settled) => this.#onSettled(settled),
      onIdle: (sender) => this.#onIdle(sender),
    });
    this.#journal = openJournal(this.#waiting, {
      problems,
      log,
      onRestored: (rows) => {
        this.#waiting.replaceEarlier(withOwnTimes(rows), true);
        this.#restore(rows);
      },
    });
    const { values } = this.#waiting;
    if (values > 0) {
      log.info(
        `Delivering ${counted(values, "value")} left in ${this.#journal.place} by the previous run`,
      );
    }
    this.#restore(this.#waiting.rows());
    this.#handedOver -= this.#waiting.replaceEarlier(withOwnTimes(this.#waiting.rows()));
  }

  /**
   * Accepts values.
   *
   * @param time The time of those that have none of their own, in microseconds since 1970.
   * @returns A promise that resolves when they are in the file, or in memory if there is none.
   * @throws {Error} If the outbox is closed.
   */
  accept(
    accountId: number,
    points: readonly Point[],
    time: number = uniqueTimestamp(),
  ): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(new Error("Cannot accept values as the bot has stopped"));
    }
    if (points.length === 0) return Promise.resolve();
    const sender = this.#senders.of(accountId);
    const timed = points.filter(({ t }) => t !== undefined);
    const fresh = timed.length === 0 ? points : points.filter(({ t }) => t === undefined);
    this.#handedOver += points.length;
    for (const { values } of this.#waiting.add(accountId, fresh, time)) sender.add(values, true);
    if (timed.length > 0) {
      const inMicros = timed.map(({ p, v, t = 0 }) => ({ p, v, t: Math.round(t * 1e6) }));
      const rows = this.#waiting.add(accountId, inMicros, time);
      for (const { values } of rows) sender.add(values, false);
      // Of several values with the same path and time the last wins, and they count as one.
      this.#handedOver -= this.#waiting.replaceEarlier(rows);
    }
    this.#trim();
    return this.#commits.soon();
  }

  /**
   * Tries again to deliver everything, and waits for that.
   *
   * @param timeoutMs How long to wait at most. It does not wait any longer if all accounts have failed meanwhile and the
   * values are safe in the file.
   * @returns The number of values that still wait.
   */
  async flush(timeoutMs: number): Promise<number> {
    const start = performance.now();
    let retryAt = start;
    for (let now = start; this.#waiting.values > 0; now = performance.now()) {
      if (now - start >= timeoutMs) break;
      if (now >= retryAt) {
        this.#senders.retryAllNow();
        retryAt = now + FLUSH_RETRY_MS;
      }
      if (this.#senders.haveFailedSince(start) && this.#journal.durable) break;
      await this.#changed.wait(Math.min(timeoutMs - (now - start), retryAt - now));
    }
    this.#commits.now();
    return this.#waiting.values;
  }

  /** Waits for the next request to end, but no longer than a number of milliseconds. */
  nextAnswer(ms: number): Promise<void> {
    return this.#changed.wait(ms);
  }

  /** Returns the values that wait. */
  *waiting(): Generator<WaitingValue> {
    for (const { values } of this.#waiting.rows()) yield* values;
  }

  /** Returns how the delivery to an account goes. */
  account(accountId: number): Pick<AccountSender, "failure" | "lastError" | "queue"> {
    return this.#senders.of(accountId);
  }

  /** Returns what became of the values so far. */
  stats(): ResultsStats {
    const { oldest } = this.#waiting;
    return {
      handedOver: this.#handedOver,
      sent: this.#sent,
      refused: this.#refused,
      dropped: this.#dropped,
      waiting: this.#waiting.values,
      quarantined: this.#senders.quarantined,
      oldestAge: oldest === undefined ? null : Math.max(0, (Date.now() - oldest) / 1000),
      durable: this.#journal.durable,
      place: this.#journal.place,
    };
  }

  /** Stops at once, and closes the file. What waits in it stays there. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#senders[Symbol.asyncDispose]();
    this.#commits.now();
    this.#journal[Symbol.dispose]();
  }

  #restore(rows: Iterable<WaitingRow>): void {
    for (const { accountId, values } of rows) {
      this.#handedOver += values.length;
      this.#senders.of(accountId).add(values, false);
    }
  }

  #commit(): void {
    this.#journal.commit();
    // A file that cannot be written does not grow either, and gets no smaller.
    if (this.#journal.durable && this.#journal.fileBytes > this.#bounds.fileBytes) {
      this.#trim(Math.ceil(this.#waiting.values * FILE_DROP_SHARE));
    }
  }

  #onSettled(settled: SettledRequest): void {
    const { request, verdict, refused } = settled;
    const isStored = verdict.kind === "stored";
    if (isStored) this.#sent += this.#waiting.remove(request.batch.values);
    for (const value of this.#droppedInFlight.size > 0 ? request.batch.values : []) {
      if (!this.#droppedInFlight.delete(value) || !isStored) continue;
      this.#dropped--;
      this.#sent++;
    }
    this.#refused += this.#waiting.remove(refused.map(({ value }) => value));
    for (const { value, reason } of refused) this.#onRefused?.(value, reason);
    // Values can become too old although no others come.
    if (this.#bounds.age < Infinity) this.#trim();
    this.#changed.notify();
    if (isStored || refused.length > 0) this.#commits.later();
    this.#deliveryLog.settled(settled);
    if (verdict.kind === "denied" && verdict.status === 401) this.#rereadToken();
  }

  async #rereadToken(): Promise<void> {
    if (!await this.#client.token.reread()) return;
    this.#log.info("Retrying with a new bot token");
    this.#senders.retryNow();
  }

  #onIdle(sender: AccountSender): void {
    this.#changed.notify();
    if (!this.#isClosed) this.#deliveryLog.idle(sender);
  }

  /** Drops the oldest values beyond the bounds, and at least so many. */
  #trim(atLeast = 0): void {
    const oldest = valuesBeyond(this.#bounds, this.#waiting, atLeast);
    for (const value of oldest) {
      const { row } = value;
      if (row && this.#senders.of(row.accountId).isSending(value)) this.#droppedInFlight.add(value);
    }
    const dropped = this.#waiting.remove(oldest);
    this.#dropped += dropped;
    if (dropped > 0) this.#deliveryLog.dropped(dropped);
  }
}
