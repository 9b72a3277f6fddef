import type { GrafoleanClient } from "../grafolean/client.ts";
import { describeError } from "../util/describe_error.ts";
import type { Logger } from "../util/log.ts";
import type { AccountLane, LaneOutcome, LaneStep } from "./account_lane.ts";
import { judge, judgeError, type Verdict } from "./answers.ts";
import type { ReadStore } from "./lane_queue.ts";
import { valuesRequest } from "./values_request.ts";
import { Wake } from "./wake.ts";

/** What a {@linkcode LaneWorker} needs. */
interface LaneWorkerOptions {
  /** Decides. */
  readonly lane: AccountLane;
  /** Sends the requests. */
  readonly client: GrafoleanClient;
  /** Hears of what should never happen. */
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds by a clock that only goes forward. */
  readonly steadyNow: () => number;
  /** Ends the work at once. */
  readonly signal: AbortSignal;
  /** Reads the account's values from the store. */
  readonly read: ReadStore;
  /** Is told what came of each request, before the next one is decided on. */
  readonly settled: (settled: SettledRequest) => void | Promise<void>;
  /** Is told when there is nothing more to do. */
  readonly idle: () => void;
}

/** A request with values, and what came of it. */
export interface SettledRequest {
  /** The lane that it belongs to. */
  readonly lane: AccountLane;
  /** What was sent. */
  readonly step: Extract<LaneStep, { kind: "send" }>;
  /** The token that was sent. */
  readonly token: string;
  /** What the answer means. */
  readonly verdict: Verdict;
  /** What went wrong, in words; `undefined` if nothing did. */
  readonly trouble: string | undefined;
  /** What the lane concludes. */
  readonly outcome: LaneOutcome;
}

/** Works off one lane, one request at a time, and rests while there is nothing to do. */
export class LaneWorker {
  readonly #options: LaneWorkerOptions;
  readonly #wake = new Wake();
  #working: Promise<void> | undefined;
  #failures = 0;
  #sending = false;

  /** Makes a worker that rests. */
  constructor(options: LaneWorkerOptions) {
    this.#options = options;
  }

  /** What decides for it. */
  get lane(): AccountLane {
    return this.#options.lane;
  }

  /** Whether it has nothing to do. */
  get isIdle(): boolean {
    return this.#working === undefined;
  }

  /** How many requests have failed so far for the backend's sake, the one under way included. */
  get failures(): { readonly ended: number; readonly begun: number } {
    return { ended: this.#failures, begun: this.#failures + (this.#sending ? 1 : 0) };
  }

  /** Sees to it that the lane is looked at now. */
  drive(): void {
    if (this.#working === undefined) this.#working = this.#work();
    else this.#wake.call();
  }

  /** Resolves when it rests. */
  async rest(): Promise<void> {
    this.#wake.call();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal, steadyNow, log, lane, idle } = this.#options;
    try {
      while (!signal.aborted) {
        const step = await this.#step();
        if (step.kind === "idle" && !this.#wake.takeCall()) break;
        if (step.kind === "wait") await this.#wake.wait(step.until - steadyNow());
      }
    } catch (error) {
      if (!signal.aborted) {
        log.error(`Delivery to account ${lane.accountId} has stopped: ${describeError(error)}`);
      }
    } finally {
      this.#working = undefined;
      idle();
    }
  }

  async #step(): Promise<LaneStep> {
    const { lane, now, steadyNow, read, settled } = this.#options;
    const step = lane.next({ steady: steadyNow(), wall: now() }, read);
    if (step.kind !== "send") return step;
    this.#sending = true;
    try {
      await settled(await this.#send(step));
    } finally {
      this.#sending = false;
    }
    return step;
  }

  async #send(step: SettledRequest["step"]): Promise<SettledRequest> {
    const { lane, client, steadyNow, signal } = this.#options;
    const request = {
      ...valuesRequest(step.method, lane.accountId, step.chunk.values),
      signal,
    };
    const token = client.token.value;
    const start = steadyNow();
    let verdict: Verdict;
    let trouble: string | undefined;
    try {
      const answer = await client.send(request);
      verdict = judge(answer);
      if (verdict.kind !== "stored") trouble = client.statusError(request, answer).message;
    } catch (error) {
      if (signal.aborted) throw error;
      verdict = judgeError(error);
      trouble = error instanceof Error ? error.message : String(error);
    }
    const end = steadyNow();
    const outcome = lane.settle(step, verdict, end, end - start);
    // Where values are refused or are too many something is done about it, even if nothing gets through yet.
    const isProgress = verdict.kind === "bad-request" || verdict.kind === "too-large";
    if (lane.stuck && !isProgress) this.#failures++;
    return { lane, step, token, verdict, trouble, outcome };
  }
}
