/**
 * What to send next to one account, and what to conclude from the answer.
 *
 * @module
 */

import type { Verdict } from "./answers.ts";
import { backoffMs, type BackoffOptions } from "./backoff.ts";
import { type Chunk, type Evidence, fitting, halves, newChunk } from "./chunk.ts";
import type { StoredValue } from "./outbox_store.ts";
import { SetAside } from "./set_aside.ts";
import type { Method } from "./values_request.ts";

/** How an {@linkcode AccountLane} delivers. */
export interface LanePolicy {
  /** Whether fresh values are first tried by POST, or everything goes by PUT. */
  readonly delivery: "post" | "put";
  /** The wait between tries while the backend is away. */
  readonly backoff: BackoffOptions;
  /** The wait between tries where somebody has to do something first, in milliseconds. */
  readonly slowMs: number;
}

/** The time, in milliseconds, by two clocks. */
export interface LaneTime {
  /** By a clock that only goes forward: for waits. */
  readonly steady: number;
  /** Since 1970: for the age of a value. */
  readonly wall: number;
}

/** Reads the values of one account from the store: the oldest with an id above `afterId`, at most `limit`. */
export type ReadStore = (afterId: number, limit: number) => StoredValue[];

/** What a lane wants now. */
export type LaneStep =
  | { readonly kind: "send"; readonly method: Method; readonly chunk: Chunk }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "idle" };

/** What came of a request. */
export interface LaneOutcome {
  /** Values that need no more delivery. */
  readonly done: readonly StoredValue[];
  /** Of these, the one that the backend does not take, and why. */
  readonly rejected?: { readonly value: StoredValue; readonly reason: string };
}

/** Counts what was stored and what not, over all accounts, to tell a sick backend from a value that it chokes on. */
export class EvidenceCounter {
  stored = 0;
  choked = 0;

  /** The counts as they are now. */
  now(): Evidence {
    return { stored: this.stored, choked: this.choked };
  }
}

// A request of at most 100 values is stored as a whole or not at all, so an answered failure of a POST stored none.
const POST_VALUES = 100;
const PUT_VALUES = 500;
// A proxy with stock settings takes 1 MiB.
const BODY_BYTES = 900 * 1024;
// Beyond this age the backend's own time, which is what a POST gets, would be wrong.
const FRESH_MS = 2000;
// The backend answers nobody else while it stores, so a request should be over within a second.
const AIM_MS = 700;
// A request with so few values is not too large: where it takes long, or finds no answer in time, something else is slow
// or away.
const FEWEST = 50;
// Values that wait for their first try. Those beyond are read from the store when their turn comes.
const MOST_FRESH = 20_000;
// Values set aside at a time, so that not everything that waits is taken into memory.
const MOST_ASIDE = 4000;
// After this many requests in a row that the backend choked on, the backend itself is taken to be sick.
const SICK_AFTER = 3;
const SICK_AFTER_SUSPECTS = 12;
const DOUBTS_TO_SPLIT = 3;
const DOUBTS_TO_REJECT = 5;
// So many requests must have been stored for each that was choked on before a single value is held to be at fault.
const PROOF_RATIO = 10;

/**
 * Decides, for one account, which values go next and by which method, and what an answer means for them. It has no clock
 * and sends nothing; the one who asks tells it the time and does the rest.
 *
 * Values that were just handed over are `fresh`. Values that were tried and not taken are set `aside` in chunks, each
 * with the time of its next try. All other waiting values, the backlog, stay in the store until they are read.
 */
export class AccountLane {
  /** The account. */
  readonly accountId: number;
  readonly #policy: LanePolicy;
  readonly #evidence: EvidenceCounter;
  #fresh: StoredValue[] = [];
  readonly #aside = new SetAside();
  /** Everything in the store up to here was read, or is fresh. */
  #cursor = 0;
  /** The last id in the store that is not fresh. */
  #backlogEnd: number;
  #freshIsNext = true;
  #notBefore = 0;
  readonly #deniedUntil = { POST: 0, PUT: 0 };
  #failures = 0;
  #doubtsInARow = 0;
  #putValues = POST_VALUES;
  #bodyBytes = BODY_BYTES;

  /**
   * Makes a lane.
   *
   * @param backlogEnd The last id that the store holds already.
   * @param evidence Shared by the lanes of one backend.
   */
  constructor(
    accountId: number,
    policy: LanePolicy,
    backlogEnd: number,
    evidence: EvidenceCounter,
  ) {
    this.accountId = accountId;
    this.#policy = policy;
    this.#backlogEnd = backlogEnd;
    this.#evidence = evidence;
  }

  /** Takes values that were just handed over, and are in the store already. */
  accept(values: readonly StoredValue[]): void {
    if (this.#healthy && this.#fresh.length + values.length <= MOST_FRESH) {
      this.#fresh.push(...values);
    } else {
      this.#freshToBacklog();
      this.#backlogEnd = values.at(-1)?.id ?? this.#backlogEnd;
    }
  }

  /** Forgets values that the store has dropped. */
  forget(upToId: number): void {
    this.#fresh = this.#fresh.filter(({ id }) => id > upToId);
    this.#aside.forget(upToId);
  }

  /** Tries again at once whatever waits for a better time, and looks through the whole store again. */
  hurry(): void {
    this.#notBefore = 0;
    this.#cursor = 0;
    this.#deniedUntil.POST = this.#deniedUntil.PUT = 0;
    this.#aside.hurry();
  }

  /**
   * What to do now. A chunk that is handed out must come back to {@linkcode settle} before the next call.
   *
   * @param now What the clocks say.
   * @param read Reads the account's values from the store.
   */
  next(now: LaneTime, read: ReadStore): LaneStep {
    if (this.#notBefore > now.steady) return { kind: "wait", until: this.#notBefore };
    if (this.#sick) {
      const probe = this.#aside.takeProbe();
      if (probe !== undefined) return { kind: "send", method: "PUT", chunk: probe };
    }
    const step = this.#freshIsNext
      ? this.#sendFresh(now) ?? this.#sendOld(now.steady, read)
      : this.#sendOld(now.steady, read) ?? this.#sendFresh(now);
    return step ?? this.#rest(now.steady, read);
  }

  /**
   * Draws the conclusions from an answer.
   *
   * @param now The steady time after the answer.
   * @param tookMs How long the answer took.
   */
  settle(
    step: Extract<LaneStep, { kind: "send" }>,
    verdict: Verdict,
    now: number,
    tookMs: number,
  ): LaneOutcome {
    const { chunk, method } = step;
    if (method === "PUT" && verdict.kind === "stored") this.#adapt(chunk.values.length, tookMs);
    switch (verdict.kind) {
      case "stored":
        return this.#stored(chunk);
      case "unavailable":
        return this.#unavailable(chunk, verdict, now);
      case "doubtful":
        return this.#doubtful(chunk, now);
      case "bad-request":
        return this.#badRequest(chunk, verdict.reason);
      case "too-large":
        return this.#tooLarge(chunk);
      case "denied":
        return this.#denied(chunk, method, verdict.status, now);
      case "unexpected":
        return this.#postpone(chunk, now + this.#policy.slowMs);
    }
  }

  /** Whether nothing at all gets through at the moment. */
  get stuck(): boolean {
    return this.#failures > 0 || this.#sick;
  }

  get #healthy(): boolean {
    return this.#failures === 0 && this.#doubtsInARow < SICK_AFTER;
  }

  get #sick(): boolean {
    const limit = this.#aside.hasSuspects ? SICK_AFTER_SUSPECTS : SICK_AFTER;
    return this.#doubtsInARow >= limit;
  }

  #sendFresh({ steady: now, wall }: LaneTime): LaneStep | undefined {
    const oldest = this.#fresh[0];
    if (oldest === undefined) return undefined;
    const young = wall - oldest.t / 1000 <= FRESH_MS;
    const byPost = this.#policy.delivery === "post" && young && this.#deniedUntil.POST <= now;
    if (!byPost && this.#deniedUntil.PUT > now) {
      this.#freshToBacklog();
      return undefined;
    }
    const method = byPost ? "POST" : "PUT";
    const count = this.#fitting(this.#fresh, method);
    this.#freshIsNext = false;
    return { kind: "send", method, chunk: newChunk(this.#fresh.splice(0, count)) };
  }

  #sendOld(now: number, read: ReadStore): LaneStep | undefined {
    if (this.#deniedUntil.PUT > now) return undefined;
    const chunk = this.#aside.takeDue(now) ?? this.#fromBacklog(read);
    if (chunk === undefined) return undefined;
    this.#freshIsNext = true;
    return { kind: "send", method: "PUT", chunk };
  }

  #fromBacklog(read: ReadStore): Chunk | undefined {
    // What was set aside is in the store as well, maybe beyond the cursor.
    const aside = this.#aside.ids();
    if (aside.size >= MOST_ASIDE) return undefined;
    while (this.#cursor < this.#backlogEnd) {
      const found = read(this.#cursor, this.#putValues);
      const waiting = found.filter(({ id }) => id <= this.#backlogEnd && !aside.has(id));
      if (waiting.length > 0) {
        const values = waiting.slice(0, this.#fitting(waiting, "PUT"));
        this.#cursor = values.at(-1)!.id;
        return newChunk(values);
      }
      this.#cursor = Math.min(found.at(-1)?.id ?? Infinity, this.#backlogEnd);
    }
    return undefined;
  }

  #rest(now: number, read: ReadStore): LaneStep {
    const isDone = this.#aside.isEmpty && this.#fresh.length === 0 &&
      (this.#cursor >= this.#backlogEnd || read(this.#cursor, 1).length === 0);
    if (isDone) return { kind: "idle" };
    const allowed = this.#deniedUntil.PUT > now ? this.#deniedUntil.PUT : this.#aside.nextTry;
    return { kind: "wait", until: Math.max(now + 1, allowed) };
  }

  #fitting(values: readonly StoredValue[], method: Method): number {
    return method === "POST"
      ? fitting(values, POST_VALUES, this.#bodyBytes, ({ p }) => p)
      : fitting(values, this.#putValues, this.#bodyBytes, ({ p, t }) => `${t} ${p}`);
  }

  #adapt(values: number, tookMs: number): void {
    if (values * 2 < this.#putValues) return; // Too few to tell.
    const bearable = Math.floor((values * AIM_MS) / Math.max(1, tookMs));
    // Not without end: what takes long may be the way there, which takes as long for a single value.
    this.#putValues = Math.max(
      FEWEST,
      Math.min(PUT_VALUES, bearable, this.#putValues * 2),
    );
  }

  #stored(chunk: Chunk): LaneOutcome {
    this.#evidence.stored++;
    this.#answered();
    this.#doubtsInARow = 0;
    return { done: chunk.values };
  }

  #unavailable(
    chunk: Chunk,
    verdict: Extract<Verdict, { kind: "unavailable" }>,
    now: number,
  ): LaneOutcome {
    this.#failures++;
    const atOnce = verdict.atOnce === true && this.#failures === 1;
    const wait = verdict.retryAfterMs ??
      (atOnce ? 0 : backoffMs(this.#failures, this.#policy.backoff));
    if (verdict.timedOut && chunk.values.length > FEWEST) {
      this.#putValues = Math.max(FEWEST, Math.ceil(chunk.values.length / 2));
      this.#aside.add(
        halves(chunk.values).map((half) => ({ ...chunk, values: half, notBefore: 0 })),
      );
      this.#notBefore = now + wait;
      this.#freshToBacklog();
      return { done: [] };
    }
    return this.#postpone(chunk, now + wait);
  }

  #doubtful(chunk: Chunk, now: number): LaneOutcome {
    this.#answered();
    this.#doubtsInARow++;
    if (chunk.doubts === 0) {
      if (!chunk.suspect) this.#evidence.choked++;
      chunk.since = this.#evidence.now();
    }
    chunk.doubts++;
    const stored = this.#evidence.stored - chunk.since.stored;
    if (chunk.values.length > 1) {
      if (stored > 0 && (chunk.suspect || chunk.doubts >= DOUBTS_TO_SPLIT)) {
        this.#aside.add(halves(chunk.values).map((half) => this.#suspect(half)));
        return { done: [] };
      }
    } else if (chunk.doubts >= DOUBTS_TO_REJECT) {
      const choked = this.#evidence.choked - chunk.since.choked;
      if (stored >= PROOF_RATIO * Math.max(1, choked)) {
        const value = chunk.values[0]!;
        return {
          done: chunk.values,
          rejected: {
            value,
            reason: "the backend fails on it again and again (500), and on nothing else",
          },
        };
      }
    }
    chunk.notBefore = now + backoffMs(chunk.doubts, this.#policy.backoff);
    this.#aside.add([chunk]);
    if (this.#sick || !chunk.suspect && this.#doubtsInARow > 1) {
      this.#notBefore = now + backoffMs(this.#doubtsInARow, this.#policy.backoff);
    }
    if (!this.#healthy) this.#freshToBacklog();
    return { done: [] };
  }

  // A part of a chunk that is at fault is split further at the first doubt, so that the search for the value does not
  // take longer than it must.
  #suspect(values: readonly StoredValue[]): Chunk {
    return { ...newChunk(values, true), since: this.#evidence.now() };
  }

  #badRequest(chunk: Chunk, reason: string): LaneOutcome {
    this.#answered();
    chunk.badRequests++;
    if (chunk.badRequests === 1) {
      // Two requests that create the same path at the same time: one of them gets a 400, and succeeds when repeated.
      this.#aside.add([chunk]);
      return { done: [] };
    }
    if (chunk.values.length === 1) {
      return {
        done: chunk.values,
        rejected: { value: chunk.values[0]!, reason: reason || "no reason given" },
      };
    }
    this.#aside.add(
      halves(chunk.values).map((half) => ({
        ...newChunk(half),
        badRequests: half.length > 1 ? 1 : 0,
      })),
    );
    return { done: [] };
  }

  #tooLarge(chunk: Chunk): LaneOutcome {
    this.#answered();
    if (chunk.values.length === 1) {
      return {
        done: chunk.values,
        rejected: {
          value: chunk.values[0]!,
          reason: "a proxy refuses even this value alone as too large (413)",
        },
      };
    }
    this.#bodyBytes = Math.max(1024, Math.floor(this.#bodyBytes / 2));
    this.#aside.add(halves(chunk.values).map((half) => newChunk(half)));
    return { done: [] };
  }

  #denied(chunk: Chunk, method: Method, status: 401 | 403, now: number): LaneOutcome {
    const until = now + this.#policy.slowMs;
    if (status === 401) return this.#postpone(chunk, until);
    this.#answered();
    this.#deniedUntil[method] = until;
    // What may not be sent by POST can still go by PUT.
    this.#aside.add([chunk]);
    return { done: [] };
  }

  /** Keeps a chunk, and sends nothing at all until then. */
  #postpone(chunk: Chunk, until: number): LaneOutcome {
    if (this.#failures === 0) this.#failures = 1;
    this.#notBefore = until;
    this.#aside.add([chunk]);
    this.#freshToBacklog();
    return { done: [] };
  }

  #answered(): void {
    this.#failures = 0;
  }

  #freshToBacklog(): void {
    const last = this.#fresh.at(-1);
    if (last === undefined) return;
    this.#backlogEnd = last.id;
    this.#fresh = [];
  }
}
