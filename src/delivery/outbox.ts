import { clearImmediate, setImmediate } from "node:timers";
import type { Point } from "../values/values.ts";
import { AccountLane, type LanePolicy } from "./account_lane.ts";
import { Handovers } from "./handovers.ts";
import { LaneReport } from "./lane_report.ts";
import { LaneWorker, type SettledRequest } from "./lane_worker.ts";
import type { OutboxOptions, OutboxStats } from "./outbox_options.ts";
import type { OutboxStore, StoredValue, StoreSize } from "./store/outbox_store.ts";
import { uniqueTimestamp } from "./unique_timestamps.ts";
import { Wake } from "./wake.ts";

export type { OutboxOptions, OutboxStats };

const DEFAULT_BOUNDS: StoreSize = { values: 1_000_000, bytes: 256 * 1024 * 1024 };

// How often everything is tried again while a flush waits.
const FLUSH_RETRY_MS = 500;

// Put into the store in one go, so that a file is synced once for many jobs; and no more than takes a few milliseconds,
// since nothing else happens meanwhile.
const COMMIT_VALUES = 500;

/**
 * Keeps values until the backend has them: one lane per account, one request at a time in each.
 *
 * What is sent when is decided by an {@linkcode AccountLane} and done by its {@linkcode LaneWorker}; here they come
 * together with the store, and books are kept.
 */
export class Outbox implements AsyncDisposable {
  readonly #options: OutboxOptions;
  readonly #store: OutboxStore;
  readonly #policy: LanePolicy;
  readonly #bounds: StoreSize;
  readonly #now: () => number;
  readonly #steadyNow: () => number;
  readonly #workers = new Map<number, LaneWorker>();
  readonly #stop = new AbortController();
  readonly #emptied = new Wake();
  readonly #report: LaneReport;
  readonly #handovers = new Handovers();
  /** Calls off the next commit. */
  #committing: (() => void) | undefined;
  #rescan: ReturnType<typeof setTimeout> | undefined;
  #lastId: number;
  #sent = 0;
  #refused = 0;
  #dropped = 0;

  /** Makes an outbox and starts to deliver what the store holds already. */
  constructor(options: OutboxOptions) {
    const { client, store, log } = options;
    this.#options = options;
    this.#store = store;
    this.#policy = {
      delivery: options.delivery ?? "post",
      backoff: options.backoff ?? {},
      slowMs: options.slowMs ?? 60_000,
    };
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
    this.#now = options.now ?? Date.now;
    this.#steadyNow = options.steadyNow ?? (() => performance.now());
    this.#lastId = store.lastId;
    this.#report = new LaneReport(log, client, this.#steadyNow);
    const { values } = store.size();
    if (values > 0) {
      log.info(
        `Delivering ${values} values left in ${store.place} by the previous run`,
      );
    }
    for (const accountId of store.accounts()) this.#worker(accountId, this.#lastId).drive();
  }

  /**
   * Takes values over. Resolves when they are in the store.
   *
   * @throws {Error} If the outbox is closed.
   */
  accept(accountId: number, points: readonly Point[]): Promise<void> {
    if (this.#stop.signal.aborted) {
      return Promise.reject(new Error("Cannot accept values as the bot has stopped"));
    }
    if (points.length === 0) return Promise.resolve();
    return new Promise((kept) => {
      this.#handovers.add(accountId, points, uniqueTimestamp(this.#now()), kept);
      this.#commitSoon();
    });
  }

  /**
   * Tries once more to deliver everything, and waits for it.
   *
   * @param timeoutMs How long to wait. Where the values are safe in a file, there is no need to wait once every account
   * has failed.
   * @returns How many values are left.
   */
  async flush(timeoutMs: number): Promise<number> {
    const deadline = this.#steadyNow() + timeoutMs;
    this.#commitAll();
    // A request that is under way does not count as a try of this flush.
    const tries = [...this.#workers.values()].map((worker) =>
      [worker, worker.failures.begun] as const
    );
    let hurryAt = -Infinity;
    while (this.#store.size().values > 0) {
      const now = this.#steadyNow();
      if (now >= deadline) break;
      if (now >= hurryAt) {
        this.#hurry();
        hurryAt = now + FLUSH_RETRY_MS;
      }
      const hopeless = tries.every(([worker, before]) =>
        worker.isIdle || worker.failures.ended > before
      );
      if (hopeless && this.#store.durable) break;
      await this.#emptied.wait(Math.min(deadline - now, 50));
    }
    return this.#store.size().values;
  }

  /** What was done, and what waits. */
  stats(): OutboxStats {
    const { values, bytes } = this.#store.size();
    return {
      sent: this.#sent,
      refused: this.#refused,
      dropped: this.#dropped,
      waiting: values + this.#handovers.values,
      waitingBytes: bytes,
      place: this.#store.place,
    };
  }

  /** Whether all that waits is still there after the process has ended. */
  get durable(): boolean {
    return this.#store.durable;
  }

  /** Stops delivering at once and closes the store. What waits stays there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#commitAll();
    this.#stop.abort();
    clearTimeout(this.#rescan);
    await Promise.all([...this.#workers.values()].map((worker) => worker.rest()));
    this.#store[Symbol.dispose]();
  }

  #commitSoon(): void {
    if (this.#committing !== undefined) return;
    const timer = setTimeout(() => this.#commitInTurns());
    this.#committing = () => clearTimeout(timer);
  }

  #commitInTurns(): void {
    this.#committing = undefined;
    this.#commit();
    if (this.#handovers.values === 0) return;
    // Whatever else is due has its turn before, but there is nothing to gather by a timer.
    const next = setImmediate(() => this.#commitInTurns());
    this.#committing = () => clearImmediate(next);
  }

  #commitAll(): void {
    this.#committing?.();
    this.#committing = undefined;
    while (this.#handovers.values > 0) this.#commit();
  }

  #commit(): void {
    const { values, kept } = this.#handovers.take(COMMIT_VALUES, () => ++this.#lastId);
    this.#store.append(values);
    this.#hand(values);
    this.#trim();
    for (const tell of kept) tell();
  }

  /** Hands values that are in the store to the lanes of their accounts. */
  #hand(values: readonly StoredValue[]): void {
    const groups = new Map<number, StoredValue[]>();
    for (const value of values) {
      const group = groups.get(value.accountId);
      if (group === undefined) groups.set(value.accountId, [value]);
      else group.push(value);
    }
    for (const [accountId, group] of groups) {
      const worker = this.#worker(accountId, group[0]!.id - 1);
      worker.lane.accept(group);
      worker.drive();
    }
  }

  #trim(): void {
    const size = this.#store.size();
    if (size.values <= this.#bounds.values && size.bytes <= this.#bounds.bytes) return;
    const dropped = this.#store.trim(this.#bounds);
    this.#dropped += dropped.values;
    for (const { lane } of this.#workers.values()) lane.forget(dropped.lastId);
    this.#report.dropped(dropped.values, this.#dropped);
  }

  /** The worker of an account; a new one finds the values up to `backlogEnd` in the store. */
  #worker(accountId: number, backlogEnd: number): LaneWorker {
    let worker = this.#workers.get(accountId);
    if (worker === undefined) {
      worker = new LaneWorker({
        lane: new AccountLane(accountId, this.#policy, backlogEnd),
        client: this.#options.client,
        log: this.#options.log,
        now: this.#now,
        steadyNow: this.#steadyNow,
        signal: this.#stop.signal,
        read: (afterId, limit) => this.#read(accountId, afterId, limit),
        settled: (settled) => this.#settled(settled),
        idle: () => this.#emptied.call(),
      });
      this.#workers.set(accountId, worker);
    }
    return worker;
  }

  #read(accountId: number, afterId: number, limit: number): StoredValue[] {
    const found = this.#store.read(accountId, afterId, limit);
    if (this.#store.missedSome && !this.#stop.signal.aborted) {
      this.#rescan ??= setTimeout(() => {
        this.#rescan = undefined;
        for (const worker of this.#workers.values()) {
          worker.lane.rescan();
          worker.drive();
        }
      }, this.#options.rescanMs ?? 30_000);
    }
    return found;
  }

  async #settled({ lane, step, token, verdict, trouble, outcome }: SettledRequest): Promise<void> {
    const { done, refused } = outcome;
    if (done.length > 0) {
      const kept = this.#store.remove(done);
      // What was dropped while it was under way has arrived after all.
      this.#dropped -= done.length - kept;
      if (refused) this.#refused += done.length;
      else this.#sent += done.length;
    }
    this.#report.settled(lane, step.method, verdict, trouble, this.stats());
    if (refused) this.#report.refused(lane.accountId, refused);
    if (verdict.kind === "denied" && verdict.status === 401) await this.#reread(token);
  }

  /** After a refusal: maybe somebody has put a new token where the old one came from. */
  async #reread(refused: string): Promise<void> {
    const { client, log } = this.#options;
    await client.token.reread();
    if (client.token.value === refused) return;
    log.info("Retrying with a new bot token");
    this.#hurry();
  }

  #hurry(): void {
    for (const worker of this.#workers.values()) {
      worker.lane.hurry();
      worker.drive();
    }
  }
}
