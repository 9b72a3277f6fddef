import { delay } from "@std/async/delay";
import type { Job } from "../jobs/job.ts";
import { listJobs } from "../jobs/list_jobs.ts";
import type { JobScheduler } from "../jobs/scheduler.ts";
import type { UpdateReport } from "../jobs/stats.ts";
import { backoffMs } from "../util/backoff.ts";
import { describeError } from "../util/describe_error.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";
import type { RefreshStats } from "./stats.ts";

interface JobRefresherOptions {
  /** Calls `jobs()` of the bot. */
  readonly jobs: () => unknown;
  /**
   * Returns why the last jobs were made from the devices of before the start, as Grafolean cannot be reached; `undefined` if
   * they were not.
   */
  readonly outage?: () => string | undefined;
  /** Runs the jobs. */
  readonly scheduler: Pick<JobScheduler, "update" | "stats">;
  /** How often to refresh the jobs, in milliseconds. */
  readonly intervalMs: number;
  /** Logs changes and failures. */
  readonly log: Logger;
  /** Redacts the bot token in a text. */
  readonly redact: (text: string) => string;
}

// Bounds of the wait between attempts while no job is known, whatever the interval.
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

// How often a failure that lasts is logged again.
const REPEAT_MS = 10 * 60_000;

/** Keeps the jobs of the scheduler up to date with those of the bot, one refresh at a time. */
export class JobRefresher {
  readonly #options: JobRefresherOptions;
  #stats: RefreshStats = { ok: null, at: null, error: null };
  #failure: { readonly message: string; readonly since: number; loggedAt: number } | undefined;

  /** Constructs a new instance. */
  constructor(options: JobRefresherOptions) {
    this.#options = options;
  }

  /** Returns the state of the refreshes. */
  stats(): RefreshStats {
    return this.#stats;
  }

  /**
   * Refreshes the jobs once.
   *
   * @throws What `jobs()` throws; the jobs stay as they were.
   * @throws The reason of `stop` if that aborts.
   */
  async refresh(stop: AbortSignal): Promise<void> {
    const { scheduler, intervalMs } = this.#options;
    const start = this.#monotonic();
    const slow = setInterval(() => this.#warnSlow(start), intervalMs);
    try {
      const report = scheduler.update(await this.#listJobs(stop));
      this.#record(this.#options.outage?.() ?? null);
      this.#logSuccess(report, scheduler.stats().jobs);
    } catch (error) {
      if (!stop.aborted) this.#record(describeError(error));
      throw error;
    } finally {
      clearInterval(slow);
    }
  }

  /**
   * Refreshes the jobs until that succeeds for the first time.
   *
   * @returns Whether it succeeded before `stop` aborted.
   * @throws {GrafoleanError} If Grafolean does not know the token.
   */
  async refreshUntilOk(stop: AbortSignal): Promise<boolean> {
    for (let failures = 1;; failures++) {
      try {
        await this.refresh(stop);
        return true;
      } catch (error) {
        if (stop.aborted) return false;
        if (error instanceof GrafoleanError && error.status === 401) throw error;
        this.#logFailure("Cannot list the jobs, trying again", error);
      }
      if (!await pause(this.#retryMs(failures), stop)) return false;
    }
  }

  /** Refreshes the jobs at the interval, or as soon as an outage at the start is over, until `stop` aborts. */
  async keepRefreshing(stop: AbortSignal): Promise<void> {
    const { intervalMs, outage } = this.#options;
    for (
      let failures = 1;
      await pause(outage?.() === undefined ? intervalMs : this.#retryMs(failures), stop);
      failures++
    ) {
      try {
        await this.refresh(stop);
      } catch (error) {
        if (stop.aborted) return;
        this.#logFailure("Cannot refresh the jobs, keeping the current ones", error);
      }
    }
  }

  /** How long to wait after a number of failures in a row, in milliseconds. */
  #retryMs(failures: number): number {
    const { intervalMs } = this.#options;
    const wait = backoffMs(failures, { maxMs: Math.min(MAX_RETRY_MS, intervalMs) });
    return Math.max(wait, Math.min(MIN_RETRY_MS, intervalMs));
  }

  /** Lists the jobs of the bot. Does not wait for `jobs()` once `stop` aborts. */
  #listJobs(stop: AbortSignal): Promise<Job[]> {
    return new Promise((resolve, reject) => {
      if (stop.aborted) return reject(stop.reason);
      const abort = () => reject(stop.reason);
      stop.addEventListener("abort", abort, { once: true });
      listJobs(this.#options.jobs).then(resolve, reject).finally(() => {
        stop.removeEventListener("abort", abort);
      });
    });
  }

  #record(error: string | null): void {
    this.#stats = {
      ok: error === null,
      at: Date.now() / 1000,
      error: error === null ? null : this.#options.redact(error),
    };
  }

  #warnSlow(start: number): void {
    const seconds = Math.round((this.#monotonic() - start) / 1000);
    const error = `jobs() has not finished after ${seconds} s`;
    this.#record(error);
    this.#options.log.warn(
      `${error}: the current jobs are kept until it does; give everything it awaits a timeout`,
    );
  }

  #logSuccess({ added, changed, removed }: UpdateReport, known: number): void {
    const { log } = this.#options;
    if (this.#failure !== undefined) {
      const seconds = Math.round((this.#monotonic() - this.#failure.since) / 1000);
      log.info(`Refreshed the jobs again after ${seconds} s`);
      this.#failure = undefined;
    }
    const changes = [[added, "new"], [changed, "changed"], [removed, "removed"]]
      .filter(([count]) => count !== 0).map(([count, what]) => `${count} ${what}`).join(", ");
    const jobs = known === 1 ? "1 job" : `${known} jobs`;
    if (changes !== "") log.info(`${jobs} (${changes})`);
    else if (known === 0) log.info("No jobs to run");
    else log.debug(`${jobs}, no changes`);
  }

  #logFailure(what: string, error: unknown): void {
    const message = `${what}: ${describeError(error)}`;
    const now = this.#monotonic();
    const last = this.#failure;
    if (last?.message === message && now - last.loggedAt < REPEAT_MS) {
      this.#options.log.debug(message);
      return;
    }
    this.#failure = { message, since: last?.since ?? now, loggedAt: now };
    this.#options.log.error(message);
  }

  #monotonic(): number {
    return performance.now();
  }
}

/** Waits. Returns whether it waited to the end, before `stop` aborted. */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, { signal: stop });
    return true;
  } catch {
    return false;
  }
}
