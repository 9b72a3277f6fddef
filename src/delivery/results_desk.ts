import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";
import type { Logger } from "../util/log.ts";
import { Throttle } from "../util/throttle.ts";
import {
  describeValue,
  type NormalizedValues,
  normalizeInSteps,
  type Point,
  type RefusedValue,
  type Values,
} from "../values/values.ts";
import type { Outbox } from "./outbox.ts";
import type { ResultsStats } from "./results_stats.ts";

/** The values of one call of `sendResults`, as a dry run gets them. */
export interface CollectedResults {
  /** The id of the job that sent the values. */
  readonly jobId: string;
  /** The name of that job, if it has one. */
  readonly jobName?: string;
  /** The account of the values. */
  readonly accountId: number;
  /** When the job sent them, in UNIX seconds; values with their own time have it as `t`. */
  readonly time: number;
  /** The values that would be sent to Grafolean. */
  readonly values: readonly Point[];
  /** The values that are refused, and why. */
  readonly refused: readonly RefusedValue[];
}

/** The job that sends values. */
interface SendingJob {
  /** Its id. */
  readonly jobId: string;
  /** Its name, if it has one. */
  readonly name: string | undefined;
  /** Its log, for values that are refused. */
  readonly log: Logger;
}

/** What a {@linkcode ResultsDesk} needs. */
interface ResultsDeskOptions {
  /** Takes the values that can be sent. */
  readonly outbox: Pick<Outbox, "accept" | "stats">;
  /** Takes the values instead of the outbox. */
  readonly dryRun: ((results: CollectedResults) => void) | undefined;
  /** The clocks. @default those of the runtime */
  readonly clock?: Pick<Clock, "now" | "monotonic">;
}

// Checked in one go: takes a few milliseconds, in which nothing else happens.
const SLICE = 2000;

// Of the refused values of one call, so many are named.
const NAMED = 5;

// A device that answers nonsense does so each time: what was said is not said again for so long, in milliseconds.
const REPEAT = 60 * 60_000;

// Maybe all devices do so. In a minute so many warnings are enough, and more than so many are not remembered.
const WARNINGS = 30;
const REMEMBERED = 10_000;

/** Checks what jobs hand in, says what cannot be sent, and passes the rest on. */
export class ResultsDesk {
  readonly #options: ResultsDeskOptions;
  readonly #warnings: Throttle;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  /** When it was said which value of which job is refused. */
  readonly #said = new Map<string, number>();
  /** Resolves when values that take longer to check have been checked. */
  #checking: Promise<void> | undefined;
  #refused = 0;
  #taken = 0;

  /** Makes a desk. */
  constructor(options: ResultsDeskOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#warnings = new Throttle(WARNINGS, 60_000, () => this.#clock.monotonic());
  }

  /**
   * Takes values of a job in, as they are when it is called. What is handed in first is passed on first.
   *
   * @throws {TypeError} If the account or the form of the values cannot be used.
   */
  async take(job: SendingJob, accountId: number, values: Values): Promise<void> {
    if (!Number.isSafeInteger(accountId) || accountId < 1) {
      throw new TypeError(
        `Cannot send values to the account ${
          describeValue(accountId)
        }: use the accountId of the entity`,
      );
    }
    while (this.#checking !== undefined) await this.#checking;
    const steps = normalizeInSteps(values, SLICE);
    const first = steps.next();
    await this.#pass(job, accountId, first.done ? first.value : await this.#goOn(steps));
  }

  /** What became of the values so far. */
  stats(): ResultsStats {
    const stats = this.#options.outbox.stats();
    return {
      ...stats,
      handedOver: stats.handedOver + this.#taken + this.#refused,
      sent: stats.sent + this.#taken,
      refused: stats.refused + this.#refused,
    };
  }

  /** Checks the rest, while others have to wait so that nothing overtakes. */
  #goOn(steps: Generator<void, NormalizedValues>): Promise<NormalizedValues> {
    const checked = inTurns(steps);
    this.#checking = checked.then(() => {
      this.#checking = undefined;
    });
    return checked;
  }

  #pass(
    job: SendingJob,
    accountId: number,
    { points, refused }: NormalizedValues,
  ): Promise<void> | void {
    this.#refused += refused.length;
    const { outbox, dryRun } = this.#options;
    if (dryRun === undefined) {
      if (refused.length > 0) this.#warn(job, refused);
      return outbox.accept(accountId, points);
    }
    this.#taken += points.length;
    const { jobId, name: jobName } = job;
    const time = this.#clock.now() / 1000;
    const about = { jobId, ...(jobName === undefined ? {} : { jobName }), accountId, time };
    dryRun({ ...about, values: points, refused });
  }

  #warn({ jobId, log }: SendingJob, refused: readonly RefusedValue[]): void {
    const fresh = refused.filter(({ p }) => this.#isNews(`${jobId} ${p}`));
    const warn = (message: string): void => {
      const held = this.#warnings.pass();
      if (held === undefined) return;
      log.warn(held === 0 ? message : `${message} (and ${held} more warnings of this kind)`);
    };
    for (const { p, reason } of fresh.slice(0, NAMED)) {
      warn(`Value at ${JSON.stringify(p.slice(0, 200))} was refused: ${reason}`);
    }
    const more = fresh.length - NAMED;
    if (more > 0) warn(`${more} more values of this call were refused`);
    const known = refused.length - fresh.length;
    if (known > 0) log.debug(`${known} values were refused, as logged before`);
  }

  #isNews(what: string): boolean {
    const now = this.#clock.monotonic();
    if (now - (this.#said.get(what) ?? -Infinity) < REPEAT) return false;
    if (this.#said.size >= REMEMBERED) this.#said.clear();
    this.#said.set(what, now);
    return true;
  }
}

async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    await new Promise((next) => setTimeout(next));
    const step = steps.next();
    if (step.done) return step.value;
  }
}
