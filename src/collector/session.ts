import type { CollectorOptions } from "./options.ts";
import type { CollectorStats } from "./stats.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { JobRefresher } from "./job_refresher.ts";
import { JobScheduler } from "../jobs/scheduler.ts";
import type { RunAllReport } from "../jobs/stats.ts";
import { type Clock, SYSTEM_TIMERS } from "../util/clock.ts";
import { waitFor } from "../util/wait_for.ts";
import { createLogger, type Logger, type LogSink } from "../util/log.ts";
import { openStore } from "../delivery/store/open_store.ts";
import { Outbox } from "../delivery/outbox.ts";
import { ResultsDesk } from "../delivery/results_desk.ts";

/** What a {@linkcode CollectorSession} needs. */
export interface CollectorSessionOptions {
  /** What the collector was told. */
  readonly options: CollectorOptions;
  /** How often the jobs are asked for again, in seconds. */
  readonly jobsRefreshInterval: number;
  /** Calls `jobs()` of the bot. */
  readonly jobs: () => unknown;
  /** Talks to Grafolean. */
  readonly client: GrafoleanClient;
  /** The clocks. */
  readonly clock: Clock;
  /** Takes what there is to say. */
  readonly sink: LogSink;
  /** Takes the bot token out of a text. */
  readonly hide: (text: string) => string;
}

// Of the time for the end, what is kept for the values that jobs hand over in their last moment.
const FLUSH_SHARE = 0.3;

/** From the start of a collector to its end: the jobs, who runs them, and who delivers what they collect. */
export class CollectorSession {
  readonly #shutdownMs: number;
  readonly #log: Logger;
  readonly #outbox: Outbox;
  readonly #desk: ResultsDesk;
  readonly #scheduler: JobScheduler;
  readonly #refresher: JobRefresher;

  /**
   * Opens the outbox, which delivers what has waited in its file. No job is known yet.
   *
   * @throws {ConfigError} If another bot uses the outbox file.
   */
  constructor(
    { options, jobsRefreshInterval, jobs, client, clock, sink, hide }: CollectorSessionOptions,
  ) {
    const { maxWaitingValues: values, maxWaitingBytes: bytes, dryRun } = options;
    const now = (): number => clock.now();
    const log = this.#log = createLogger(sink, { now });
    this.#shutdownMs = (options.shutdownTimeout ?? 8) * 1000;
    const outbox = this.#outbox = new Outbox({
      client,
      store: openStore(dryRun ? undefined : options.outboxFile, log),
      log,
      delivery: options.delivery,
      bounds: { ...(values && { values }), ...(bytes && { bytes }) },
      now,
    });
    const desk = this.#desk = new ResultsDesk({
      outbox,
      dryRun,
      clock,
      log: (jobId) => createLogger(sink, { jobId, now }),
    });
    const scheduler = this.#scheduler = new JobScheduler({
      sink,
      sendResults: (jobId, accountId, given) => desk.take(jobId, accountId, given),
      maxConcurrentJobs: options.maxConcurrentJobs,
      clock,
    });
    const intervalMs = jobsRefreshInterval * 1000;
    this.#refresher = new JobRefresher({ jobs, scheduler, intervalMs, log, clock, hide });
  }

  /**
   * Runs the jobs at their intervals until it is told to stop.
   *
   * @throws {GrafoleanError} If Grafolean does not know the token at the very start.
   */
  async collect(stop: AbortSignal): Promise<void> {
    if (!await this.#refresher.untilKnown(stop)) return;
    this.#scheduler.start();
    await this.#refresher.keepRefreshing(stop);
  }

  /**
   * Runs every job once. When it is told to stop, those that run have as long as {@linkcode end} gives them.
   *
   * @returns What came of the runs, once that is known: not before {@linkcode end}, if it was told to stop.
   */
  async collectOnce(stop: AbortSignal): Promise<{ readonly report: Promise<RunAllReport> }> {
    await this.#refresher.refresh(stop);
    const report = this.#scheduler.runAll({ signal: stop });
    await waitFor(report, { signal: stop, timers: SYSTEM_TIMERS });
    return { report };
  }

  /**
   * Lets running jobs finish and delivers what waits. Once it was told to stop it takes no longer than the shutdown
   * timeout; before, it goes on as long as values get through.
   */
  async end(stop: AbortSignal): Promise<void> {
    const deadline = performance.now() + this.#shutdownMs;
    await this.#scheduler.stop({ graceMs: this.#shutdownMs * (1 - FLUSH_SHARE) });
    let timeoutMs = Math.max(0, deadline - performance.now());
    let before: number;
    let left: number;
    do {
      before = this.#outbox.stats().waiting;
      left = await this.#outbox.flush(timeoutMs);
      timeoutMs = this.#shutdownMs;
    } while (left > 0 && left < before && !stop.aborted);
    await this.#outbox[Symbol.asyncDispose]();
    if (left > 0) this.#log.warn(this.#lastWords(left));
  }

  /** Says what becomes of values that could not be delivered. */
  #lastWords(left: number): string {
    const values = left === 1 ? "1 value" : `${left} values`;
    const { place } = this.#outbox.stats();
    if (place === "memory") {
      return `The bot ends although ${values} could not be delivered: lost, as there is no outbox file (OUTBOX_FILE)`;
    }
    return `The bot ends although ${values} could not be delivered yet: ` +
      (this.#outbox.durable
        ? `kept in ${place} for its next start`
        : `they are in ${place}, and only those in the file are kept for its next start`);
  }

  /** How it is doing, or was when it ended. */
  stats(): CollectorStats {
    const { jobs: known, running, waiting, failing, runs, lateness } = this.#scheduler.stats();
    return {
      jobs: { known, running, waiting, failing },
      runs,
      lateness,
      refresh: this.#refresher.stats(),
      values: this.#desk.stats(),
    };
  }
}
