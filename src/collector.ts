/**
 * The collector: everything a bot has in common with all other bots.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { CollectorOptions, CollectorStats, RunOnceReport } from "./collector_options.ts";
import { consoleSink } from "./console_sink.ts";
import { describeError } from "./describe_error.ts";
import { ChildEntities, type ChildrenReport } from "./grafolean/child_entities.ts";
import type { ChildrenWanted } from "./grafolean/child_plan.ts";
import { BotToken } from "./grafolean/bot_token.ts";
import { GrafoleanClient } from "./grafolean/client.ts";
import { GrafoleanError } from "./grafolean/grafolean_error.ts";
import { redact } from "./grafolean/redact.ts";
import {
  type FoundEntities,
  type FoundReport,
  MissingEntities,
} from "./grafolean/missing_entities.ts";
import { readAccount, readList } from "./grafolean/wire.ts";
import type { EntityInfo } from "./jobs/entity_info.ts";
import { JobConfigSource } from "./jobs/job_configs.ts";
import type { Job } from "./jobs/job.ts";
import { JobScheduler } from "./jobs/job_scheduler.ts";
import { SYSTEM_CLOCK } from "./jobs/steady_clock.ts";
import { createLogger, filterSink, type Logger, type LogSink } from "./log.ts";
import { backoffMs } from "./results/backoff.ts";
import { openStore } from "./results/open_store.ts";
import { Outbox } from "./results/outbox.ts";
import { ResultsDesk } from "./results/results_desk.ts";

/** What can end an {@linkcode Collector.execute} or {@linkcode Collector.runOnce}. */
export interface ExecuteOptions {
  /** Ends it cleanly when it aborts. */
  readonly signal?: AbortSignal;
}

/** Parts that live only while the collector is at work. */
interface Session {
  readonly scheduler: JobScheduler;
  readonly desk: ResultsDesk;
  readonly outbox: Outbox;
}

// Of the time for the end, what is kept for the values that jobs hand over in their last moment.
const FLUSH_SHARE = 0.3;

/**
 * The base class of bots: asks Grafolean what should be watched, runs the jobs that the bot makes of it, and delivers
 * the values they collect.
 *
 * A bot says in {@linkcode Collector.jobs} what is to be done, usually one job for each device that
 * {@linkcode Collector.fetchJobConfigs} finds. From time to time the jobs are asked for again: new ones are added,
 * changed ones replaced, the others left alone or removed. A bot's `main` is usually {@linkcode runBot}.
 *
 * @example
 * ```ts
 * import { Collector, intervalsOf, type EntityInfo, type PerformJob } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const measure: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
 *   await context.sendResults(device.accountId, { [`entity.${device.entityId}.demo.answer`]: 42 });
 * };
 *
 * class DemoBot extends Collector {
 *   override async *jobs() {
 *     for await (const device of this.fetchJobConfigs("demo")) {
 *       yield {
 *         jobId: `${device.entityId}`,
 *         intervals: intervalsOf(device),
 *         performJob: measure,
 *         jobParams: device,
 *       };
 *     }
 *   }
 * }
 *
 * // A Grafolean with one device, and the bot against it.
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount();
 * const bot = sandbox.addBot({ protocol: "demo", account: account.id });
 * const credential = sandbox.addCredential(account.id, { protocol: "demo", details: {} });
 * const sensor = sandbox.addSensor(account.id, { protocol: "demo", defaultInterval: 60, details: {} });
 * sandbox.addEntity(account.id, {
 *   name: "kitchen",
 *   details: {},
 *   protocols: {
 *     demo: {
 *       credential: credential.id,
 *       bot: bot.id,
 *       sensors: [{ sensor: sensor.id, interval: null }],
 *     },
 *   },
 * });
 * const collector = new DemoBot("http://sandbox/api", bot.token, 120, {
 *   fetch: sandbox.fetch,
 * });
 * const report = await collector.runOnce();
 * assertEquals(report.sent, 1);
 * assertEquals(sandbox.values(account.id)[0]?.v, 42);
 * ```
 */
export abstract class Collector implements AsyncDisposable {
  readonly #client: GrafoleanClient;
  readonly #options: CollectorOptions;
  readonly #refreshInterval: number;
  readonly #sink: LogSink;
  readonly #configs: JobConfigSource;
  readonly #children: ChildEntities;
  readonly #missing: MissingEntities;
  /** Says things that are not about one job. */
  protected readonly log: Logger;
  #session: Session | undefined;
  #stop: AbortController | undefined;
  #work: Promise<unknown> | undefined;
  #refresh: CollectorStats["refresh"] = { ok: null, at: null, error: null };

  /**
   * Makes a collector; nothing is sent and no job is run yet.
   *
   * @param backendUrl The base URL of the backend, such as `https://grafolean.example.com/api`.
   * @param botToken The token of the bot.
   * @param jobsRefreshInterval How often the jobs are asked for again, in seconds.
   * @throws {TypeError} If the URL or the token cannot be used.
   * @throws {RangeError} If a number among the settings cannot be used.
   */
  constructor(
    backendUrl: string,
    botToken: string,
    jobsRefreshInterval = 120,
    options: CollectorOptions = {},
  ) {
    checkPositive("jobsRefreshInterval", jobsRefreshInterval);
    for (
      const name of [
        "maxConcurrentJobs",
        "maxWaitingValues",
        "maxWaitingBytes",
        "requestTimeout",
        "shutdownTimeout",
      ] as const
    ) checkPositive(name, options[name]);
    const token = new BotToken(botToken, options.rereadToken);
    this.#client = new GrafoleanClient(backendUrl, token, {
      fetch: options.fetch,
      timeoutMs: options.requestTimeout === undefined ? undefined : options.requestTimeout * 1000,
    });
    this.#options = options;
    this.#refreshInterval = jobsRefreshInterval;
    const sink = options.logSink ?? filterSink(consoleSink(), "warn");
    this.#sink = (record) => sink({ ...record, message: redact(record.message, token.secrets) });
    this.log = createLogger(this.#sink, { now: () => this.#clock.now() });
    this.#configs = new JobConfigSource({ client: this.#client, log: this.log });
    const writing = { log: this.log, dryRun: options.dryRun !== undefined };
    this.#children = new ChildEntities(this.#client, writing);
    this.#missing = new MissingEntities(this.#client, writing);
  }

  /**
   * Says what is to be done. Called at the start, and again at each refresh: the same thing must get the same `jobId`
   * each time. Where it throws, the jobs stay as they were.
   *
   * @returns The jobs, as an array, a generator, or an async generator.
   */
  abstract jobs(): Iterable<Job> | AsyncIterable<Job>;

  /**
   * Asks Grafolean which devices this bot should poll by a protocol: devices of all its accounts for which the protocol
   * is switched on, with this bot, a credential and at least one sensor.
   *
   * An account that cannot be read for the moment keeps the devices that it had, so that their jobs go on.
   *
   * @typeParam Details The form of the `details` of a device.
   * @typeParam Credential The form of the details of its credential.
   * @typeParam Sensor The form of the details of its sensors.
   * @param protocol The name of the protocol, such as `"snmp"`.
   * @throws {GrafoleanError} If the backend cannot be reached, or does not know the token.
   */
  fetchJobConfigs<Details = unknown, Credential = unknown, Sensor = unknown>(
    protocol: string,
  ): AsyncGenerator<EntityInfo<Details, Credential, Sensor>> {
    return this.#configs.fetch<Details, Credential, Sensor>(protocol, this.#stop?.signal);
  }

  /**
   * Creates, changes and deletes the children of an entity, such as the interfaces of a device, until they are what the
   * bot has found. Meant to be called from a job, again and again: while nothing changes it costs next to nothing.
   *
   * A bot may write entities only where it was granted `POST`, `PUT` and `DELETE` on `accounts/N/entities`, which new
   * bots are not. Where it was not, that is said once per account, and tried again after a while.
   *
   * @param accountId The account that the entity belongs to.
   * @param wanted All children of one type that the entity should have.
   * @param signal Ends the work early: `signal` of the context of the job.
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If a wanted child lacks the detail that tells it from the others.
   */
  protected keepChildEntities(
    accountId: number,
    wanted: ChildrenWanted,
    signal?: AbortSignal,
  ): Promise<ChildrenReport> {
    return this.#children.sync(accountId, wanted, signal);
  }

  /**
   * Asks Grafolean which accounts this bot sees: those in which it was granted anything at all.
   *
   * @param signal Ends the work early: `signal` of the context of the job.
   * @throws {GrafoleanError} If they cannot be read.
   */
  protected async fetchAccounts(
    signal?: AbortSignal,
  ): Promise<readonly { readonly id: number; readonly name: string }[]> {
    const read = (json: unknown) => readList(json, "an account", readAccount).items;
    return await this.#client.get("/accounts", read, signal);
  }

  /**
   * Creates entities for what the bot has found by itself, such as devices that send to it, where an account has none
   * with the same detail. They get no protocol: what is done with them is for people to decide. None is ever changed or
   * deleted.
   *
   * A bot may create entities only where it was granted `POST` on `accounts/N/entities`, which new bots are not. Where
   * it was not, that is said once per account, and tried again after a while.
   *
   * @param accountId The account that the entities should belong to.
   * @param found What was found.
   * @param signal Ends the work early: `signal` of the context of the job.
   * @throws {GrafoleanError} If the backend does not answer or fails.
   * @throws {TypeError} If something found lacks the detail that tells it from the others.
   */
  protected createMissingEntities(
    accountId: number,
    found: FoundEntities,
    signal?: AbortSignal,
  ): Promise<FoundReport> {
    return this.#missing.add(accountId, found, signal);
  }

  /**
   * Runs the jobs at their intervals until `signal` aborts. Then no further job is started, those that run may finish,
   * and waiting values are sent, all within the `shutdownTimeout`.
   *
   * While the backend is away jobs go on and their values wait.
   *
   * @throws {GrafoleanError} If Grafolean does not know the token at the very start. Later that counts as an outage.
   * @throws {ConfigError} If another bot uses the outbox file.
   */
  execute(options: ExecuteOptions = {}): Promise<void> {
    return this.#atWork(options, async (session, stop) => {
      const known = await this.#refreshUntilKnown(session, stop);
      if (!known) return;
      session.scheduler.start();
      await this.#keepRefreshing(session, stop);
    });
  }

  /**
   * Runs every job once, for all its intervals, and waits until the values are delivered.
   *
   * @throws What `jobs()` throws, such as a {@linkcode GrafoleanError}.
   * @throws {ConfigError} If another bot uses the outbox file.
   */
  async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    const runs = await this.#atWork(options, async (session, stop) => {
      await this.#refreshJobs(session, stop);
      return await session.scheduler.runAll({ signal: stop });
    });
    const { sent, rejected, waiting } = this.stats().values;
    return { ok: runs.ok, failed: runs.failed, notRun: runs.notRun, sent, rejected, waiting };
  }

  /** How the collector is doing. */
  stats(): CollectorStats {
    const scheduler = this.#session?.scheduler.stats();
    const { runs, lateness } = scheduler ?? NOTHING_RUN;
    return {
      jobs: {
        known: scheduler?.jobs ?? 0,
        running: scheduler?.running ?? 0,
        waiting: scheduler?.waiting ?? 0,
      },
      runs,
      lateness,
      refresh: this.#refresh,
      values: this.#session?.desk.stats() ?? NOTHING_SENT,
    };
  }

  /** Ends the work, if there is any, as an aborted signal does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop?.abort();
    await this.#work?.catch(() => {});
  }

  get #clock() {
    return this.#options.clock ?? SYSTEM_CLOCK;
  }

  get #shutdownMs(): number {
    return (this.#options.shutdownTimeout ?? 8) * 1000;
  }

  async #atWork<T>(
    { signal }: ExecuteOptions,
    work: (session: Session, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#work !== undefined) {
      throw new Error("Cannot start the collector as it is at work: wait for the end of that");
    }
    const stop = this.#stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    const run = async (): Promise<T> => {
      const session = this.#session = this.#open();
      try {
        return await work(session, stop.signal);
      } finally {
        stop.abort();
        await this.#close(session);
      }
    };
    try {
      return await (this.#work = run()) as T;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#work = undefined;
    }
  }

  #open(): Session {
    const { outboxFile, delivery, maxWaitingValues, maxWaitingBytes, dryRun } = this.#options;
    const outbox = new Outbox({
      client: this.#client,
      store: openStore(dryRun ? undefined : outboxFile, this.log),
      log: this.log,
      delivery,
      bounds: {
        ...(maxWaitingValues === undefined ? {} : { values: maxWaitingValues }),
        ...(maxWaitingBytes === undefined ? {} : { bytes: maxWaitingBytes }),
      },
      now: () => this.#clock.now(),
    });
    const desk = new ResultsDesk({
      outbox,
      dryRun,
      now: () => this.#clock.now(),
      log: (jobId) => createLogger(this.#sink, { jobId, now: () => this.#clock.now() }),
    });
    const scheduler = new JobScheduler({
      sink: this.#sink,
      sendResults: (jobId, accountId, values) => desk.take(jobId, accountId, values),
      maxConcurrentJobs: this.#options.maxConcurrentJobs,
      clock: this.#options.clock,
    });
    return { scheduler, desk, outbox };
  }

  async #close({ scheduler, outbox }: Session): Promise<void> {
    const deadline = performance.now() + this.#shutdownMs;
    await scheduler.stop({ graceMs: this.#shutdownMs * (1 - FLUSH_SHARE) });
    const left = await outbox.flush(Math.max(0, deadline - performance.now()));
    const { place } = outbox.stats();
    await outbox[Symbol.asyncDispose]();
    if (left === 0) return;
    this.log.warn(
      place === "memory"
        ? `the bot ends with ${left} values that could not be delivered, and are lost`
        : `the bot ends with ${left} values that could not be delivered yet: they wait in ${place} for its next start`,
    );
  }

  /** Refreshes until it works for the first time; `false` if it was told to stop before. */
  async #refreshUntilKnown(session: Session, stop: AbortSignal): Promise<boolean> {
    for (let failures = 1;; failures++) {
      try {
        await this.#refreshJobs(session, stop);
        return true;
      } catch (error) {
        if (stop.aborted) return false;
        if (isUnknownToken(error)) throw error;
        this.log.error(
          `cannot find out which jobs there are: ${describeError(error)}; trying again`,
        );
      }
      const longest = Math.min(60, this.#refreshInterval) * 1000;
      if (!await pause(Math.max(500, backoffMs(failures, { maxMs: longest })), stop)) return false;
    }
  }

  async #keepRefreshing(session: Session, stop: AbortSignal): Promise<void> {
    while (await pause(this.#refreshInterval * 1000, stop)) {
      try {
        await this.#refreshJobs(session, stop);
      } catch (error) {
        if (stop.aborted) return;
        this.log.error(`cannot refresh the jobs, which stay as they are: ${describeError(error)}`);
      }
    }
  }

  async #refreshJobs({ scheduler }: Session, stop: AbortSignal): Promise<void> {
    const slow = setTimeout(() => {
      this.log.warn(
        `jobs() has not come to an end for ${this.#refreshInterval} s: the jobs stay as they are until it does`,
      );
    }, this.#refreshInterval * 1000);
    try {
      const { added, changed, removed } = scheduler.update(await this.#wantedJobs(stop));
      const known = scheduler.stats().jobs;
      this.#refresh = { ok: true, at: this.#clock.now() / 1000, error: null };
      const news = [[added, "new"], [changed, "changed"], [removed, "removed"]]
        .filter(([count]) => count !== 0).map(([count, what]) => `${count} ${what}`).join(", ");
      if (news !== "") this.log.info(`${known} jobs (${news})`);
      else if (known === 0) this.log.info("there is nothing to do: no jobs");
      else this.log.debug(`${known} jobs, nothing changed`);
    } catch (error) {
      if (!stop.aborted) {
        const message = redact(describeError(error), this.#client.token.secrets);
        this.#refresh = { ok: false, at: this.#clock.now() / 1000, error: message };
      }
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }

  /** All wanted jobs; given up when the collector is told to stop, since `jobs()` may wait for something else. */
  #wantedJobs(stop: AbortSignal): Promise<Job[]> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(stop.reason);
      stop.addEventListener("abort", giveUp, { once: true });
      if (stop.aborted) giveUp();
      listJobs(this).then(resolve, reject).finally(() => {
        stop.removeEventListener("abort", giveUp);
      });
    });
  }
}

async function listJobs(collector: Collector): Promise<Job[]> {
  const wanted: Job[] = [];
  for await (const job of collector.jobs()) wanted.push(job);
  return wanted;
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

function isUnknownToken(error: unknown): boolean {
  return error instanceof GrafoleanError && error.status === 401;
}

function checkPositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new RangeError(`Cannot make a collector as ${name} is ${value}: expected a number above 0`);
}

const NOTHING_RUN: Pick<CollectorStats, "runs" | "lateness"> = {
  runs: { ok: 0, failed: 0, skipped: 0, timedOut: 0 },
  lateness: { p50: 0, p99: 0, max: 0 },
};

const NOTHING_SENT: CollectorStats["values"] = {
  sent: 0,
  rejected: 0,
  dropped: 0,
  waiting: 0,
  place: "memory",
};
