import {
  Collector,
  type CollectorOptions,
  ConfigError,
  describeError,
  type ExecuteOptions,
  type JobContext,
  loadVariables,
  type PerformJob,
  type RunOnceReport,
} from "@grafolean/collector";
import { delay } from "@std/async/delay";
import { isIPv4 } from "node:net";
import { plainAddress } from "./address.ts";
import { FlowStation, type StationCounts } from "./flow_processor.ts";
import { receivePackets } from "./receiver.ts";
import { NETFLOW_VARIABLES, type NetflowSettings, readNetflowSettings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import { lockSnapshot, readSnapshot, setAside, writeSnapshot } from "./snapshot_file.ts";
import { type ExporterEntity, trafficValues } from "./traffic_values.ts";

/** The name by which Grafolean knows what this bot does. */
const PROTOCOL = "netflow";

/** How often it is looked for windows that are over, in seconds: as long as the shortest of them. */
const TRAFFIC_INTERVAL = 60;
const SNAPSHOT_INTERVAL = 60;
const SUGGEST_INTERVAL = 120;
const MINUTE_MS = 60_000;

/** The exporters of an account. */
interface AccountExporters {
  readonly accountId: number;
  readonly entities: readonly ExporterEntity[];
}

/** The bot: listens all the time, and has one job for each account, which tells of the windows that are over. */
export class NetflowBot extends Collector {
  readonly #clock: Pick<typeof Date, "now">;
  #aheadMs = 0;
  #settings: NetflowSettings | undefined;
  #station: FlowStation | undefined;
  #port: number | undefined;
  #keepsSnapshots = false;
  #snapshotFails = false;

  /** Makes the bot; it does not listen yet. */
  constructor(
    backendUrl: string,
    botToken: string,
    jobsRefreshInterval?: number,
    options: CollectorOptions = {},
  ) {
    super(backendUrl, botToken, jobsRefreshInterval, options);
    this.#clock = options.clock ?? Date;
  }

  /** The port on which it listens; `undefined` when it does not. */
  get port(): number | undefined {
    return this.#port;
  }

  /** What has come so far; `undefined` when it does not listen. */
  get counts(): Readonly<StationCounts> | undefined {
    return this.#station?.counts;
  }

  override async *jobs() {
    const accounts = new Map<number, ExporterEntity[]>();
    for await (
      const { accountId, entityId, name, details } of this.fetchJobConfigs<{ ipv4?: unknown }>(
        PROTOCOL,
      )
    ) {
      const entities = accounts.get(accountId) ?? [];
      accounts.set(accountId, entities);
      if (typeof details?.ipv4 === "string" && details.ipv4.trim() !== "") {
        entities.push({ entityId, address: plainAddress(details.ipv4) });
      } else {
        this.log.debug(`"${name}" is left out as it has no address`);
      }
    }
    this.#station?.serve(
      new Map(Array.from(accounts, ([id, list]) => [id, list.map(({ address }) => address)])),
    );
    for (const [accountId, entities] of accounts) {
      const jobParams: AccountExporters = { accountId, entities };
      // All windows end with a minute, in UTC.
      const job = { intervals: [TRAFFIC_INTERVAL], startTs: 0, performJob: this.#sendTraffic };
      yield { jobId: `traffic-${accountId}`, ...job, jobParams };
    }
    if (this.#settings?.suggest) {
      yield {
        jobId: "suggest-exporters",
        intervals: [SUGGEST_INTERVAL],
        performJob: this.#suggestExporters,
        jobParams: {},
      };
    }
    if (this.#keepsSnapshots) {
      yield {
        jobId: "snapshot",
        intervals: [SNAPSHOT_INTERVAL],
        startTs: SNAPSHOT_INTERVAL / 2,
        performJob: this.#keepSnapshot,
        jobParams: {},
      };
    }
  }

  /** Listens, and runs the jobs until `signal` aborts. What was added up is there again at the next start. */
  override async execute(options: ExecuteOptions = {}): Promise<void> {
    const { snapshotFile } = this.#settings ??= await this.loadSettings();
    using _lock = await lockSnapshot(snapshotFile);
    const station = this.#open(this.#settings, await this.#readSnapshot(snapshotFile));
    this.#keepsSnapshots = true;
    try {
      await using _receiver = await this.#listen(station);
      this.log.info("the first values come when a whole minute is over");
      await super.execute(options);
    } finally {
      this.#keepsSnapshots = false;
      this.#station = this.#port = undefined;
      station.review(this.#now());
      await this.#writeSnapshot(station, { last: true });
    }
  }

  /** Listens for a minute, and tells of that minute. Snapshots are neither read nor written. */
  override async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    this.#settings ??= await this.loadSettings();
    // By a clock on which a minute begins just now.
    this.#aheadMs = MINUTE_MS - this.#now() % MINUTE_MS;
    const station = this.#open(this.#settings, undefined);
    try {
      // The exporters have to be known before their packets come.
      for await (const _ of this.jobs());
      await using _receiver = await this.#listen(station);
      await this.listenForAMinute(options.signal);
      return await super.runOnce(options);
    } finally {
      this.#aheadMs = 0;
      this.#station = this.#port = undefined;
    }
  }

  /** Reads the settings. Tests have others. */
  protected async loadSettings(): Promise<NetflowSettings> {
    return readNetflowSettings(await loadVariables(NETFLOW_VARIABLES));
  }

  /** Waits until a minute is over. Tests do not wait. */
  protected async listenForAMinute(signal?: AbortSignal): Promise<void> {
    this.log.info("listening for a minute");
    await delay(MINUTE_MS + 1000, signal === undefined ? {} : { signal });
  }

  readonly #sendTraffic: PerformJob<AccountExporters> = async (
    _affectingIntervals,
    { accountId, entities },
    context,
  ) => {
    const windows = await this.#station?.take(accountId, this.#timeOf(context)) ?? [];
    for (const window of windows) {
      await context.sendResults(accountId, trafficValues(window, entities));
    }
  };

  readonly #suggestExporters: PerformJob = async (_affectingIntervals, _params, context) => {
    const station = this.#station;
    // The form of Grafolean knows addresses of IPv4 only.
    const found = station?.strangers().filter(isIPv4) ?? [];
    if (station === undefined || found.length === 0) return;
    for (const { id } of await this.fetchAccounts(context.signal)) {
      const suggested = station.suggested.get(id) ?? new Set();
      // What people have deleted they do not want to see again.
      const entities = found.filter((ipv4) => !suggested.has(ipv4)).map((ipv4) => ({
        name: `${ipv4} (NetFlow exporter)`,
        details: { ipv4 },
      }));
      const { created, forbidden } = await this.createMissingEntities(
        id,
        { entityType: "device", key: "ipv4", entities },
        context.signal,
      );
      if (created.length > 0) context.log.info(`new in account ${id}: ${created.join(", ")}`);
      if (forbidden) continue;
      station.suggested.set(id, suggested);
      for (const { details: { ipv4 } } of entities) suggested.add(ipv4);
    }
  };

  readonly #keepSnapshot: PerformJob = async () => {
    const station = this.#station;
    if (station === undefined) return;
    station.review(this.#now());
    await this.#writeSnapshot(station, { last: false });
  };

  #open({ scale }: NetflowSettings, snapshot: Snapshot | undefined): FlowStation {
    return this.#station = new FlowStation({ log: this.log, now: this.#now(), snapshot, scale });
  }

  async #listen(station: FlowStation): Promise<AsyncDisposable> {
    const { hostname, port } = this.#settings!;
    try {
      const receiver = await receivePackets({ hostname, port }, (packet, sender) => {
        station.receive(packet, sender, this.#now());
      });
      this.#port = receiver.port;
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      this.log.info(`listening for NetFlow and IPFIX on UDP ${host}:${receiver.port}`);
      return receiver;
    } catch (error) {
      throw new ConfigError([
        `Cannot listen on UDP port ${port} of ${hostname} as ${describeError(error)}: ` +
        "end what listens there, or set NETFLOW_PORT and NETFLOW_HOST",
      ], { cause: error });
    }
  }

  async #readSnapshot(path: string): Promise<Snapshot | undefined> {
    try {
      return await readSnapshot(path);
    } catch (error) {
      this.log.error(
        `Cannot go on where the bot ended, as its snapshot "${path}" cannot be read: ` +
          `${describeError(error)}. It starts afresh: the sums that were under way are lost`,
      );
      await setAside(path);
      return undefined;
    }
  }

  async #writeSnapshot(station: FlowStation, { last }: { last: boolean }): Promise<void> {
    const { snapshotFile } = this.#settings!;
    try {
      await station.save((snapshot) => writeSnapshot(snapshotFile, snapshot), this.#now(), last);
      this.#snapshotFails = false;
    } catch (error) {
      if (this.#snapshotFails && !last) return;
      this.#snapshotFails = true;
      this.log.error(
        `Cannot write the snapshot "${snapshotFile}" as ${describeError(error)}: ` +
          "the sums that are under way will not outlive the bot",
      );
    }
  }

  #now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  // A timer can be a millisecond early, by which a window would not be over.
  #timeOf({ scheduledAt }: JobContext): number {
    return Math.max(this.#now(), scheduledAt * 1000);
  }
}
