import {
  Collector,
  type CollectorOptions,
  ConfigError,
  describeError,
  type Job,
  type JobContext,
  type PerformJob,
  type StartContext,
} from "@grafolean/collector";
import { loadSettings } from "@grafolean/collector/toolkit";
import { delay } from "@std/async/delay";
import { isIPv4 } from "node:net";
import { normalizeAddress } from "./address.ts";
import { FlowProcessor } from "./flow_processor.ts";
import { receivePackets, type Receiver } from "./receiver.ts";
import { NETFLOW_SETTINGS, type NetflowSettings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import { lockSnapshot, readSnapshot, renameDamaged, writeSnapshot } from "./snapshot_file.ts";
import { type ExporterEntity, trafficValues } from "./values.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "netflow";

// In seconds. The shortest window is a minute.
const TRAFFIC_INTERVAL = 60;
const SNAPSHOT_INTERVAL = 60;
const SUGGEST_INTERVAL = 120;

const MINUTE_MS = 60_000;

type Details = { ipv4?: unknown } | null;

/** The exporters of an account. */
interface AccountExporters {
  readonly accountId: number;
  readonly entities: readonly ExporterEntity[];
}

/** Options for {@linkcode NetflowBot}. */
export interface NetflowBotOptions extends CollectorOptions {
  /** The settings, for tests. @default those of the environment */
  readonly settings?: NetflowSettings;
  /** Waits while a bot that runs once listens for a minute, for tests. @default delay */
  readonly delay?: typeof delay;
}

/** Listens for NetFlow and IPFIX. One job per account sends the sums of the windows that have ended. */
export class NetflowBot extends Collector<NetflowBotOptions> {
  readonly #delay = this.options.delay ?? delay;
  #settings: NetflowSettings | undefined;
  #processor: FlowProcessor | undefined;
  #receiver: Receiver | undefined;
  // Only a bot that runs until it is stopped keeps a snapshot.
  #snapshotLock: Disposable | undefined;
  #clockOffsetMs = 0;

  /** The UDP port, while the bot is listening. */
  get port(): number | undefined {
    return this.#receiver?.port;
  }

  /** Counters of packets and flows, while the bot is listening. */
  get counts(): Readonly<FlowProcessor["counts"]> | undefined {
    return this.#processor?.counts;
  }

  protected override async onStart({ mode, signal }: StartContext): Promise<void> {
    this.#settings = this.options.settings ?? await loadSettings(NETFLOW_SETTINGS);
    if (mode === "run") await this.#startListening(this.#settings);
    else await this.#listenForAMinute(this.#settings, signal);
  }

  protected override async onStop(): Promise<void> {
    await this.#receiver?.[Symbol.asyncDispose]();
    const processor = this.#processor;
    processor?.report();
    if (processor !== undefined && this.#snapshotLock !== undefined) {
      await this.#writeSnapshot(processor, { last: true });
    }
    this.#snapshotLock?.[Symbol.dispose]();
    this.#receiver = this.#processor = this.#snapshotLock = undefined;
  }

  override async *jobs(): AsyncGenerator<Job<AccountExporters> | Job<null>> {
    for (const account of await this.#readExporters()) {
      yield {
        jobId: `traffic-${account.accountId}`,
        intervals: [TRAFFIC_INTERVAL],
        startTs: 0, // windows end at full minutes
        performJob: this.#sendTraffic,
        jobParams: account,
      };
    }
    if (this.#settings?.suggest) {
      yield {
        jobId: "suggest-exporters",
        intervals: [SUGGEST_INTERVAL],
        performJob: this.#suggestExporters,
        jobParams: null,
      };
    }
    if (this.#snapshotLock !== undefined) {
      yield {
        jobId: "snapshot",
        intervals: [SNAPSHOT_INTERVAL],
        startTs: SNAPSHOT_INTERVAL / 2,
        performJob: this.#saveSnapshot,
        jobParams: null,
      };
    }
  }

  /** Continues with the sums from before a restart, and listens until the bot stops. */
  async #startListening(settings: NetflowSettings): Promise<void> {
    const { snapshotFile } = settings;
    this.#clockOffsetMs = 0;
    this.#snapshotLock = await lockSnapshot(snapshotFile);
    const processor = this.#createProcessor(settings, await this.#readSnapshot(snapshotFile));
    await this.#listen(settings, processor);
    this.log.info("The first values are sent after the first full minute");
  }

  /** Listens for a minute. The snapshot is neither read nor written. */
  async #listenForAMinute(settings: NetflowSettings, signal: AbortSignal): Promise<void> {
    // Shift the clock so that a minute starts now.
    this.#clockOffsetMs = MINUTE_MS - Date.now() % MINUTE_MS;
    const processor = this.#createProcessor(settings);
    await this.#readExporters(); // they must be known before their packets arrive
    await this.#listen(settings, processor);
    this.log.info("Listening for a minute");
    await this.#delay(MINUTE_MS + 1000, { signal });
  }

  #createProcessor({ scaleSampled }: NetflowSettings, snapshot?: Snapshot): FlowProcessor {
    const { log, problems } = this;
    return this.#processor = new FlowProcessor({
      log,
      problems,
      now: this.#now(),
      snapshot,
      scaleSampled,
    });
  }

  async #listen({ hostname, port }: NetflowSettings, processor: FlowProcessor): Promise<void> {
    try {
      this.#receiver = await receivePackets({ hostname, port }, (packet, sender) => {
        processor.receive(packet, sender, this.#now());
      });
    } catch (error) {
      throw new ConfigError([
        `Cannot listen on UDP port ${port} of "${hostname}" as ${describeError(error)}: ` +
        "stop the other program, or set NETFLOW_PORT and NETFLOW_HOST",
      ], { cause: error });
    }
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.log.info(`Listening for NetFlow and IPFIX on UDP ${host}:${this.port}`);
  }

  /** Reads from Grafolean which devices are exporters. */
  async #readExporters(): Promise<AccountExporters[]> {
    const accounts = new Map<number, ExporterEntity[]>();
    const problems: string[] = [];
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const { accountId, entityId, name, details } = device;
      const entities = accounts.get(accountId) ?? [];
      accounts.set(accountId, entities);
      if (typeof details?.ipv4 === "string" && details.ipv4.trim() !== "") {
        entities.push({ entityId, address: normalizeAddress(details.ipv4) });
      } else {
        problems.push(
          `Cannot receive flows of "${name}" as it has no address: set one in Grafolean`,
        );
      }
    }
    this.problems.report("devices", problems);
    this.#processor?.setKnown(
      new Map(Array.from(accounts, ([id, list]) => [id, list.map(({ address }) => address)])),
    );
    return Array.from(accounts, ([accountId, entities]) => ({ accountId, entities }));
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

  readonly #suggestExporters: PerformJob<null> = async (_affectingIntervals, _params, context) => {
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

  readonly #saveSnapshot: PerformJob<null> = async () => {
    const processor = this.#processor;
    if (processor === undefined) return;
    processor.report();
    await this.#writeSnapshot(processor, { last: false });
  };

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
      this.problems.clear("snapshot");
    } catch (error) {
      this.problems.raise(
        "snapshot",
        `Cannot write the snapshot "${snapshotFile}" as ${describeError(error)}: ` +
          "the sums of the open windows would be lost in a restart",
        { level: "error" },
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
