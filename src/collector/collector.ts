import { loadFileJournal } from "../delivery/load_file_journal.ts";
import { DeviceSource } from "../discovery/device_source.ts";
import type { EntityInfo } from "../discovery/entity_info.ts";
import type { SyncChildEntitiesOptions } from "../entities/child_plan.ts";
import {
  createMissingEntities,
  type CreateMissingEntitiesOptions,
  type CreateMissingEntitiesReport,
} from "../entities/create_missing_entities.ts";
import { EntityWriter } from "../entities/entity_writer.ts";
import {
  syncChildEntities,
  type SyncChildEntitiesReport,
} from "../entities/sync_child_entities.ts";
import { BotToken } from "../grafolean/bot_token.ts";
import { GrafoleanClient } from "../grafolean/client.ts";
import { redact } from "../grafolean/redact.ts";
import { listAccounts } from "../grafolean/routes.ts";
import { tracingProblem } from "../grafolean/untraced.ts";
import type { Job } from "../jobs/job.ts";
import { consoleSink } from "../util/console_sink.ts";
import { ConfigError } from "../util/errors.ts";
import {
  createLogger,
  type Logger,
  type LogLevel,
  type LogSink,
  neverThrowing,
  redactingSink,
} from "../util/log.ts";
import { Observers } from "../util/observers.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { progressLog, type ShowProgress } from "../util/progress.ts";
import type { Explanation } from "./explain.ts";
import { CollectorInspection } from "./collector_inspection.ts";
import type { CollectorObserver, Inspection } from "./inspection.ts";
import type { CollectorOptions, ExecuteOptions, StartContext } from "./options.ts";
import { redactProblem } from "./redact_problem.ts";
import { CollectorSession } from "./session.ts";
import { type CollectorStats, NO_STATS, type RunOnceReport } from "./stats.ts";
import { validateOptions } from "./validate_options.ts";

/**
 * Asks Grafolean which devices it has, calls `jobs()` of the bot, and returns why each device is polled or not. Runs no job.
 * The bot must have the option `dryRun`, so that it touches no file of a bot that runs.
 *
 * A function, and not a method, because no bot needs it and some may have a method of this name.
 *
 * @throws What `onStart()` and `jobs()` throw, such as a {@linkcode GrafoleanError} if Grafolean cannot be asked.
 * @throws The reason of the signal if that aborts.
 */
export let explainBot: (bot: Collector, options?: ExecuteOptions) => Promise<Explanation>;

/** Returns the inside of a collector, for those who show its status. A function for the same reason. */
export let inspectCollector: (bot: Collector) => Inspection;

/** Sets what shows the progress of long work, in place of the log. */
export let setProgress: (bot: Collector, progress: ShowProgress) => void;

// Thousands of devices can have a problem at once, and the stats are read every few seconds.
const MAX_PROBLEMS = 100;

/**
 * Base class of bots: reads from Grafolean which devices to poll, runs their jobs at their intervals, and delivers the
 * collected values.
 *
 * A bot implements {@linkcode Collector.jobs}, usually with one job for each device that
 * {@linkcode Collector.fetchJobConfigs} yields. The jobs are refreshed at an interval: new jobs are added, changed jobs
 * replaced, missing jobs removed, and the others left alone. The main program of a bot is usually {@linkcode runBot}.
 *
 * @typeParam Options The type of its options: {@linkcode CollectorOptions} and, if it has some, options of its own.
 *
 * @example
 * ```ts
 * import { Collector, intervalsOf } from "@grafolean/collector";
 * import type { EntityInfo, Job, PerformJob } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const measure: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
 *   await context.sendResults(device.accountId, { [`entity.${device.entityId}.demo.answer`]: 42 });
 * };
 *
 * class DemoBot extends Collector {
 *   override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
 *     for await (const device of this.fetchJobConfigs("demo")) {
 *       yield {
 *         jobId: `${device.entityId}`,
 *         name: device.name,
 *         intervals: intervalsOf(device),
 *         performJob: measure,
 *         jobParams: device,
 *       };
 *     }
 *   }
 * }
 *
 * // Run the bot against a Grafolean in memory with one device.
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount();
 * const bot = sandbox.addBot({ protocol: "demo", account });
 * const credential = sandbox.addCredential(account, { protocol: "demo" });
 * const sensor = sandbox.addSensor(account, { protocol: "demo", defaultInterval: 60 });
 * sandbox.addEntity(account, { protocols: { demo: { credential, bot, sensors: [sensor] } } });
 *
 * const collector = new DemoBot("http://sandbox/api", bot.token, 120, { fetch: sandbox.fetch });
 * const report = await collector.runOnce();
 * assertEquals(report.sent, 1);
 * assertEquals(sandbox.values(account)[0]?.v, 42);
 * ```
 */
export abstract class Collector<Options extends CollectorOptions = CollectorOptions>
  implements AsyncDisposable {
  readonly #client: GrafoleanClient;
  readonly #refreshInterval: number;
  readonly #sink: LogSink;
  readonly #logLevel: LogLevel;
  readonly #redact: (text: string) => string;
  readonly #devices: DeviceSource;
  readonly #entities: EntityWriter;
  readonly #observers = new Observers<CollectorObserver>();
  readonly #inspection: Inspection;

  static {
    explainBot = (bot, options = {}) => bot.#explain(options);
    inspectCollector = (bot) => bot.#inspection;
    setProgress = (bot, progress) => {
      bot.#progress = progress;
    };
  }

  /** The options that the constructor was given. */
  protected readonly options: Options;
  /** Logs what is not about a single job; jobs log to `context.log`. */
  protected readonly log: Logger;
  /** Logs lasting problems that are not about a single job; jobs have `context.problems`. */
  protected readonly problems: ProblemLog;
  #progress: ShowProgress;
  #session: CollectorSession | undefined;
  #stop: AbortController | undefined;
  #work: Promise<unknown> | undefined;

  /**
   * Constructs a new instance. Sends nothing and runs no job.
   *
   * @param backendUrl The base URL of Grafolean, such as `https://grafolean.example.com/api`.
   * @param botToken The token of the bot.
   * @param jobsRefreshInterval How often the jobs are refreshed, in seconds.
   * @param options Further options.
   * @throws {TypeError} If the URL or the token is invalid.
   * @throws {RangeError} If the interval or an option is invalid.
   */
  constructor(
    backendUrl: string,
    botToken: string,
    jobsRefreshInterval = 120,
    options: Options = {} as Options,
  ) {
    validateOptions(jobsRefreshInterval, options);
    const token = new BotToken(botToken, options.rereadToken);
    this.#client = new GrafoleanClient(backendUrl, token, {
      fetch: options.fetch,
      timeoutMs: options.requestTimeout === undefined ? undefined : options.requestTimeout * 1000,
      observers: this.#observers,
    });
    this.options = options;
    this.#refreshInterval = jobsRefreshInterval;
    this.#redact = (text) => redact(text, token.secrets);
    this.#sink = neverThrowing(
      redactingSink(options.logSink ?? consoleSink(), this.#redact),
    );
    this.#logLevel = options.logLevel ?? (options.logSink === undefined ? "warn" : "debug");
    this.log = createLogger(this.#sink, { level: this.#logLevel });
    this.problems = new ProblemLog(this.log);
    this.#progress = progressLog(this.log);
    this.#devices = new DeviceSource({
      client: this.#client,
      log: this.log,
      problems: this.problems,
      devicesFile: options.dryRun === undefined ? options.devicesFile : undefined,
      selection: options.devices,
    });
    this.#entities = new EntityWriter(this.#client, this.problems, options.dryRun !== undefined);
    this.#inspection = new CollectorInspection({
      observers: this.#observers,
      devices: this.#devices,
      problems: this.problems,
      session: () => this.#session,
      redact: this.#redact,
    });
  }

  /**
   * Returns the jobs of the bot. Called at the start and at each refresh; the same job must keep its `jobId`. If it
   * throws, the current jobs are kept.
   *
   * @returns The jobs, as an array, a generator or an async generator.
   */
  abstract jobs(): Iterable<Job> | AsyncIterable<Job>;

  /**
   * Called at the start, before `jobs()`, to open what the jobs share, such as a socket, and to read the bot's own
   * settings. If it throws, the bot does not start; throw a {@linkcode ConfigError} for a wrong setting.
   *
   * @example
   * ```ts
   * import { Collector, type StartContext } from "@grafolean/collector";
   * import { createSocket, type Socket } from "node:dgram";
   *
   * class SyslogBot extends Collector {
   *   #socket: Socket | undefined;
   *
   *   override async onStart({ mode, log }: StartContext) {
   *     if (mode !== "run") return;
   *     const socket = this.#socket = createSocket("udp4");
   *     await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
   *     log.info(`Listening on UDP port ${socket.address().port}`);
   *   }
   *
   *   override onStop() {
   *     this.#socket?.close();
   *   }
   *
   *   override jobs() {
   *     return [];
   *   }
   * }
   *
   * await new SyslogBot("http://127.0.0.1/api", "0d7f6c1e-token").runOnce();
   * ```
   */
  protected onStart(_context: StartContext): void | Promise<void> {}

  /**
   * Called at the end, after the last job, to close what `onStart` opened. Also called if `onStart` threw. What it throws
   * is logged. When the bot is stopped, it shares the `shutdownTimeout` with jobs and delivery.
   */
  protected onStop(): void | Promise<void> {}

  /**
   * Yields the devices that this bot should poll by a protocol: those in all its accounts that have the protocol enabled
   * with this bot, a credential and at least one sensor.
   *
   * A device that has not changed is the same object as at the last refresh: do not modify it.
   *
   * While an account cannot be read, its last known devices are yielded, so that their jobs go on. With a
   * {@linkcode CollectorOptions.devicesFile} these survive a restart, even while Grafolean cannot be reached at all.
   *
   * @typeParam Details The type of the `details` of a device.
   * @typeParam Credential The type of the details of its credential.
   * @typeParam Sensor The type of the details of its sensors.
   * @param protocol The name of the protocol, such as `"snmp"`.
   * @throws {GrafoleanError} If Grafolean cannot be reached or does not know the token.
   */
  fetchJobConfigs<Details = unknown, Credential = unknown, Sensor = unknown>(
    protocol: string,
  ): AsyncGenerator<EntityInfo<Details, Credential, Sensor>> {
    return this.#devices.fetch<Details, Credential, Sensor>(protocol, this.#stop?.signal);
  }

  /**
   * Creates, updates and deletes the children of an entity, such as the interfaces of a device, to match what the bot has
   * found. Call it from a job at every run: while nothing changes it costs next to nothing. A dry run writes nothing.
   *
   * Needs the permissions `GET`, `POST`, `PUT` and `DELETE` on `accounts/N/entities`; a new bot has only `GET`. Without them
   * that is logged once per account, and tried again every 15 minutes.
   *
   * @param accountId The account of the entity.
   * @param options All children of one type that the entity should have.
   * @param signal Cancels the work; usually `context.signal` of the job.
   * @throws {GrafoleanError} If Grafolean cannot be reached or fails.
   * @throws {TypeError} If a child lacks the detail that identifies it.
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
   *       performJob: this.#syncInterfaces,
   *     }];
   *   }
   *
   *   #syncInterfaces = async (
   *     _intervals: readonly number[],
   *     { accountId, entityId }: { accountId: number; entityId: number },
   *     { signal, log }: JobContext,
   *   ) => {
   *     const { created } = await this.syncChildEntities(accountId, {
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
  protected syncChildEntities(
    accountId: number,
    options: SyncChildEntitiesOptions,
    signal?: AbortSignal,
  ): Promise<SyncChildEntitiesReport> {
    return syncChildEntities(this.#entities, accountId, options, signal);
  }

  /**
   * Returns the accounts that the bot can see: those in which it has any permission.
   *
   * @param signal Cancels the work; usually `context.signal` of the job.
   * @throws {GrafoleanError} If they cannot be read.
   */
  protected async fetchAccounts(
    signal?: AbortSignal,
  ): Promise<readonly { readonly id: number; readonly name: string }[]> {
    return (await listAccounts(this.#client, signal)).items;
  }

  /**
   * Creates entities for what the bot has discovered, such as devices that send to it, unless the account has one with
   * the same detail. They get no protocol; users decide what to do with them. None is ever changed or deleted. A dry run
   * creates nothing.
   *
   * Needs the permissions `GET` and `POST` on `accounts/N/entities`; a new bot has only `GET`. Without them that is logged
   * once per account, and tried again every 15 minutes.
   *
   * @param accountId The account of the entities.
   * @param options What was discovered.
   * @param signal Cancels the work; usually `context.signal` of the job.
   * @throws {GrafoleanError} If Grafolean cannot be reached or fails.
   * @throws {TypeError} If an entity lacks the detail that identifies it.
   */
  protected createMissingEntities(
    accountId: number,
    options: CreateMissingEntitiesOptions,
    signal?: AbortSignal,
  ): Promise<CreateMissingEntitiesReport> {
    return createMissingEntities(this.#entities, accountId, options, signal);
  }

  /**
   * Runs the jobs at their intervals until `signal` aborts. Then it starts no more jobs, lets running jobs finish and
   * sends waiting values, all within the `shutdownTimeout`.
   *
   * While Grafolean is unavailable the jobs go on and their values wait.
   *
   * @throws {GrafoleanError} If Grafolean does not know the token at the start; later that counts as an outage.
   * @throws {ConfigError} If another bot uses the outbox file, traces of Deno would hold the token, or `--allow-net` lacks
   * the host of the backend.
   * @throws {Error} If the collector is already running.
   */
  async execute(options: ExecuteOptions = {}): Promise<void> {
    if (options.signal?.aborted) return;
    await this.#run("run", options, (session, stop) => session.collect(stop));
  }

  /**
   * Runs every job once, for all its intervals, and waits until the values are delivered, or none was delivered for the
   * `shutdownTimeout`.
   *
   * @throws What `jobs()` throws, such as a {@linkcode GrafoleanError}.
   * @throws The reason of `signal` if that aborts before the jobs are known; later it stops the run early.
   * @throws {ConfigError} If another bot uses the outbox file, traces of Deno would hold the token, `--allow-net` lacks the
   * host of the backend, or none of the chosen `devices` is polled.
   * @throws {Error} If the collector is already running.
   */
  async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    options.signal?.throwIfAborted();
    const mode = this.options.dryRun === undefined ? "once" : "dry-run";
    const { report } = await this.#run(mode, options, (session, stop) => session.collectOnce(stop));
    const { ok, failed, notRun } = await report;
    const { sent, refused, waiting } = this.stats().values;
    return { ok, failed, notRun, sent, refused, waiting };
  }

  async #explain(options: ExecuteOptions): Promise<Explanation> {
    options.signal?.throwIfAborted();
    return await this.#run("explain", options, async (session, stop) => {
      const jobs = await session.listJobs(stop);
      const { collectFindings } = await import("./findings.ts");
      const { explain } = await import("./explain.ts");
      return explain(
        await collectFindings({
          client: this.#client,
          devices: this.#devices,
          problems: this.problems,
          redact: this.#redact,
          jobs,
          stop,
        }),
      );
    });
  }

  /** Returns the current stats; while it is not running, those of the last run. */
  stats(): CollectorStats {
    if (this.#session === undefined) return NO_STATS;
    const problems = this.problems.open(MAX_PROBLEMS)
      .map((problem) => redactProblem(problem, this.#redact));
    return { ...this.#session.stats(), problems };
  }

  /** Stops the collector, if it is running, as an aborted signal does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop?.abort();
    // Errors are for the caller of execute() or runOnce().
    await this.#work?.catch(() => {});
    // jobs() may have been called outside of a run.
    this.#client[Symbol.dispose]();
  }

  async #run<T>(
    mode: StartContext["mode"],
    { signal }: ExecuteOptions,
    work: (session: CollectorSession, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#work !== undefined) {
      throw new Error("Cannot start the collector as it is already running: wait for it to stop");
    }
    const problem = tracingProblem();
    if (problem !== undefined) throw new ConfigError([problem]);
    const stop = this.#stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const runSession = async (): Promise<T> => {
      const session = this.#session = await this.#open();
      const start = () => this.onStart({ mode, signal: stop.signal, log: this.log });
      try {
        await session.start(start, stop.signal);
        return await work(session, stop.signal);
      } finally {
        await session.end(() => this.onStop(), stop.signal);
      }
    };
    const running = this.#work = runSession();
    try {
      return await running;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#client[Symbol.dispose]();
      this.#work = this.#stop = undefined;
    }
  }

  async #open(): Promise<CollectorSession> {
    const { outboxFile, dryRun } = this.options;
    const file = dryRun === undefined ? outboxFile : undefined;
    return new CollectorSession({
      options: this.options,
      openJournal: file === undefined ? undefined : await loadFileJournal(file),
      checkDevices: () => this.#devices.assertSelected(),
      jobsRefreshInterval: this.#refreshInterval,
      jobs: () => this.jobs(),
      outage: () => this.#devices.outage,
      reading: () => this.#devices.progress,
      progress: this.#progress,
      client: this.#client,
      problems: this.problems,
      observers: this.#observers,
      sink: this.#sink,
      logLevel: this.#logLevel,
      redact: this.#redact,
    });
  }
}
