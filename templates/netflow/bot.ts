import {
  Collector,
  type CollectorOptions,
  describeError,
  type Job,
  type JobContext,
  type PerformJob,
  type StartContext,
} from "@grafolean/collector";
import { loadSettings } from "@grafolean/collector/toolkit";
import { delay } from "@std/async/delay";
import { isIPv4 } from "node:net";
import { Aggregator } from "./aggregator/aggregator.ts";
import { paced } from "./aggregator/paced.ts";
import { type Device, parseDevice } from "./device.ts";
import { QUIET_S } from "./exporter.ts";
import { Exporters } from "./exporters.ts";
import { receivePackets, type Receiver } from "./receiver.ts";
import { sendEndedWindows, sendValues } from "./send_windows.ts";
import { NETFLOW_SETTINGS, type NetflowSettings } from "./settings.ts";
import { parseState, type State, stateLines } from "./state.ts";
import { StateFile } from "./state_file.ts";
import { lossValues } from "./values.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "netflow";

// In seconds. The shortest window is a minute.
const TRAFFIC_INTERVAL = 60;
const SUGGEST_INTERVAL = 120;

// In seconds. Long, as a window that is not sent in time is sent again.
const TRAFFIC_TIMEOUT = 600;

const MINUTE_MS = 60_000;

const MEMORY_PROBLEM =
  "The sums take up all of their memory, so the top 10 are less exact and interfaces may be missing: " +
  "raise NETFLOW_MEMORY_MB";

// After a longer downtime templates may have changed.
const MAX_TEMPLATE_AGE_MS = 30 * MINUTE_MS;

/** Options for {@linkcode NetflowBot}. */
export interface NetflowBotOptions extends CollectorOptions {
  /** The settings, for tests. @default those of the environment */
  readonly settings?: NetflowSettings;
  /** Waits while a bot that runs once listens for a minute, for tests. @default delay */
  readonly delay?: typeof delay;
}

/** Listens for NetFlow, IPFIX and sFlow. One job sends the sums of the windows that have ended. */
export class NetflowBot extends Collector<NetflowBotOptions> {
  #settings: NetflowSettings | undefined;
  #exporters: Exporters | undefined;
  #receiver: Receiver | undefined;
  // Only a bot that runs until it is stopped keeps its state.
  #stateFile: StateFile | undefined;
  /** The exporters that were suggested as devices, by account. */
  #suggested = new Map<number, ReadonlySet<string>>();
  #clockOffsetMs = 0;
  // The latest run of the traffic job.
  #traffic: Promise<void> = Promise.resolve();

  /** The UDP port, while the bot is listening. */
  get port(): number | undefined {
    return this.#receiver?.port;
  }

  /** Packets received and flows decoded, while the bot is listening. */
  get counts(): Exporters["counts"] | undefined {
    return this.#exporters?.counts;
  }

  protected override async onStart({ mode, signal }: StartContext): Promise<void> {
    const settings = this.#settings = this.options.settings ?? await loadSettings(NETFLOW_SETTINGS);
    if (mode === "run") {
      this.#clockOffsetMs = 0;
      this.#stateFile = await StateFile.lock(settings.stateFile);
      await this.#restore(settings, this.#stateFile);
      this.#listen(settings);
      this.log.info("The first values are sent after the first full minute");
    } else if (mode !== "explain") {
      // Shift the clock so that a minute starts now.
      this.#clockOffsetMs = MINUTE_MS - Date.now() % MINUTE_MS;
      this.#setUp(settings);
      await this.#readDevices(); // they must be known before their packets arrive
      this.#listen(settings);
      this.log.info("Listening for a minute");
      await (this.options.delay ?? delay)(MINUTE_MS + 1000, { signal });
    }
  }

  protected override async onStop(): Promise<void> {
    await this.#receiver?.[Symbol.asyncDispose]();
    // A run that was aborted goes on to its next step.
    await this.#traffic.catch(() => {});
    await this.#saveState({ last: true });
    this.#stateFile?.[Symbol.dispose]();
    this.#receiver = this.#exporters = this.#stateFile = undefined;
  }

  override async *jobs(): AsyncGenerator<Job<readonly Device[]> | Job<null>> {
    const devices = await this.#readDevices();
    yield {
      jobId: "traffic",
      intervals: [TRAFFIC_INTERVAL],
      startTs: 0, // windows end at full minutes
      timeout: TRAFFIC_TIMEOUT,
      performJob: this.#sendTraffic,
      jobParams: devices,
    };
    if (this.#settings?.suggest) {
      yield {
        jobId: "suggest-exporters",
        intervals: [SUGGEST_INTERVAL],
        performJob: this.#suggestExporters,
        jobParams: null,
      };
    }
  }

  async #restore(settings: NetflowSettings, file: StateFile): Promise<void> {
    try {
      const text = await file.read();
      this.#setUp(settings, text === undefined ? undefined : parseState(text));
    } catch (error) {
      this.log.error(
        `Cannot read the state "${file.path}", so the sums of the open windows are lost: ` +
          describeError(error),
      );
      await file.setAside();
      this.#setUp(settings);
    }
  }

  #setUp({ memoryBytes, scaleSampled }: NetflowSettings, state?: State): void {
    const now = this.#now();
    const isRecent = now - (state?.savedAt ?? 0) <= MAX_TEMPLATE_AGE_MS;
    this.#exporters = new Exporters({
      aggregator: new Aggregator(now, { memoryBytes, state: state?.traffic ?? [] }),
      problems: this.problems,
      scaleSampled,
      decoders: isRecent ? state?.decoders : undefined,
    });
    this.#suggested = state?.suggested ?? new Map();
  }

  #listen({ hostname, port }: NetflowSettings): void {
    this.#receiver = receivePackets({ hostname, port }, this.#receive);
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.log.info(`Listening for NetFlow, IPFIX and sFlow on UDP ${host}:${this.port}`);
  }

  readonly #receive = (packet: Uint8Array, sender: string): void => {
    try {
      this.#exporters?.receive(packet, sender, this.#now());
    } catch (error) {
      this.problems.raise(
        "receive",
        `Cannot process a packet of ${sender}, please report it: ${describeError(error)}`,
        { level: "error", expiresAfter: QUIET_S },
      );
    }
  };

  /** Reads from Grafolean which devices are exporters. */
  async #readDevices(): Promise<Device[]> {
    const devices: Device[] = [];
    const problems: string[] = [];
    for await (const entity of this.fetchJobConfigs(PROTOCOL)) {
      const { device, problem } = parseDevice(entity);
      if (device !== undefined) devices.push(device);
      if (problem !== undefined) problems.push(problem);
    }
    await this.problems.report("devices", problems);
    this.#exporters?.setDevices(devices);
    return devices;
  }

  readonly #sendTraffic: PerformJob<readonly Device[]> = (_intervals, devices, context) => {
    const run = () => this.#sendAndSave(devices, context);
    // Runs never overlap, even if one has timed out and goes on to its next step.
    return this.#traffic = this.#traffic.then(run, run);
  };

  async #sendAndSave(devices: readonly Device[], context: JobContext): Promise<void> {
    const exporters = this.#exporters;
    if (exporters === undefined) return;
    const { aggregator } = exporters;
    // Closing windows gives memory back.
    this.problems.report("memory", aggregator.memory.limitReached ? [MEMORY_PROBLEM] : []);
    // Timers can fire a millisecond early, when the window would not have ended.
    const now = Math.max(this.#now(), context.scheduledAt * 1000);
    await sendEndedWindows(aggregator, now, devices, context);
    const losses = exporters.takeLosses();
    for (const [account, ofAccount] of Map.groupBy(devices, ({ accountId }) => accountId)) {
      await sendValues(account, lossValues(ofAccount, losses), context);
    }
    await this.#saveState({ last: false });
  }

  readonly #suggestExporters: PerformJob<null> = async (_intervals, _params, { log, signal }) => {
    // Grafolean's form accepts IPv4 addresses only.
    const unknown = this.#exporters?.unknown.filter(isIPv4) ?? [];
    if (unknown.length === 0) return;
    for (const { id } of await this.fetchAccounts(signal)) {
      // A suggested device that was deleted is not wanted.
      const suggested = this.#suggested.get(id) ?? new Set();
      const addresses = unknown.filter((address) => !suggested.has(address));
      const { created, skipped, forbidden } = await this.createMissingEntities(id, {
        entityType: "device",
        key: "ipv4",
        entities: addresses.map((ipv4) => ({
          name: `${ipv4} (NetFlow exporter)`,
          details: { ipv4 },
        })),
      }, signal);
      if (created.length > 0) log.info(`Added to account ${id}: ${created.join(", ")}`);
      for (const { name, reason } of skipped) log.warn(`Cannot add "${name}": ${reason}`);
      if (!forbidden) this.#suggested.set(id, suggested.union(new Set(addresses)));
    }
  };

  /**
   * Saves the state, if this bot keeps it.
   *
   * @param last Whether no more packets will be received. Then the open minute is saved, too.
   */
  async #saveState({ last }: { last: boolean }): Promise<void> {
    const [file, exporters] = [this.#stateFile, this.#exporters];
    if (file === undefined || exporters === undefined) return;
    const savedAt = this.#now();
    const lines = stateLines({
      savedAt,
      traffic: exporters.aggregator.stateLines(last, savedAt),
      decoders: exporters.decoderStates(),
      suggested: this.#suggested,
    });
    try {
      await file.write(last ? lines : paced(lines));
      this.problems.clear("state");
    } catch (error) {
      this.problems.raise(
        "state",
        `Cannot write the state "${file.path}" as ${describeError(error)}: ` +
          "the sums of the open windows would be lost in a restart",
        { level: "error" },
      );
    }
  }

  #now(): number {
    return Date.now() + this.#clockOffsetMs;
  }
}
