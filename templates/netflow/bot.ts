import {
  Collector,
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
import { normalizeAddress } from "./address.ts";
import { type FlowCounts, FlowProcessor } from "./flow_processor.ts";
import { receivePackets } from "./receiver.ts";
import { NETFLOW_VARIABLES, type NetflowSettings, readNetflowSettings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import { lockSnapshot, readSnapshot, renameDamaged, writeSnapshot } from "./snapshot_file.ts";
import { type ExporterEntity, trafficValues } from "./traffic_values.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "netflow";

// In seconds. The shortest window is a minute.
const TRAFFIC_INTERVAL = 60;
const SNAPSHOT_INTERVAL = 60;
const SUGGEST_INTERVAL = 120;

const MINUTE_MS = 60_000;

/** The exporters of an account. */
interface AccountExporters {
  readonly accountId: number;
  readonly entities: readonly ExporterEntity[];
}

/** Listens for NetFlow and IPFIX. One job per account sends the sums of the windows that have ended. */
export class NetflowBot extends Collector {
  #clockOffsetMs = 0;
  #settings: NetflowSettings | undefined;
  #processor: FlowProcessor | undefined;
  #port: number | undefined;
  #savesSnapshots = false;
  #writeFailed = false;

  /** The UDP port, while the bot is listening. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Counters of packets and flows, while the bot is listening. */
  get counts(): Readonly<FlowCounts> | undefined {
    return this.#processor?.counts;
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
        entities.push({ entityId, address: normalizeAddress(details.ipv4) });
      } else {
        this.log.debug(`Skipping "${name}", which has no address`);
      }
    }
    this.#processor?.setKnown(
      new Map(Array.from(accounts, ([id, list]) => [id, list.map(({ address }) => address)])),
    );
    for (const [accountId, entities] of accounts) {
      const jobParams: AccountExporters = { accountId, entities };
      // Windows end at full minutes.
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
    if (this.#savesSnapshots) {
      yield {
        jobId: "snapshot",
        intervals: [SNAPSHOT_INTERVAL],
        startTs: SNAPSHOT_INTERVAL / 2,
        performJob: this.#saveSnapshot,
        jobParams: {},
      };
    }
  }

  /** Listens and runs the jobs until `signal` aborts. Sums of open windows are kept for the next start. */
  override async execute(options: ExecuteOptions = {}): Promise<void> {
    const { snapshotFile } = this.#settings ??= await this.loadSettings();
    using _lock = await lockSnapshot(snapshotFile);
    const processor = this.#open(this.#settings, await this.#readSnapshot(snapshotFile));
    this.#savesSnapshots = true;
    try {
      await using _receiver = await this.#listen(processor);
      this.log.info("The first values are sent after the first full minute");
      await super.execute(options);
    } finally {
      this.#savesSnapshots = false;
      this.#processor = this.#port = undefined;
      processor.report(this.#now());
      await this.#writeSnapshot(processor, { last: true });
    }
  }

  /** Listens for a minute and sends the sums of that minute. The snapshot is neither read nor written. */
  override async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    this.#settings ??= await this.loadSettings();
    // Shift the clock so that a minute starts now.
    this.#clockOffsetMs = MINUTE_MS - this.#now() % MINUTE_MS;
    const processor = this.#open(this.#settings, undefined);
    try {
      // Exporters must be known before their packets arrive.
      for await (const _ of this.jobs());
      await using _receiver = await this.#listen(processor);
      await this.listenForAMinute(options.signal);
      return await super.runOnce(options);
    } finally {
      this.#clockOffsetMs = 0;
      this.#processor = this.#port = undefined;
    }
  }

  /** Reads the settings. Tests override it. */
  protected async loadSettings(): Promise<NetflowSettings> {
    return readNetflowSettings(await loadVariables(NETFLOW_VARIABLES));
  }

  /** Waits until the minute is over. Tests override it. */
  protected async listenForAMinute(signal?: AbortSignal): Promise<void> {
    this.log.info("Listening for a minute");
    await delay(MINUTE_MS + 1000, signal === undefined ? {} : { signal });
  }

  readonly #sendTraffic: PerformJob<AccountExporters> = async (
    _affectingIntervals,
    { accountId, entities },
    context,
  ) => {
    const windows = await this.#processor?.take(accountId, this.#timeOf(context)) ?? [];
    for (const window of windows) {
      await context.sendResults(accountId, trafficValues(window, entities));
    }
  };

  readonly #suggestExporters: PerformJob = async (_affectingIntervals, _params, context) => {
    const processor = this.#processor;
    // Grafolean's form accepts IPv4 addresses only.
    const unknown = processor?.unknownExporters().filter(isIPv4) ?? [];
    if (processor === undefined || unknown.length === 0) return;
    for (const { id } of await this.fetchAccounts(context.signal)) {
      const suggested = processor.suggested.get(id) ?? new Set();
      // A suggested device that was deleted is not wanted.
      const entities = unknown.filter((ipv4) => !suggested.has(ipv4)).map((ipv4) => ({
        name: `${ipv4} (NetFlow exporter)`,
        details: { ipv4 },
      }));
      const { created, skipped, forbidden } = await this.createMissingEntities(
        id,
        { entityType: "device", key: "ipv4", entities },
        context.signal,
      );
      if (created.length > 0) context.log.info(`Added to account ${id}: ${created.join(", ")}`);
      for (const { name, reason } of skipped) context.log.warn(`Cannot add "${name}": ${reason}`);
      if (forbidden) continue;
      processor.suggested.set(id, suggested);
      for (const { details: { ipv4 } } of entities) suggested.add(ipv4);
    }
  };

  readonly #saveSnapshot: PerformJob = async () => {
    const processor = this.#processor;
    if (processor === undefined) return;
    processor.report(this.#now());
    await this.#writeSnapshot(processor, { last: false });
  };

  #open({ scaleSampled }: NetflowSettings, snapshot: Snapshot | undefined): FlowProcessor {
    return this.#processor = new FlowProcessor({
      log: this.log,
      now: this.#now(),
      snapshot,
      scaleSampled,
    });
  }

  async #listen(processor: FlowProcessor): Promise<AsyncDisposable> {
    const { hostname, port } = this.#settings!;
    try {
      const receiver = await receivePackets({ hostname, port }, (packet, sender) => {
        processor.receive(packet, sender, this.#now());
      });
      this.#port = receiver.port;
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      this.log.info(`Listening for NetFlow and IPFIX on UDP ${host}:${receiver.port}`);
      return receiver;
    } catch (error) {
      throw new ConfigError([
        `Cannot listen on UDP port ${port} of "${hostname}" as ${describeError(error)}: ` +
        "stop the other program, or set NETFLOW_PORT and NETFLOW_HOST",
      ], { cause: error });
    }
  }

  async #readSnapshot(path: string): Promise<Snapshot | undefined> {
    try {
      return await readSnapshot(path);
    } catch (error) {
      this.log.error(
        `Cannot read the snapshot "${path}", so the sums of the open windows are lost: ${
          describeError(error)
        }`,
      );
      await renameDamaged(path);
      return undefined;
    }
  }

  async #writeSnapshot(processor: FlowProcessor, { last }: { last: boolean }): Promise<void> {
    const { snapshotFile } = this.#settings!;
    try {
      await processor.save((snapshot) => writeSnapshot(snapshotFile, snapshot), this.#now(), last);
      this.#writeFailed = false;
    } catch (error) {
      if (this.#writeFailed && !last) return;
      this.#writeFailed = true;
      this.log.error(
        `Cannot write the snapshot "${snapshotFile}" as ${describeError(error)}: ` +
          "the sums of the open windows would be lost in a restart",
      );
    }
  }

  #now(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  // Timers can fire a millisecond early, when the window would not have ended.
  #timeOf({ scheduledAt }: JobContext): number {
    return Math.max(this.#now(), scheduledAt * 1000);
  }
}
