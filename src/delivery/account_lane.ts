import { backoffMs, type BackoffOptions } from "../util/backoff.ts";
import type { Verdict } from "./answers.ts";
import { type Chunk, halves, newChunk, reducedTo } from "./chunk.ts";
import { LaneQueue, type ReadStore } from "./lane_queue.ts";
import { RequestSize } from "./request_size.ts";
import type { StoredValue } from "./store/outbox_store.ts";
import { Suspicion } from "./suspicion.ts";
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
interface LaneTime {
  /** By a clock that only goes forward: for waits. */
  readonly steady: number;
  /** Since 1970: for the age of a value. */
  readonly wall: number;
}

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
  readonly refused?: { readonly value: StoredValue; readonly reason: string };
}

// Beyond this age the backend's own time, which is what a POST gets, would be wrong.
const FRESH_MS = 2000;
// What a clock may be set back by without anybody noticing.
const FUTURE_MS = 100;

const CHOKES = "the backend fails on it again and again (500), and on nothing else";
const TOO_LARGE = "a proxy refuses even this value alone as too large (413)";

/**
 * Decides, for one account, which values go next and by which method, and what an answer means for them. It has no clock
 * and sends nothing; the one who asks tells it the time and does the rest.
 */
export class AccountLane {
  /** The account. */
  readonly accountId: number;
  readonly #policy: LanePolicy;
  readonly #size = new RequestSize();
  readonly #queue: LaneQueue;
  readonly #suspicion = new Suspicion();
  #freshIsNext = true;
  #notBefore = 0;
  readonly #deniedUntil = { POST: 0, PUT: 0 };
  #failures = 0;

  /**
   * Makes a lane.
   *
   * @param backlogEnd The last id that the store holds already.
   */
  constructor(accountId: number, policy: LanePolicy, backlogEnd: number) {
    this.accountId = accountId;
    this.#policy = policy;
    this.#queue = new LaneQueue(backlogEnd, this.#size);
  }

  /** Takes values that were just handed over, and are in the store already. */
  accept(values: readonly StoredValue[]): void {
    this.#queue.accept(values, this.#healthy);
  }

  /** Forgets values that the store has dropped: most of those up to an id. */
  forget(upToId: number): void {
    this.#queue.forget(upToId);
  }

  /** Looks through the whole store again, in case that it did not give out everything. */
  rescan(): void {
    this.#queue.rescan();
  }

  /** Tries again at once whatever waits for a better time. */
  hurry(): void {
    this.#notBefore = 0;
    this.#deniedUntil.POST = this.#deniedUntil.PUT = 0;
    this.#queue.hurry();
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
      const probe = this.#queue.takeProbe(read);
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
    switch (verdict.kind) {
      case "stored":
        this.#size.stored(method, chunk.values.length, tookMs);
        this.#suspicion.acquit(chunk);
        this.#failures = 0;
        return { done: chunk.values };
      case "unavailable":
        return this.#unavailable(chunk, verdict, now);
      case "doubtful":
        return this.#doubtful(chunk, now, CHOKES, verdict.retryAfterMs);
      case "bad-request":
        return this.#badRequest(chunk, verdict.reason);
      case "too-large":
        return this.#tooLarge(chunk, now);
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
    return this.#failures === 0 && this.#suspicion.isHealthy;
  }

  get #sick(): boolean {
    return this.#suspicion.isSick(this.#queue.isSearching);
  }

  #sendFresh({ steady: now, wall }: LaneTime): LaneStep | undefined {
    const oldest = this.#queue.firstFresh;
    if (oldest === undefined) return undefined;
    const age = wall - oldest.t / 1000;
    const young = age <= FRESH_MS && age >= -FUTURE_MS;
    const byPost = this.#policy.delivery === "post" && young && this.#deniedUntil.POST <= now;
    if (!byPost && this.#deniedUntil.PUT > now) {
      this.#queue.freshToBacklog();
      return undefined;
    }
    const method = byPost ? "POST" : "PUT";
    this.#freshIsNext = false;
    return { kind: "send", method, chunk: this.#queue.takeFresh(method) };
  }

  #sendOld(now: number, read: ReadStore): LaneStep | undefined {
    if (this.#deniedUntil.PUT > now) return undefined;
    const chunk = this.#queue.takeOld(now, read);
    if (chunk === undefined) return undefined;
    this.#freshIsNext = true;
    return { kind: "send", method: "PUT", chunk };
  }

  #rest(now: number, read: ReadStore): LaneStep {
    if (this.#queue.isEmpty(read)) return { kind: "idle" };
    const allowed = this.#deniedUntil.PUT > now ? this.#deniedUntil.PUT : this.#queue.nextTry;
    return { kind: "wait", until: Math.max(now + 1, allowed) };
  }

  #unavailable(
    chunk: Chunk,
    verdict: Extract<Verdict, { kind: "unavailable" }>,
    now: number,
  ): LaneOutcome {
    this.#failures++;
    const atOnce = verdict.atOnce === true && this.#failures === 1;
    // What asks to be tried again at once, each time, would be hammered.
    const wait = Math.max(
      verdict.retryAfterMs ?? 0,
      atOnce ? 0 : backoffMs(this.#failures, this.#policy.backoff),
    );
    if (verdict.timedOut && this.#size.late(chunk.values.length)) {
      this.#queue.setAside(
        halves(chunk.values).map((half) => ({
          ...reducedTo(half, chunk),
          notBefore: 0,
        })),
      );
      this.#notBefore = now + wait;
      this.#queue.freshToBacklog();
      return { done: [] };
    }
    return this.#postpone(chunk, now + wait);
  }

  #doubtful(chunk: Chunk, now: number, reason: string, retryAfterMs = 0): LaneOutcome {
    this.#failures = 0;
    const sentence = this.#suspicion.accuse(chunk);
    if (sentence === "refuse") {
      return { done: chunk.values, refused: { value: chunk.values[0]!, reason } };
    }
    if (sentence === "split") {
      const since = this.#suspicion.evidence;
      this.#queue.setAside(
        halves(chunk.values).map((half) => ({ ...newChunk(half, true), since })),
      );
    } else {
      chunk.notBefore = now + backoffMs(chunk.doubts, this.#policy.backoff);
      this.#queue.setAside([chunk]);
    }
    const { inARow } = this.#suspicion;
    const wait = this.#sick || !chunk.suspect && inARow > 1
      ? backoffMs(inARow, this.#policy.backoff)
      : 0;
    this.#notBefore = now + Math.max(wait, retryAfterMs);
    if (!this.#healthy) this.#queue.freshToBacklog();
    return { done: [] };
  }

  #badRequest(chunk: Chunk, reason: string): LaneOutcome {
    this.#failures = 0;
    chunk.badRequests++;
    if (chunk.badRequests === 1) {
      // Two requests that create the same path at the same time: one of them gets a 400, and succeeds when repeated.
      this.#queue.setAside([chunk]);
      return { done: [] };
    }
    if (chunk.values.length === 1) {
      return {
        done: chunk.values,
        refused: { value: chunk.values[0]!, reason: reason || "no reason given" },
      };
    }
    this.#queue.setAside(
      halves(chunk.values).map((half) => ({
        ...newChunk(half),
        badRequests: half.length > 1 ? 1 : 0,
      })),
    );
    return { done: [] };
  }

  #tooLarge(chunk: Chunk, now: number): LaneOutcome {
    this.#failures = 0;
    // A single value is hardly ever too large: maybe the proxy says so to everything.
    if (chunk.values.length === 1) return this.#doubtful(chunk, now, TOO_LARGE);
    this.#size.tooLarge();
    this.#queue.setAside(halves(chunk.values).map((half) => newChunk(half)));
    return { done: [] };
  }

  #denied(chunk: Chunk, method: Method, status: 401 | 403, now: number): LaneOutcome {
    const until = now + this.#policy.slowMs;
    if (status === 401) return this.#postpone(chunk, until);
    this.#failures = 0;
    this.#deniedUntil[method] = until;
    // What may not be sent by POST can still go by PUT.
    this.#queue.setAside([chunk]);
    return { done: [] };
  }

  /** Keeps a chunk, and sends nothing at all until then. */
  #postpone(chunk: Chunk, until: number): LaneOutcome {
    if (this.#failures === 0) this.#failures = 1;
    this.#notBefore = until;
    this.#queue.setAside([chunk]);
    this.#queue.freshToBacklog();
    return { done: [] };
  }
}
