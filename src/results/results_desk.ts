/**
 * Where jobs hand their values in.
 *
 * @module
 */

import type { Logger } from "../log.ts";
import type { Outbox } from "./outbox.ts";
import { describe } from "./paths.ts";
import { normalizeValues, type Point, type Rejected, type Values } from "./values.ts";

/** The values of one `sendResults`, as a dry run sees them. */
export interface CollectedResults {
  /** The job that has sent them. */
  readonly jobId: string;
  /** The account that they belong to. */
  readonly accountId: number;
  /** When they were sent, in UNIX seconds. */
  readonly time: number;
  /** The values that Grafolean would be sent. */
  readonly values: readonly Point[];
  /** The values that it could not take, and why. */
  readonly rejected: readonly Rejected[];
}

/** What became of the values. */
export interface ResultsStats {
  /** Those that Grafolean has stored, or a dry run has taken. */
  readonly sent: number;
  /** Those that Grafolean could not take or has refused. */
  readonly rejected: number;
  /** Those that were dropped because too many waited. */
  readonly dropped: number;
  /** Those that wait. */
  readonly waiting: number;
  /** Where they wait: `"memory"`, or the name of the file. */
  readonly place: string;
}

/** What a {@linkcode ResultsDesk} needs. */
export interface ResultsDeskOptions {
  /** Takes the values that can be sent. */
  readonly outbox: Outbox;
  /** Takes the values instead of the outbox. */
  readonly dryRun: ((results: CollectedResults) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears which values of a job were refused. */
  readonly log: (jobId: string) => Logger;
}

const NAMED = 5;

/** Checks what jobs hand in, says what cannot be sent, and passes the rest on. */
export class ResultsDesk {
  readonly #options: ResultsDeskOptions;
  #refused = 0;
  #taken = 0;

  /** Makes a desk. */
  constructor(options: ResultsDeskOptions) {
    this.#options = options;
  }

  /**
   * Takes values of a job in.
   *
   * @throws {TypeError} If the account or the form of the values cannot be used.
   */
  async take(jobId: string, accountId: number, values: Values): Promise<void> {
    if (!Number.isSafeInteger(accountId) || accountId < 1) {
      throw new TypeError(
        `Cannot send values to the account ${describe(accountId)}: use the accountId of the entity`,
      );
    }
    const { outbox, dryRun, now } = this.#options;
    const { points, rejected } = normalizeValues(values);
    this.#refused += rejected.length;
    if (rejected.length > 0) this.#name(jobId, rejected);
    if (dryRun === undefined) {
      await outbox.accept(accountId, points);
    } else {
      this.#taken += points.length;
      dryRun({ jobId, accountId, time: now() / 1000, values: points, rejected });
    }
  }

  /** What became of the values so far. */
  stats(): ResultsStats {
    const { sent, rejected, dropped, waiting, place } = this.#options.outbox.stats();
    return {
      sent: sent + this.#taken,
      rejected: rejected + this.#refused,
      dropped,
      waiting,
      place,
    };
  }

  #name(jobId: string, rejected: readonly Rejected[]): void {
    const log = this.#options.log(jobId);
    for (const { p, reason } of rejected.slice(0, NAMED)) {
      log.warn(`the value at "${p.slice(0, 200)}" is not sent: ${reason}`);
    }
    const more = rejected.length - NAMED;
    if (more > 0) log.warn(`${more} more values are not sent`);
  }
}
