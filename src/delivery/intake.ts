import { setImmediate } from "node:timers";
import type { ProblemLog } from "../util/problem_log.ts";
import { describeValue, type Point, type Values } from "../values/values.ts";
import { Call, type SendingJob, STEP } from "./call.ts";
import type { CollectedResults } from "./collected_results.ts";
import { FairQueue } from "./fair_queue.ts";
import { Refusals } from "./refusals.ts";
import type { ResultsStats } from "./results_stats.ts";

/** The outbox, as far as it is needed here. */
interface Receiver {
  /**
   * Accepts values.
   *
   * @param time When the job sent them, in microseconds since 1970, never the same for two calls of a job.
   * @returns A promise that resolves once they are persisted.
   */
  accept(accountId: number, points: readonly Point[], time: number): Promise<void>;
  /** Returns what became of them. */
  stats(): ResultsStats;
}

interface IntakeOptions {
  /** Accepts the values that can be sent. */
  readonly outbox: Receiver;
  /** Receives the values instead of the outbox. */
  readonly dryRun?: ((results: CollectedResults) => void) | undefined;
  /** Receives the values that are refused, except in a dry run. */
  readonly problems: ProblemLog;
  /**
   * The memory that queued values may take up, in bytes; what exceeds it is passed on to the outbox at once.
   *
   * @default 268_435_456 (256 MiB)
   */
  readonly maxQueuedBytes?: number | undefined;
}

// What the outbox has accepted and not persisted: enough to keep it busy, and all that a job has to wait for when another
// one floods. In values, plus one for each call.
const MAX_PASSING = 4000;

const DEFAULT_MAX_QUEUED_BYTES = 256 * 1024 * 1024;

/**
 * Accepts values from jobs: takes out those that cannot be sent, and passes the others on to the outbox.
 *
 * The calls of a job stay in order, and jobs take turns, so that a job that sends a flood of values slows only itself.
 */
export class Intake {
  readonly #outbox: Receiver;
  readonly #dryRun: ((results: CollectedResults) => void) | undefined;
  readonly #refusals: Refusals;
  readonly #maxQueuedBytes: number;
  readonly #queue = new FairQueue<Call>();
  #queued = 0;
  #queuedBytes = 0;
  #passing = 0;
  #isTurnDue = false;
  #refused = 0;
  #dropped = 0;
  #collected = 0;

  /** Constructs a new instance. */
  constructor({ outbox, dryRun, problems, maxQueuedBytes }: IntakeOptions) {
    this.#outbox = outbox;
    this.#dryRun = dryRun;
    this.#refusals = new Refusals(problems);
    this.#maxQueuedBytes = maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES;
  }

  /**
   * Accepts values of a job. Up to 2,000 are copied at once; of more, the rest is read later, so the job must not change
   * them before the promise resolves.
   *
   * @returns A promise that resolves once the values are persisted.
   * @throws {TypeError} If the account or the shape of the values is invalid.
   */
  accept(job: SendingJob, accountId: number, values: Values): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!Number.isSafeInteger(accountId) || accountId < 1) {
        const given = describeValue(accountId);
        throw new TypeError(
          `Cannot send values to the account ${given}: use the accountId of the entity`,
        );
      }
      const call = new Call(job, accountId, values, { resolve, reject });
      this.#read(call);
      const mustWait = this.#queue.keys > 0 || this.#passing >= MAX_PASSING;
      if (mustWait || !call.isRead) this.#enqueue(call);
      else this.#pass(call);
    });
  }

  /** Passes on what is queued, as before the outbox is flushed. What is still being read stays. */
  flush(): void {
    this.#passAtOnce(0);
  }

  /** Returns what became of the values. */
  stats(): ResultsStats {
    const outbox = this.#outbox.stats();
    const sent = outbox.sent + this.#collected;
    const refused = outbox.refused + this.#refused;
    const dropped = outbox.dropped + this.#dropped;
    const waiting = outbox.waiting + this.#queued;
    return {
      ...outbox,
      handedOver: outbox.handedOver + this.#collected + this.#refused + this.#dropped +
        this.#queued,
      sent,
      refused,
      dropped,
      waiting,
      oldestAge: this.#oldestAge(outbox.oldestAge),
    };
  }

  #oldestAge(oldestAge: number | null): number | null {
    for (const { time } of this.#queue.firsts()) {
      oldestAge = Math.max(oldestAge ?? 0, Date.now() / 1000 - time / 1e6);
    }
    return oldestAge;
  }

  #enqueue(call: Call): void {
    this.#queue.push(call.job.jobId, call);
    if (call.isRead) this.#count(call);
    if (this.#queuedBytes > this.#maxQueuedBytes) this.#passAtOnce(this.#maxQueuedBytes);
    this.#takeTurnsSoon();
  }

  #count(call: Call): void {
    this.#queued += call.points.length;
    this.#queuedBytes += call.bytes;
  }

  #takeTurnsSoon(): void {
    if (this.#isTurnDue || this.#queue.keys === 0 || this.#passing >= MAX_PASSING) return;
    this.#isTurnDue = true;
    // Whatever else is due comes before it.
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#takeTurns();
      this.#takeTurnsSoon();
    });
  }

  #takeTurns(): void {
    let done = 0;
    while (done < STEP && this.#queue.keys > 0 && this.#passing < MAX_PASSING) {
      this.#queue.takeTurn((call) => {
        if (call.isRead) {
          done += this.#passQueued(call);
          return call.isPassed;
        }
        done += STEP;
        return !this.#readQueued(call);
      });
    }
  }

  /** Passes calls on until the queued ones fit into so many bytes, or all have to be read first. */
  #passAtOnce(bytes: number): void {
    let unread = 0;
    while (this.#queuedBytes > bytes && unread < this.#queue.keys) {
      this.#queue.takeTurn((call) => {
        unread = call.isRead ? 0 : unread + 1;
        if (call.isRead) this.#passQueued(call);
        return call.isPassed;
      });
    }
  }

  /** Returns whether it can go on. */
  #readQueued(call: Call): boolean {
    try {
      this.#read(call);
    } catch (error) {
      // The iterator of the job has failed.
      call.fail(error);
      return false;
    }
    if (call.isRead) this.#count(call);
    return true;
  }

  #read(call: Call): void {
    call.read();
    const { job, refused } = call;
    this.#refused += refused.length;
    if (this.#dryRun === undefined) this.#refusals.raise(job, call, refused);
  }

  #passQueued(call: Call): number {
    const count = this.#pass(call);
    this.#queued -= count;
    if (call.isPassed) this.#queuedBytes -= call.bytes;
    return count + 1;
  }

  /** Passes the next values of a call on, and returns how many there were. */
  #pass(call: Call): number {
    const { job, accountId, time } = call;
    let count = 0;
    if (this.#dryRun !== undefined) {
      call.pass(Infinity, (points) => {
        count = points.length;
        this.#collected += count;
        const { jobId, name: jobName } = job;
        const about = { jobId, ...(jobName === undefined ? {} : { jobName }), accountId };
        this.#dryRun!({ ...about, time: time / 1e6, values: points, refused: call.refused });
        return Promise.resolve();
      });
    } else {
      call.pass(STEP, (points) => {
        count = points.length;
        this.#refusals.clear(job, call, points);
        return this.#forward(accountId, points, time);
      });
    }
    return count;
  }

  async #forward(accountId: number, points: readonly Point[], time: number): Promise<void> {
    if (points.length === 0) return;
    const cost = points.length + 1;
    this.#passing += cost;
    try {
      await this.#outbox.accept(accountId, points, time);
    } catch (error) {
      this.#dropped += points.length;
      throw error;
    } finally {
      this.#passing -= cost;
      this.#takeTurnsSoon();
    }
  }
}
