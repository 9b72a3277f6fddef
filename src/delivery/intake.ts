import { setImmediate } from "node:timers";
import type { Logger } from "../util/log.ts";
import type { Observers } from "../util/observers.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import {
  describeValue,
  type NormalizedValues,
  normalizeInSlices,
  normalizeValues,
  type Point,
  type Values,
} from "../values/values.ts";
import type { CollectedResults } from "./collected_results.ts";
import { Refusals } from "./refusals.ts";
import type { ResultsStats } from "./results_stats.ts";
import { uniqueTimestamp } from "./unique_timestamps.ts";
import type { ValuesObserver } from "./values_observer.ts";

/** The outbox, as far as it is needed here. */
interface Receiver {
  /**
   * Accepts values.
   *
   * @param time Their time, in microseconds since 1970.
   * @returns A promise that resolves once they are persisted.
   */
  accept(accountId: number, points: readonly Point[], time: number): Promise<void>;
  /** Returns what became of them. */
  stats(): ResultsStats;
}

/** The job that sends values. */
interface SendingJob {
  readonly jobId: string;
  readonly name: string | undefined;
  /** Receives the lines about values that are refused. */
  readonly log: Logger;
}

interface IntakeOptions {
  /** Accepts the values that can be sent. */
  readonly outbox: Receiver;
  /** Receives the values instead of the outbox. */
  readonly dryRun?: ((results: CollectedResults) => void) | undefined;
  /** Receives the values that are refused, except in a dry run. */
  readonly problems: ProblemLog;
  /** Those who observe the values. @default nobody */
  readonly observers?: Observers<ValuesObserver> | undefined;
}

// So many values are read, or passed on, in a turn of the event loop: about a millisecond, and what the outbox needs to
// write them. A call with no more is copied when it is made.
const SLICE = 2000;

// If more values are queued, the rest does not wait for its turn: the outbox takes up less memory and has a bound.
const MAX_QUEUED = 500_000;

/**
 * Accepts values from jobs: takes out those that cannot be sent, and passes the others on to the outbox.
 *
 * The calls of a job stay in order, and jobs take turns, so that a job that sends a flood of values slows only itself.
 */
export class Intake {
  readonly #outbox: Receiver;
  readonly #dryRun: ((results: CollectedResults) => void) | undefined;
  readonly #refusals: Refusals;
  readonly #observers: Observers<ValuesObserver> | undefined;
  /** By job id: resolves when all values of the latest call have been passed on. */
  readonly #latest = new Map<string, Promise<void>>();
  /** How much may still be done in this turn of the event loop, in values. */
  #left = SLICE;
  /** Resolves at the next turn; `undefined` if nothing has been done in this one. */
  #nextTurn: Promise<void> | undefined;
  #maxQueued = MAX_QUEUED;
  #handedOver = 0;
  #refused = 0;
  #queued = 0;
  #passed = 0;
  #dropped = 0;
  #collected = 0;

  /** Constructs a new instance. */
  constructor({ outbox, dryRun, problems, observers }: IntakeOptions) {
    this.#outbox = outbox;
    this.#dryRun = dryRun;
    this.#refusals = new Refusals(problems);
    this.#observers = observers;
  }

  /**
   * Accepts values of a job. Up to 2,000 are copied at once; of more, the rest is read later, so the job must not change
   * them before the promise resolves.
   *
   * @returns A promise that resolves once the values are persisted.
   * @throws {TypeError} If the account or the shape of the values is invalid.
   */
  async accept(job: SendingJob, accountId: number, values: Values): Promise<void> {
    if (!Number.isSafeInteger(accountId) || accountId < 1) {
      const given = describeValue(accountId);
      throw new TypeError(
        `Cannot send values to the account ${given}: use the accountId of the entity`,
      );
    }
    if (this.#dryRun !== undefined) return this.#collect(this.#dryRun, job, accountId, values);
    const slices = normalizeInSlices(values, SLICE);
    let slice = this.#read(job, accountId, slices);
    const time = uniqueTimestamp();

    const previous = this.#latest.get(job.jobId);
    let onPassed!: () => void;
    const passed = new Promise<void>((resolve) => onPassed = resolve);
    this.#latest.set(job.jobId, passed);
    let persisted: Promise<void>;
    try {
      if (previous !== undefined) await previous;
      while (this.#left <= 0 && this.#queued <= this.#maxQueued) await this.#nextTurn;
      persisted = this.#pass(accountId, slice.value, time);
      while (!slice.done) {
        await persisted;
        while (this.#left <= 0) await this.#nextTurn;
        slice = this.#read(job, accountId, slices);
        // A path may occur in several slices, and the last value wins.
        persisted = this.#pass(accountId, slice.value, uniqueTimestamp());
      }
    } finally {
      onPassed();
      if (this.#latest.get(job.jobId) === passed) this.#latest.delete(job.jobId);
      // It may hold a file open.
      slices.return(slice.value);
    }
    await persisted;
  }

  /** Passes on what is queued, as before the outbox is flushed. Calls of which not all has been read go on as before. */
  async flush(): Promise<void> {
    this.#maxQueued = -1;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Returns what became of the values. */
  stats(): ResultsStats {
    const outbox = this.#outbox.stats();
    return {
      ...outbox,
      handedOver: outbox.handedOver + this.#handedOver - this.#passed,
      sent: outbox.sent + this.#collected,
      refused: outbox.refused + this.#refused,
      dropped: outbox.dropped + this.#dropped,
      waiting: outbox.waiting + this.#queued,
      // Values are queued for a moment only.
      oldestAge: outbox.oldestAge ?? (this.#queued > 0 ? 0 : null),
    };
  }

  #read(
    job: SendingJob,
    accountId: number,
    slices: Generator<NormalizedValues, NormalizedValues>,
  ): IteratorResult<NormalizedValues, NormalizedValues> {
    const slice = slices.next();
    this.#count(job, accountId, slice.value);
    this.#queued += slice.value.points.length;
    this.#refusals.report(job, slice.value);
    return slice;
  }

  #count({ jobId }: SendingJob, accountId: number, { points, refused }: NormalizedValues): void {
    this.#handedOver += points.length + refused.length;
    this.#refused += refused.length;
    if (points.length === 0 || this.#observers?.isEmpty !== false) return;
    this.#observers.notify((observer) => observer.onValues?.(jobId, accountId, points));
  }

  async #pass(
    accountId: number,
    { points, refused }: NormalizedValues,
    time: number,
  ): Promise<void> {
    const count = points.length;
    this.#left -= count + refused.length + 1;
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#left = SLICE;
        this.#nextTurn = undefined;
        resolve();
      });
    });
    if (count === 0) return;
    this.#queued -= count;
    this.#passed += count;
    try {
      await this.#outbox.accept(accountId, points, time);
    } catch (error) {
      this.#passed -= count;
      this.#dropped += count;
      throw error;
    }
  }

  #collect(
    dryRun: (results: CollectedResults) => void,
    job: SendingJob,
    accountId: number,
    values: Values,
  ): void {
    const { jobId, name } = job;
    const normalized = normalizeValues(values);
    const { points, refused } = normalized;
    this.#count(job, accountId, normalized);
    this.#collected += points.length;
    dryRun({
      jobId,
      ...(name === undefined ? {} : { jobName: name }),
      accountId,
      time: Date.now() / 1000,
      values: points,
      refused,
    });
  }
}
