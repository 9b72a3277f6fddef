import { Intake } from "../delivery/intake.ts";
import type { OpenJournal } from "../delivery/load_file_journal.ts";
import { Outbox } from "../delivery/outbox.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import type { Job } from "../jobs/job.ts";
import { JobScheduler } from "../jobs/scheduler.ts";
import type { RunAllReport, ScheduledJob } from "../jobs/stats.ts";
import { describeError } from "../util/describe_error.ts";
import { counted, formatCount } from "../util/format_count.ts";
import { createLogger, type Logger, type LogLevel, type LogSink } from "../util/log.ts";
import type { Observers } from "../util/observers.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { ShowProgress } from "../util/progress.ts";
import { waitFor } from "../util/wait_for.ts";
import type { CollectorObserver } from "./inspection.ts";
import { JobRefresher } from "./job_refresher.ts";
import type { CollectorOptions } from "./options.ts";
import type { CollectorStats, RefreshStats } from "./stats.ts";

interface CollectorSessionOptions {
  /** The options of the collector. */
  readonly options: CollectorOptions;
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
  /** Calls `jobs()` of the bot. */
  readonly jobs: () => unknown;
  /** Called when the jobs of a single run are known; throws if there is nothing to do. */
  readonly checkDevices: () => void;
  /** Returns why the last jobs come from the devices file; `undefined` if they come from Grafolean. */
  readonly outage: () => string | undefined;
  /** Returns how far the devices have been read; `undefined` if nobody has asked for them. */
  readonly reading: () => string | undefined;
  /** Shows the progress of long work. */
  readonly progress: ShowProgress;
  /** The client of Grafolean. */
  readonly client: GrafoleanClient;
  /** Opens the outbox file, if there is one. */
  readonly openJournal: OpenJournal | undefined;
  /** The problems of the bot. */
  readonly problems: ProblemLog;
  /** Those who observe the collector. */
  readonly observers: Observers<CollectorObserver>;
  /** Receives the log records. */
  readonly sink: LogSink;
  /** Records below this level are not made. */
  readonly logLevel: LogLevel;
  /** Redacts the bot token in a text. */
  readonly redact: (text: string) => string;
}

// The share of the shutdown timeout that is kept for values sent by jobs in their last moment.
const FLUSH_SHARE = 0.3;

/** One start-to-stop of a collector: connects the refresher, the scheduler and the outbox. */
export class CollectorSession {
  readonly #shutdownMs: number;
  #deadline: number | undefined;
  #hasStarted = false;
  readonly #log: Logger;
  readonly #problems: ProblemLog;
  readonly #outbox: Outbox;
  readonly #intake: Intake;
  readonly #scheduler: JobScheduler;
  readonly #refresher: JobRefresher;
  readonly #checkDevices: () => void;
  readonly #progress: ShowProgress;

  /**
   * Constructs a new instance. Opens the outbox, which starts to deliver the values in its file.
   *
   * @throws {ConfigError} If another bot uses the outbox file.
   */
  constructor(
    { options, jobsRefreshInterval, openJournal, ...others }: CollectorSessionOptions,
  ) {
    const { jobs, outage, reading, client, problems, observers, sink, logLevel, redact } = others;
    this.#checkDevices = others.checkDevices;
    this.#progress = others.progress;
    const { maxWaitingBytes: bytes, dryRun } = options;
    const log = this.#log = createLogger(sink, { level: logLevel });
    this.#problems = problems;
    this.#shutdownMs = (options.shutdownTimeout ?? 8) * 1000;
    const outbox = this.#outbox = new Outbox({
      client,
      log,
      problems,
      openJournal,
      delivery: options.delivery,
      bounds: {
        values: options.maxWaitingValues,
        bytes,
        fileBytes: options.maxOutboxFileBytes,
        age: options.maxWaitingAge,
      },
    });
    const intake = this.#intake = new Intake({ outbox, dryRun, problems, observers });
    const scheduler = this.#scheduler = new JobScheduler({
      sink,
      logLevel,
      intake,
      problems,
      observers,
      maxConcurrentJobs: options.maxConcurrentJobs,
    });
    this.#refresher = new JobRefresher({
      jobs,
      outage,
      reading,
      isReading: () => client.isReading,
      scheduler,
      intervalMs: jobsRefreshInterval * 1000,
      log,
      problems,
      observers,
      redact,
    });
  }

  /**
   * Calls `onStart()` of the bot. Once `stop` has aborted, waits no longer than the shutdown timeout.
   *
   * @throws What it throws before `stop` aborts.
   */
  async start(onStart: () => void | Promise<void>, stop: AbortSignal): Promise<void> {
    const started = callAsync(onStart);
    if (await waitFor(started, { signal: stop })) {
      if (!stop.aborted) await started;
    } else if (!await waitFor(started, { ms: this.#shutdown().graceMs })) {
      this.#log.warn("Not waiting any longer for onStart(): make it heed its signal");
    }
    this.#hasStarted = true;
  }

  /**
   * Runs the jobs at their intervals until `stop` aborts.
   *
   * @throws {GrafoleanError} If Grafolean does not know the token at the start.
   */
  async collect(stop: AbortSignal): Promise<void> {
    if (!await this.#showRefresh(this.#refresher.refreshUntilOk(stop))) return;
    this.#scheduler.start();
    await this.#refresher.keepRefreshing(stop);
  }

  /**
   * Runs every job once. If `stop` aborts, returns while jobs are still running; {@linkcode end} limits their time.
   *
   * @returns The report of the runs, which resolves during {@linkcode end} if `stop` aborted.
   * @throws What `jobs()` and `checkDevices()` throw.
   */
  async collectOnce(stop: AbortSignal): Promise<{ readonly report: Promise<RunAllReport> }> {
    await this.#showRefresh(this.#refresher.refresh(stop, this.#checkDevices));
    const report = this.#scheduler.runAll({ signal: stop });
    await this.#progress(waitFor(report, { signal: stop }), () => this.#describeRuns());
    return { report };
  }

  /** Lists the jobs of the bot and runs none. */
  listJobs(stop: AbortSignal): Promise<Job[]> {
    return this.#showRefresh(this.#refresher.listJobs(stop));
  }

  /**
   * Lets running jobs finish, calls `onStop()` of the bot, and delivers waiting values. Takes no longer than the shutdown
   * timeout if `stop` has aborted; otherwise it goes on for as long as values get through. If the bot could not start,
   * nothing is delivered, as somebody waits for the reason.
   */
  async end(onStop: () => void | Promise<void>, stop: AbortSignal): Promise<void> {
    const { deadline } = this.#shutdown();
    const ended = this.#end(onStop, stop);
    // Without a signal to stop, it may take any time.
    await this.#progress(ended, () => this.#describeRest(), stop.aborted ? deadline : undefined);
  }

  async #end(onStop: () => void | Promise<void>, stop: AbortSignal): Promise<void> {
    const { deadline, graceMs } = this.#shutdown();
    await this.#scheduler.stop({ graceMs });
    const leftMs = Math.max(0, deadline - performance.now());
    const closed = this.#close(onStop, stop.aborted ? leftMs : this.#shutdownMs);
    let timeoutMs = this.#hasStarted ? leftMs : 0;
    let before: number;
    let left: number;
    await this.#intake.flush();
    do {
      before = this.#outbox.stats().waiting;
      left = await this.#outbox.flush(timeoutMs);
      timeoutMs = this.#shutdownMs;
    } while (left > 0 && left < before && !stop.aborted && this.#hasStarted);
    await this.#outbox[Symbol.asyncDispose]();
    await closed;
    if (left > 0) this.#log.warn(this.#undeliveredMessage(left));
    this.#problems.flush();
  }

  #showRefresh<T>(refreshed: Promise<T>): Promise<T> {
    return this.#progress(refreshed, () => this.#refresher.progress);
  }

  #describeRuns(): string {
    const { jobs, runs: { ok, failed } } = this.#scheduler.stats();
    const failures = failed === 0 ? "" : `, ${formatCount(failed)} failed`;
    return `Running jobs: ${formatCount(ok + failed)} of ${formatCount(jobs)}${failures}`;
  }

  #describeRest(): string | undefined {
    const { running } = this.#scheduler.stats();
    if (running > 0) return `Finishing jobs: ${formatCount(running)} running`;
    const { waiting } = this.#intake.stats();
    return waiting > 0 ? `Sending queued values: ${formatCount(waiting)} left` : undefined;
  }

  /** Returns when the session has to have ended, and how long the bot's own code may take until then. */
  #shutdown(): { readonly deadline: number; readonly graceMs: number } {
    const deadline = this.#deadline ??= performance.now() + this.#shutdownMs;
    const graceMs = Math.max(0, deadline - performance.now() - this.#shutdownMs * FLUSH_SHARE);
    return { deadline, graceMs };
  }

  async #close(onStop: () => void | Promise<void>, ms: number): Promise<void> {
    const stopped = callAsync(onStop).catch((error) => {
      this.#log.error(`onStop() failed: ${describeError(error)}`);
    });
    if (await waitFor(stopped, { ms })) return;
    this.#log.warn(`Not waiting any longer for onStop() after ${Math.round(ms / 100) / 10} s`);
  }

  #undeliveredMessage(count: number): string {
    const { place, durable } = this.#outbox.stats();
    const problem = `Stopped with ${counted(count, "value")} not delivered`;
    if (place === "memory") return `${problem}: lost, as there is no outbox file (OUTBOX_FILE)`;
    return durable
      ? `${problem}: kept in ${place} for the next start`
      : `${problem}: they are in ${place}, and only those in the file are kept for the next start`;
  }

  /** The scheduled jobs; after the end, the last ones. */
  jobs(): Iterable<ScheduledJob> {
    return this.#scheduler.jobs();
  }

  /** Returns the state of the refreshes. */
  get refresh(): RefreshStats {
    return this.#refresher.stats();
  }

  /** Returns the current stats; after the end, the last ones. */
  stats(): Omit<CollectorStats, "problems"> {
    const { jobs: known, running, waiting, failing, runs, lateness } = this.#scheduler.stats();
    return {
      jobs: { known, running, waiting, failing },
      runs,
      lateness,
      refresh: this.refresh,
      values: this.#intake.stats(),
    };
  }
}

/** Calls a function of the bot, and turns what it throws into a rejection. */
async function callAsync(work: () => void | Promise<void>): Promise<void> {
  await work();
}
