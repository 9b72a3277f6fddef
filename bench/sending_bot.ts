import { Collector, type PerformJob, type Values } from "../mod.ts";

/** Hands values over, as `sendResults` does. */
export type Send = (values: Values) => Promise<void>;

/** A bot with a single job, which a bench puts in. */
export class SendingBot extends Collector {
  /** The account that gets the values. */
  accountId = 1;
  /** The job. */
  work: (send: Send) => Promise<void> = () => Promise.resolve();

  readonly #perform: PerformJob = (_affectingIntervals, _jobParams, { sendResults }) =>
    this.work((values) => sendResults(this.accountId, values));

  override *jobs() {
    yield {
      jobId: "send",
      intervals: [3600],
      timeout: 3600,
      performJob: this.#perform,
      jobParams: undefined,
    };
  }
}
