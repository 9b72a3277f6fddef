import type { Logger } from "../util/log.ts";
import { normalizeInSteps, type Point, type RefusedValue, type Values } from "../values/values.ts";
import { uniqueTimestamp } from "./unique_timestamps.ts";
import { memoryOf } from "./store/waiting_values.ts";

/** The job that sends values. */
export interface SendingJob {
  /** Its id. */
  readonly jobId: string;
  /** Its name, if it has one. */
  readonly name: string | undefined;
  /** Its log, for values that are refused. */
  readonly log: Logger;
}

/** How the promise of a call is settled. */
interface Settler {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * So many values are read, or passed on, in one go: about a millisecond, in which nothing else happens. A call with no more
 * is copied when it is made.
 */
export const STEP = 2000;

// Measured in V8: a queued call with its promise, without its values.
const CALL_BYTES = 700;

/** A call of `sendResults`. */
export class Call {
  readonly job: SendingJob;
  readonly accountId: number;
  /** When it was made, in microseconds since 1970. */
  readonly time: number = uniqueTimestamp();
  readonly #settler: Settler;
  readonly #steps: ReturnType<typeof normalizeInSteps>;
  #isRead = false;
  #points: readonly Point[] = [];
  #refused: readonly RefusedValue[] = [];
  #passed = 0;
  #passing = 0;

  /** Constructs a new instance, of which no value has been read. */
  constructor(job: SendingJob, accountId: number, values: Values, settler: Settler) {
    this.job = job;
    this.accountId = accountId;
    this.#settler = settler;
    this.#steps = normalizeInSteps(values, STEP);
  }

  /** Whether all its values have been read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** The values that can be sent; none until all have been read. */
  get points(): readonly Point[] {
    return this.#points;
  }

  /** The values that are refused; none until all have been read. */
  get refused(): readonly RefusedValue[] {
    return this.#refused;
  }

  /** Whether all its values have been passed on. */
  get isPassed(): boolean {
    return this.#isRead && this.#passed === this.#points.length;
  }

  /** About how much memory it takes up until all its values have been passed on, in bytes. */
  get bytes(): number {
    const [first] = this.#points;
    return CALL_BYTES + (first === undefined ? 0 : this.#points.length * memoryOf(first));
  }

  /**
   * Reads the next values.
   *
   * @throws {TypeError} If the shape of the values is invalid.
   */
  read(): void {
    const step = this.#steps.next();
    if (!step.done) return;
    this.#isRead = true;
    this.#points = step.value.points;
    this.#refused = step.value.refused;
  }

  /**
   * Passes the next values on, at most `limit`.
   *
   * @param pass Returns a promise that resolves once they are persisted.
   */
  async pass(limit: number, pass: (points: readonly Point[]) => Promise<void>): Promise<void> {
    const points = this.#points.length <= limit
      ? this.#points
      : this.#points.slice(this.#passed, this.#passed + limit);
    this.#passed += points.length;
    this.#passing++;
    try {
      await pass(points);
    } catch (error) {
      this.#settler.reject(error);
    }
    this.#passing--;
    if (this.isPassed && this.#passing === 0) this.#settler.resolve();
  }

  /** Rejects its promise. */
  fail(error: unknown): void {
    this.#settler.reject(error);
  }
}
