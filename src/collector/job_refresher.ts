import { delay } from "@std/async/delay";
import { describeError } from "../util/describe_error.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Job } from "../jobs/job.ts";
import type { JobScheduler } from "../jobs/scheduler.ts";
import { listJobs } from "../jobs/list_jobs.ts";
import type { UpdateReport } from "../jobs/stats.ts";
import type { Clock } from "../util/clock.ts";
import type { RefreshStats } from "./stats.ts";

/** What a {@linkcode JobRefresher} needs. */
export interface JobRefresherOptions {
  /** Calls `jobs()` of the bot. */
  readonly jobs: () => unknown;
  /** Is told which jobs are wanted. */
  readonly scheduler: Pick<JobScheduler, "update" | "stats">;
  /** How often, in milliseconds. */
  readonly intervalMs: number;
  /** Hears what has changed and what has failed. */
  readonly log: Logger;
  /** The clocks. */
  readonly clock: Clock;
  /** Takes the bot token out of a text. */
  readonly hide: (text: string) => string;
}

// While nothing is known that could be done, what it takes to know is tried this often at least, in milliseconds.
const LONGEST_WAIT = 60_000;
const SHORTEST_WAIT = 500;

// How often the same trouble is said again, in milliseconds.
const REPEAT = 10 * 60_000;

/** Asks the bot for its jobs, again and again but never twice at a time, and tells the scheduler. */
export class JobRefresher {
  readonly #options: JobRefresherOptions;
  #stats: RefreshStats = { ok: null, at: null, error: null };
  #trouble: { readonly message: string; readonly since: number; saidAt: number } | undefined;

  /** Makes a refresher that has asked for nothing yet. */
  constructor(options: JobRefresherOptions) {
    this.#options = options;
  }

  /** How the refreshes are doing. */
  stats(): RefreshStats {
    return this.#stats;
  }

  /**
   * Refreshes the jobs once.
   *
   * @throws What `jobs()` throws; then the jobs stay as they were.
   * @throws The reason of `stop` when that aborts.
   */
  async refresh(stop: AbortSignal): Promise<void> {
    const { scheduler, intervalMs } = this.#options;
    const start = this.#monotonic();
    const slow = setInterval(() => this.#noteSlow(start), intervalMs);
    try {
      const report = scheduler.update(await this.#wantedJobs(stop));
      this.#note(null);
      this.#say(report, scheduler.stats().jobs);
    } catch (error) {
      if (!stop.aborted) this.#note(describeError(error));
      throw error;
    } finally {
      clearInterval(slow);
    }
  }

  /**
   * Refreshes the jobs until that works for the first time.
   *
   * @returns Whether it has; not if it was told to stop before.
   * @throws {GrafoleanError} If Grafolean does not know the token.
   */
  async untilKnown(stop: AbortSignal): Promise<boolean> {
    const { intervalMs } = this.#options;
    for (let failures = 1;; failures++) {
      try {
        await this.refresh(stop);
        return true;
      } catch (error) {
        if (stop.aborted) return false;
        if (error instanceof GrafoleanError && error.status === 401) throw error;
        this.#complain("Cannot find out which jobs there are, trying again", error);
      }
      const wait = backoffMs(failures, { maxMs: Math.min(LONGEST_WAIT, intervalMs) });
      if (!await pause(Math.max(wait, Math.min(SHORTEST_WAIT, intervalMs)), stop)) return false;
    }
  }

  /** Refreshes the jobs at the interval until it is told to stop. */
  async keepRefreshing(stop: AbortSignal): Promise<void> {
    while (await pause(this.#options.intervalMs, stop)) {
      try {
        await this.refresh(stop);
      } catch (error) {
        if (stop.aborted) return;
        this.#complain("Cannot refresh the jobs, which stay as they are", error);
      }
    }
  }

  /** All wanted jobs; given up when it is told to stop, since `jobs()` may wait for something else. */
  #wantedJobs(stop: AbortSignal): Promise<Job[]> {
    return new Promise((resolve, reject) => {
      if (stop.aborted) return reject(stop.reason);
      const giveUp = () => reject(stop.reason);
      stop.addEventListener("abort", giveUp, { once: true });
      listJobs(this.#options.jobs).then(resolve, reject).finally(() => {
        stop.removeEventListener("abort", giveUp);
      });
    });
  }

  #note(error: string | null): void {
    this.#stats = {
      ok: error === null,
      at: this.#options.clock.now() / 1000,
      error: error === null ? null : this.#options.hide(error),
    };
  }

  #noteSlow(start: number): void {
    const seconds = Math.round((this.#monotonic() - start) / 1000);
    const error = `jobs() has not come to an end for ${seconds} s`;
    this.#note(error);
    this.#options.log.warn(
      `${error}: the jobs stay as they are until it does; let it wait for nothing without a limit`,
    );
  }

  #say({ added, changed, removed }: UpdateReport, known: number): void {
    const { log } = this.#options;
    if (this.#trouble !== undefined) {
      const seconds = Math.round((this.#monotonic() - this.#trouble.since) / 1000);
      log.info(`The jobs could be refreshed again after ${seconds} s`);
      this.#trouble = undefined;
    }
    const news = [[added, "new"], [changed, "changed"], [removed, "removed"]]
      .filter(([count]) => count !== 0).map(([count, what]) => `${count} ${what}`).join(", ");
    const jobs = known === 1 ? "1 job" : `${known} jobs`;
    if (news !== "") log.info(`${jobs} (${news})`);
    else if (known === 0) log.info("There is nothing to do: no jobs");
    else log.debug(`${jobs}, nothing changed`);
  }

  /** Says what is wrong, but not the same thing at each try. */
  #complain(what: string, error: unknown): void {
    const message = `${what}: ${describeError(error)}`;
    const now = this.#monotonic();
    const known = this.#trouble;
    if (known?.message === message && now - known.saidAt < REPEAT) {
      this.#options.log.debug(message);
      return;
    }
    this.#trouble = { message, since: known?.since ?? now, saidAt: now };
    this.#options.log.error(message);
  }

  #monotonic(): number {
    return this.#options.clock.monotonic();
  }
}

/** Waits; `false` if it was told to stop meanwhile. */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, { signal: stop });
    return true;
  } catch {
    return false;
  }
}
