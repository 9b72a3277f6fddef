import { checkSettings } from "./validate_options.ts";
import { ConfigError } from "../util/errors.ts";
import type { CollectorOptions } from "./options.ts";
import { type CollectorStats, NO_STATS, type RunOnceReport } from "./stats.ts";
import { CollectorSession } from "./session.ts";
import { consoleSink } from "../util/console_sink.ts";
import { BotToken } from "../grafolean/bot_token.ts";
import { ChildEntities, type ChildrenReport } from "../entities/child_entities.ts";
import type { ChildrenWanted } from "../entities/child_plan.ts";
import { GrafoleanClient } from "../grafolean/client.ts";
import {
  type FoundEntities,
  type FoundReport,
  MissingEntities,
} from "../entities/missing_entities.ts";
import { redact } from "../grafolean/redact.ts";
import { tracingProblem } from "../grafolean/untraced.ts";
import { readAccount, readList } from "../grafolean/wire.ts";
import type { EntityInfo } from "../discovery/entity_info.ts";
import { JobConfigSource } from "../discovery/device_source.ts";
import type { Job } from "../jobs/job.ts";
import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";
import { createLogger, filterSink, type Logger, type LogSink, redactingSink } from "../util/log.ts";

/** What can end an {@linkcode Collector.execute} or {@linkcode Collector.runOnce}. */
export interface ExecuteOptions {
  /** Ends it cleanly when it aborts. */
  readonly signal?: AbortSignal;
}

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
  /** Takes the bot token out of a text. */
  readonly #hide: (text: string) => string;
  readonly #configs: JobConfigSource;
  readonly #children: ChildEntities;
  readonly #missing: MissingEntities;
  /** Says things that are not about one job. */
  protected readonly log: Logger;
  #session: CollectorSession | undefined;
  #stop: AbortController | undefined;
  #work: Promise<unknown> | undefined;

  /**
   * Makes a collector; nothing is sent and no job is run yet.
   *
   * @param backendUrl The base URL of the backend, such as `https://grafolean.example.com/api`.
   * @param botToken The token of the bot.
   * @param jobsRefreshInterval How often the jobs are asked for again, in seconds; 120 if left out.
   * @param options What else there is to say.
   * @throws {TypeError} If the URL or the token cannot be used.
   * @throws {RangeError} If a number among the settings cannot be used.
   */
  constructor(
    backendUrl: string,
    botToken: string,
    jobsRefreshInterval = 120,
    options: CollectorOptions = {},
  ) {
    checkSettings(jobsRefreshInterval, options);
    const token = new BotToken(botToken, options.rereadToken);
    this.#client = new GrafoleanClient(backendUrl, token, {
      fetch: options.fetch,
      timeoutMs: options.requestTimeout === undefined ? undefined : options.requestTimeout * 1000,
    });
    this.#options = options;
    this.#refreshInterval = jobsRefreshInterval;
    this.#hide = (text) => redact(text, token.secrets);
    this.#sink = quietSink(options.logSink ?? filterSink(consoleSink(), "warn"), this.#hide);
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
   *
   * @example
   * ```ts
   * import { Collector, type JobContext } from "@grafolean/collector";
   *
   * class RouterBot extends Collector {
   *   override jobs() {
   *     return [{
   *       jobId: "interfaces",
   *       intervals: [300],
   *       jobParams: { accountId: 1, entityId: 7 },
   *       performJob: this.#keepInterfaces,
   *     }];
   *   }
   *
   *   #keepInterfaces = async (
   *     _intervals: readonly number[],
   *     { accountId, entityId }: { accountId: number; entityId: number },
   *     { signal, log }: JobContext,
   *   ) => {
   *     const { created } = await this.keepChildEntities(accountId, {
   *       parent: entityId,
   *       entityType: "interface",
   *       key: "index",
   *       children: [{ name: "eth0", details: { index: "1" } }],
   *     }, signal);
   *     log.info(`${created} interfaces are new`);
   *   };
   * }
   *
   * console.log(RouterBot.name);
   * ```
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
   * @throws {ConfigError} If another bot uses the outbox file, or traces of Deno would hold the token.
   * @throws {Error} If the collector is at work already.
   */
  async execute(options: ExecuteOptions = {}): Promise<void> {
    if (options.signal?.aborted) return;
    await this.#atWork(options, (session, stop) => session.collect(stop));
  }

  /**
   * Runs every job once, for all its intervals, and waits until the values are delivered, or until nothing gets through
   * for as long as the `shutdownTimeout`.
   *
   * @throws What `jobs()` throws, such as a {@linkcode GrafoleanError}.
   * @throws The reason of `signal` when that aborts before the jobs are known. Later it cuts the work short.
   * @throws {ConfigError} If another bot uses the outbox file, or traces of Deno would hold the token.
   * @throws {Error} If the collector is at work already.
   */
  async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    options.signal?.throwIfAborted();
    const { report } = await this.#atWork(options, (session, stop) => session.collectOnce(stop));
    const { ok, failed, notRun } = await report;
    const { sent, rejected, waiting } = this.stats().values;
    return { ok, failed, notRun, sent, rejected, waiting };
  }

  /** How the collector is doing; between two starts, how it was doing at its last end. */
  stats(): CollectorStats {
    return this.#session?.stats() ?? NO_STATS;
  }

  /** Ends the work, if there is any, as an aborted signal does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop?.abort();
    // How it ended is for those who wait for the work itself.
    await this.#work?.catch(() => {});
  }

  get #clock(): Clock {
    return this.#options.clock ?? SYSTEM_CLOCK;
  }

  async #atWork<T>(
    { signal }: ExecuteOptions,
    work: (session: CollectorSession, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#work !== undefined) {
      throw new Error("Cannot start the collector as it is at work: wait for the end of that");
    }
    const problem = tracingProblem();
    if (problem !== undefined) throw new ConfigError([problem]);
    const stop = this.#stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const run = async (): Promise<T> => {
      const session = this.#session = this.#open();
      try {
        return await work(session, stop.signal);
      } finally {
        await session.end(stop.signal);
      }
    };
    const running = this.#work = run();
    try {
      return await running;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#work = this.#stop = undefined;
    }
  }

  #open(): CollectorSession {
    return new CollectorSession({
      options: this.#options,
      jobsRefreshInterval: this.#refreshInterval,
      jobs: () => this.jobs(),
      client: this.#client,
      clock: this.#clock,
      sink: this.#sink,
      hide: this.#hide,
    });
  }
}

/** Makes a sink that never shows the token, and that the work does not stop for when it throws. */
function quietSink(sink: LogSink, hide: (text: string) => string): LogSink {
  const hiding = redactingSink(sink, hide);
  return (record) => {
    try {
      hiding(record);
    } catch {
      // There is no other place to say it.
    }
  };
}
