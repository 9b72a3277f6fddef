import { delay } from "@std/async/delay";
import type { Job } from "../jobs/job.ts";
import { listJobs } from "../jobs/list_jobs.ts";
import type { JobScheduler } from "../jobs/scheduler.ts";
import type { UpdateReport } from "../jobs/stats.ts";
import { backoffMs } from "../util/backoff.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { counted, formatCount } from "../util/format_count.ts";
import type { Logger } from "../util/log.ts";
import type { Observers } from "../util/observers.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { waitFor } from "../util/wait_for.ts";
import type { CollectorObserver } from "./inspection.ts";
import type { RefreshStats } from "./stats.ts";

interface JobRefresherOptions {
  /** Calls `jobs()` of the bot. */
  readonly jobs: () => unknown;
  /** Returns why the last jobs come from the devices file; `undefined` if they come from Grafolean. */
  readonly outage?: () => string | undefined;
  /** Returns how far the devices have been read; `undefined` if nobody has asked for them. */
  readonly reading?: () => string | undefined;
  /** Returns whether Grafolean is being read. */
  readonly isReading?: () => boolean;
  /** Runs the jobs. */
  readonly scheduler: Pick<JobScheduler, "prepareUpdate" | "stats">;
  /** How often to refresh the jobs, in milliseconds. */
  readonly intervalMs: number;
  /** Logs changes of the jobs. */
  readonly log: Logger;
  /** Logs failures. */
  readonly problems: ProblemLog;
  /** Those who observe the refreshes. @default nobody */
  readonly observers?: Observers<Pick<CollectorObserver, "onRefresh">>;
  /** Redacts the bot token in a text. */
  readonly redact: (text: string) => string;
}

// Bounds of the wait between attempts while no job is known, whatever the interval.
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

// Keys of problems.
const FAILED = "failed refresh";
const SLOW = "slow refresh";
const NO_JOBS = "no jobs";

/** Keeps the jobs of the scheduler up to date with those of the bot, one refresh at a time. */
export class JobRefresher {
  readonly #options: JobRefresherOptions;
  #stats: RefreshStats = { ok: null, at: null, error: null };
  /** What `jobs()` of the refresh that is under way has yielded so far. */
  #listing: { jobs: number } | undefined;

  /** Constructs a new instance. */
  constructor(options: JobRefresherOptions) {
    this.#options = options;
  }

  /** Returns the state of the refreshes. */
  stats(): RefreshStats {
    return this.#stats;
  }

  /** How far the refresh that is under way is; `undefined` if there is none. */
  get progress(): string | undefined {
    if (this.#listing === undefined) return undefined;
    const { jobs } = this.#listing;
    const what = this.#options.reading?.() ?? "Listing jobs";
    return jobs === 0 ? what : `${what}: ${counted(jobs, "job")}`;
  }

  /**
   * Refreshes the jobs once.
   *
   * @param check Called when the jobs are listed.
   * @throws What `jobs()` and `check` throw; the jobs stay as they were.
   * @throws The reason of `stop` if that aborts.
   */
  async refresh(stop: AbortSignal, check?: () => void): Promise<void> {
    const { scheduler, intervalMs, problems } = this.#options;
    const start = performance.now();
    const slow = setInterval(() => this.#warnSlow(start), intervalMs);
    try {
      const update = scheduler.prepareUpdate();
      await this.#addJobs((job) => update.add(job), stop);
      check?.();
      this.#succeeded(await update.apply());
    } catch (error) {
      if (!stop.aborted) this.#record(describeError(error));
      throw error;
    } finally {
      clearInterval(slow);
      if (!stop.aborted) {
        problems.clear(SLOW);
        this.#notify(start);
      }
    }
  }

  /**
   * Refreshes the jobs until that succeeds for the first time.
   *
   * @returns Whether it succeeded before `stop` aborted.
   * @throws {GrafoleanError} If Grafolean does not know the token.
   * @throws {ConfigError} If a setting is wrong, such as a missing `--allow-net`.
   */
  async refreshUntilOk(stop: AbortSignal): Promise<boolean> {
    for (let failures = 1;; failures++) {
      try {
        await this.refresh(stop);
        return true;
      } catch (error) {
        if (stop.aborted) return false;
        if (error instanceof GrafoleanError && error.status === 401) throw error;
        if (error instanceof ConfigError) throw error;
        this.#failed("Cannot list the jobs, trying again", error);
      }
      if (!await pause(this.#retryMs(failures), stop)) return false;
    }
  }

  /** Refreshes the jobs at the interval until `stop` aborts; more often while they come from the devices file. */
  async keepRefreshing(stop: AbortSignal): Promise<void> {
    const { intervalMs, outage } = this.#options;
    for (let refreshes = 1;; refreshes++) {
      const waitMs = outage?.() === undefined ? intervalMs : this.#retryMs(refreshes);
      if (!await pause(waitMs, stop)) return;
      try {
        await this.refresh(stop);
      } catch (error) {
        if (stop.aborted) return;
        this.#failed("Cannot refresh the jobs, keeping the current ones", error);
      }
    }
  }

  /** How long to wait after a number of failures in a row, in milliseconds. */
  #retryMs(failures: number): number {
    const { intervalMs } = this.#options;
    const wait = backoffMs(failures, { maxMs: Math.min(MAX_RETRY_MS, intervalMs) });
    return Math.max(wait, Math.min(MIN_RETRY_MS, intervalMs));
  }

  /**
   * Lists the jobs of the bot, without validating them. Does not wait for `jobs()` once `stop` aborts.
   *
   * @throws What `jobs()` throws, and the reason of `stop` if that aborts.
   */
  async listJobs(stop: AbortSignal): Promise<Job[]> {
    const jobs: Job[] = [];
    await this.#addJobs((job) => jobs.push(job), stop);
    return jobs;
  }

  async #addJobs(add: (job: Job) => void, stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    const listing = this.#listing = { jobs: 0 };
    const addCounted = (job: Job): void => {
      listing.jobs++;
      add(job);
    };
    try {
      const added = listJobs(this.#options.jobs, addCounted, stop);
      if (!await waitFor(added, { signal: stop })) throw stop.reason;
      await added;
    } finally {
      this.#listing = undefined;
    }
  }

  #record(error: string | null): void {
    this.#stats = {
      ok: error === null,
      at: Date.now() / 1000,
      error: error === null ? null : this.#options.redact(error),
    };
  }

  #notify(start: number): void {
    const refresh = { ok: this.#stats.ok === true, seconds: (performance.now() - start) / 1000 };
    this.#options.observers?.notify((observer) => observer.onRefresh?.(refresh));
  }

  #warnSlow(start: number): void {
    const seconds = Math.round((performance.now() - start) / 1000);
    const error = this.#options.isReading?.()
      ? `Grafolean is slow: jobs() still reads from it after ${seconds} s`
      : `jobs() has not finished after ${seconds} s: what it awaits needs a timeout`;
    this.#record(error);
    this.#options.problems.raise(SLOW, `${error}; the current jobs are kept`);
  }

  #succeeded({ added, changed, removed, leftOut }: UpdateReport): void {
    const { scheduler, log, problems } = this.#options;
    this.#record(this.#options.outage?.() ?? null);
    problems.clear(FAILED);
    const known = scheduler.stats().jobs;
    const changes = ([[added, "new"], [changed, "changed"], [removed, "removed"]] as const)
      .filter(([count]) => count !== 0).map(([count, what]) => `${formatCount(count)} ${what}`)
      .join(", ");
    const unpolled = leftOut === 0 ? "" : `; ${formatCount(leftOut)} left out without an interval`;
    if (changes === "") log.debug(`${counted(known, "job")}, no changes${unpolled}`);
    else log.info(`${counted(known, "job")} (${changes})${unpolled}`);
    if (known > 0) return problems.clear(NO_JOBS);
    problems.raise(
      NO_JOBS,
      "No jobs to run: a device needs the protocol with this bot, a credential, and a sensor with an interval; " +
        "--explain names each device that is left out, and why",
      { level: "info" },
    );
  }

  #failed(what: string, error: unknown): void {
    const message = `${what}: ${describeError(error)}`;
    this.#options.problems.raise(FAILED, message, { level: "error" });
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
