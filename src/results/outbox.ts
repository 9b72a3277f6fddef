/**
 * Sees to it that everything that was handed over reaches the backend.
 *
 * @module
 */

import { describeError } from "../describe_error.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import type { Logger } from "../log.ts";
import { AccountLane, EvidenceCounter, type LanePolicy, type LaneStep } from "./account_lane.ts";
import { judge, judgeError, type Verdict } from "./answers.ts";
import type { BackoffOptions } from "./backoff.ts";
import { HandoverClock } from "./handover_clock.ts";
import { LaneReport } from "./lane_report.ts";
import type { OutboxStore, StoredValue, StoreSize } from "./outbox_store.ts";
import type { Point } from "./values.ts";
import { valuesRequest } from "./values_request.ts";
import { Wake } from "./wake.ts";

/** What an {@linkcode Outbox} is made of. */
export interface OutboxOptions {
  /** Sends the requests. */
  readonly client: GrafoleanClient;
  /** Keeps the values. The outbox closes it. */
  readonly store: OutboxStore;
  /** Hears what goes wrong. */
  readonly log: Logger;
  /** Whether fresh values are first tried by POST, or everything goes by PUT. @default "post" */
  readonly delivery?: "post" | "put" | undefined;
  /** The most that may wait. @default 1,000,000 values or 256 MiB */
  readonly bounds?: Partial<StoreSize> | undefined;
  /** The waits between tries. */
  readonly backoff?: BackoffOptions | undefined;
  /** The wait between tries where somebody has to do something first, in milliseconds. @default 60_000 */
  readonly slowMs?: number | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Milliseconds by a clock that only goes forward. @default performance.now */
  readonly steadyNow?: (() => number) | undefined;
}

/** What an outbox has done so far, and what it has to do. */
export interface OutboxStats {
  /** Values that the backend has taken. */
  readonly sent: number;
  /** Values that the backend will not take. */
  readonly rejected: number;
  /** Values that had to be forgotten since too much waited. */
  readonly dropped: number;
  /** Values that wait. */
  readonly waiting: number;
  /** About how many bytes these take. */
  readonly waitingBytes: number;
  /** Where they wait. */
  readonly place: string;
}

interface Handover {
  readonly accountId: number;
  readonly points: readonly Point[];
  readonly t: number;
  readonly kept: () => void;
  next: number;
}

const DEFAULT_BOUNDS: StoreSize = { values: 1_000_000, bytes: 256 * 1024 * 1024 };

// How often everything is tried again while a flush waits.
const FLUSH_RETRY_MS = 500;

// Put into the store in one go, so that a file is synced once for many jobs; and no more than takes a few milliseconds,
// since nothing else happens meanwhile.
const COMMIT_VALUES = 1000;

/**
 * Keeps values until the backend has them: one lane per account, one request at a time in each.
 *
 * What was decided for a lane is in {@linkcode AccountLane}; here is what waits, sends, and keeps books.
 */
export class Outbox implements AsyncDisposable {
  readonly #client: GrafoleanClient;
  readonly #store: OutboxStore;
  readonly #log: Logger;
  readonly #policy: LanePolicy;
  readonly #bounds: StoreSize;
  readonly #now: () => number;
  readonly #steadyNow: () => number;
  readonly #clock: HandoverClock;
  readonly #evidence = new EvidenceCounter();
  readonly #lanes = new Map<number, Lane>();
  readonly #stop = new AbortController();
  readonly #emptied = new Wake();
  readonly #report: LaneReport;
  #handovers: Handover[] = [];
  #committing: ReturnType<typeof setTimeout> | undefined;
  #lastId: number;
  #sent = 0;
  #rejected = 0;
  #dropped = 0;

  /** Makes an outbox and starts to deliver what the store holds already. */
  constructor(options: OutboxOptions) {
    this.#client = options.client;
    this.#store = options.store;
    this.#log = options.log;
    this.#policy = {
      delivery: options.delivery ?? "post",
      backoff: options.backoff ?? {},
      slowMs: options.slowMs ?? 60_000,
    };
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
    this.#now = options.now ?? Date.now;
    this.#steadyNow = options.steadyNow ?? (() => performance.now());
    this.#clock = new HandoverClock(this.#now);
    this.#lastId = this.#store.lastId;
    this.#report = new LaneReport(this.#log, this.#client, this.#steadyNow);
    const { values } = this.#store.size();
    if (values > 0) {
      this.#log.info(
        `${values} values from before wait in ${this.#store.place} and are delivered now`,
      );
    }
    for (const accountId of this.#store.accounts()) {
      this.#drive(this.#lane(accountId, this.#lastId));
    }
  }

  /**
   * Takes values over. Resolves when they are in the store.
   *
   * @throws {Error} If the outbox is closed.
   */
  accept(accountId: number, points: readonly Point[]): Promise<void> {
    if (this.#stop.signal.aborted) {
      return Promise.reject(new Error("Cannot take values over as the bot has ended"));
    }
    if (points.length === 0) return Promise.resolve();
    return new Promise((kept) => {
      this.#handovers.push({ accountId, points, t: this.#clock.now(), kept, next: 0 });
      this.#committing ??= setTimeout(() => this.#commit());
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
    while (this.#handovers.length > 0) this.#commit();
    // A request that is under way does not count as a try of this flush.
    const tries = new Map(
      [...this.#lanes.values()].map((lane) => [lane, lane.failures + (lane.sending ? 1 : 0)]),
    );
    for (let hurryAt = this.#steadyNow(); this.#store.size().values > 0;) {
      const now = this.#steadyNow();
      if (now >= deadline) break;
      const hopeless = [...tries].every(([lane, before]) => !lane.driven || lane.failures > before);
      if (hopeless && this.#store.durable) break;
      if (now >= hurryAt) {
        this.#hurry();
        hurryAt = now + FLUSH_RETRY_MS;
      }
      await this.#emptied.wait(Math.min(deadline - now, 50));
    }
    return this.#store.size().values;
  }

  /** What was done, and what waits. */
  stats(): OutboxStats {
    const { values, bytes } = this.#store.size();
    const incoming = this.#handovers.reduce(
      (sum, { points, next }) => sum + points.length - next,
      0,
    );
    return {
      sent: this.#sent,
      rejected: this.#rejected,
      dropped: this.#dropped,
      waiting: values + incoming,
      waitingBytes: bytes,
      place: this.#store.place,
    };
  }

  /** Stops delivering at once and closes the store. What waits stays there. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#handovers.length > 0) this.#commit();
    clearTimeout(this.#committing);
    this.#stop.abort();
    const driven = [...this.#lanes.values()].map((lane) => {
      lane.wake.call();
      return lane.driven;
    });
    await Promise.all(driven);
    this.#store[Symbol.dispose]();
  }

  #commit(): void {
    const values: StoredValue[] = [];
    const kept: (() => void)[] = [];
    while (values.length < COMMIT_VALUES) {
      const handover = this.#handovers[0];
      if (handover === undefined) break;
      const { accountId, points, t } = handover;
      const end = Math.min(points.length, handover.next + COMMIT_VALUES - values.length);
      for (; handover.next < end; handover.next++) {
        const { p, v } = points[handover.next]!;
        values.push({ id: ++this.#lastId, accountId, p, v, t });
      }
      if (handover.next < points.length) break;
      kept.push(handover.kept);
      this.#handovers.shift();
    }
    this.#store.append(values);
    this.#hand(values);
    this.#trim();
    for (const tell of kept) tell();
    this.#committing = this.#handovers.length > 0 ? setTimeout(() => this.#commit()) : undefined;
  }

  #hand(values: readonly StoredValue[]): void {
    const groups = new Map<number, StoredValue[]>();
    for (const value of values) {
      const group = groups.get(value.accountId);
      if (group === undefined) groups.set(value.accountId, [value]);
      else group.push(value);
    }
    for (const [accountId, group] of groups) {
      const lane = this.#lane(accountId, group[0]!.id - 1);
      lane.queue.accept(group);
      this.#drive(lane);
    }
  }

  #trim(): void {
    const size = this.#store.size();
    if (size.values <= this.#bounds.values && size.bytes <= this.#bounds.bytes) return;
    const dropped = this.#store.trim(this.#bounds);
    this.#dropped += dropped.values;
    for (const lane of this.#lanes.values()) lane.queue.forget(dropped.lastId);
    this.#report.dropped(dropped.values, this.#dropped);
  }

  #lane(accountId: number, backlogEnd: number): Lane {
    let lane = this.#lanes.get(accountId);
    if (lane === undefined) {
      const queue = new AccountLane(accountId, this.#policy, backlogEnd, this.#evidence);
      lane = { accountId, queue, wake: new Wake(), failures: 0, sending: false, driven: undefined };
      this.#lanes.set(accountId, lane);
    }
    return lane;
  }

  /** Makes sure that a lane is at work; one that waits looks again. */
  #drive(lane: Lane): void {
    if (lane.driven === undefined) lane.driven = this.#work(lane);
    else lane.wake.call();
  }

  async #work(lane: Lane): Promise<void> {
    const read = (afterId: number, limit: number) =>
      this.#store.read(lane.accountId, afterId, limit);
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        const step = await this.#client.inTurn(async (send) => {
          const now = { steady: this.#steadyNow(), wall: this.#now() };
          const step = lane.queue.next(now, read);
          if (step.kind === "send") {
            lane.sending = true;
            await this.#send(lane, step, send);
            lane.sending = false;
          }
          return step;
        }, signal);
        if (step.kind === "idle" && !lane.wake.takeCall()) break;
        if (step.kind === "wait") await lane.wake.wait(step.until - this.#steadyNow());
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#log.error(
          `delivery to account ${lane.accountId} has stopped: ${describeError(error)}`,
        );
      }
    } finally {
      lane.driven = undefined;
      this.#emptied.call();
    }
  }

  async #send(
    lane: Lane,
    step: Extract<LaneStep, { kind: "send" }>,
    send: Parameters<Parameters<GrafoleanClient["inTurn"]>[0]>[0],
  ): Promise<void> {
    const { signal } = this.#stop;
    const request = {
      ...valuesRequest(step.method, lane.accountId, step.chunk.values),
      signal,
    };
    const token = this.#client.token.value;
    const start = this.#steadyNow();
    let verdict: Verdict;
    let trouble: string | undefined;
    try {
      const answer = await send(request);
      verdict = judge(answer);
      if (verdict.kind !== "stored") trouble = this.#client.refusal(request, answer).message;
    } catch (error) {
      if (signal.aborted) throw error;
      verdict = judgeError(error);
      trouble = error instanceof Error ? error.message : String(error);
    }
    const end = this.#steadyNow();
    const outcome = lane.queue.settle(step, verdict, end, end - start);
    this.#book(outcome.done, outcome.rejected !== undefined);
    if (lane.queue.stuck) lane.failures++;
    this.#report.settled(lane.queue, step.method, verdict, trouble, this.stats());
    if (outcome.rejected) this.#report.rejected(lane.accountId, outcome.rejected);
    if (verdict.kind === "denied" && verdict.status === 401) await this.#reread(token);
  }

  #book(done: readonly StoredValue[], rejected: boolean): void {
    if (done.length === 0) return;
    const kept = this.#store.remove(done);
    // What was dropped while it was under way has arrived after all.
    this.#dropped -= done.length - kept;
    if (rejected) this.#rejected += done.length;
    else this.#sent += done.length;
    if (this.#store.size().values === 0) this.#emptied.call();
  }

  /** After a refusal: maybe somebody has put a new token where the old one came from. */
  async #reread(refused: string): Promise<void> {
    await this.#client.token.reread();
    if (this.#client.token.value === refused) return;
    this.#log.info("there is a new bot token: trying again with it");
    this.#hurry();
  }

  #hurry(): void {
    for (const lane of this.#lanes.values()) {
      lane.queue.hurry();
      this.#drive(lane);
    }
  }
}

interface Lane {
  readonly accountId: number;
  readonly queue: AccountLane;
  readonly wake: Wake;
  /** How many requests have failed for the backend's sake. */
  failures: number;
  /** Whether a request is under way. */
  sending: boolean;
  /** Settles when the lane has nothing more to do; `undefined` when that is so. */
  driven: Promise<void> | undefined;
}
