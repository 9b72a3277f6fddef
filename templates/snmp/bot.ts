import {
  Collector,
  type CollectorOptions,
  dueSensors,
  intervalsOf,
  type Job,
  type PerformJob,
  type StartContext,
  type WantedEntity,
} from "@grafolean/collector";
import { KeyedPool, loadSettings } from "@grafolean/collector/toolkit";
import { delay } from "@std/async/delay";
import { poll, type PollResult, type WantedOid } from "./client/poll.ts";
import { Session, type SessionSettings } from "./client/session.ts";
import { SnmpError } from "./client/snmp_error.ts";
import { type Device, parseDevice } from "./device.ts";
import { INTERFACE_OIDS, toInterfaces } from "./interfaces.ts";
import { DeviceValues } from "./sensor/device_values.ts";
import { isFirstReading } from "./sensor/problems.ts";
import { SensorParser } from "./sensor/sensor_parser.ts";
import { SNMP_SETTINGS, type SnmpSettings } from "./settings.ts";
import { statusValues } from "./status.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "snmp";

/** How often the interfaces of a device are polled, in seconds. */
const INTERFACES_INTERVAL_S = 300;

// The share of a run after which a WALK is stopped, so that the run ends by itself.
const MAX_WALK = 0.8;

// Longer than agents cache their counters (snmpd: 3 s).
const COUNTER_PAUSE_S = 5;

/** Options for {@linkcode SnmpBot}. */
export interface SnmpBotOptions extends CollectorOptions {
  /** The settings, for tests. @default those of the environment */
  readonly settings?: Partial<SnmpSettings>;
  /** With `--once` and `--dry-run`, the seconds between the two readings of a counter. @default 5 */
  readonly counterPause?: number;
}

const now = (): number => Date.now() / 1000;

/** The bot: two jobs per device, one for its sensors and one for its interfaces. */
export class SnmpBot extends Collector<SnmpBotOptions> {
  readonly #sessions = new KeyedPool<SessionSettings, Session>({
    open: (settings) => new Session(settings),
    close: (session) => session[Symbol.dispose](),
  });
  #sensorParser = new SensorParser();
  /** By what {@linkcode valuesKey} returns. */
  readonly #values = new Map<string, DeviceValues>();
  #settings: Partial<SnmpSettings> = {};
  /** The seconds after which counters are read again, to show their rates; `undefined` if the next run does that. */
  #counterPause: number | undefined;

  protected override async onStart({ mode, log }: StartContext): Promise<void> {
    this.#settings = this.options.settings ?? await loadSettings(SNMP_SETTINGS);
    const runsOnce = mode === "once" || mode === "dry-run";
    const pause = !runsOnce ? undefined : this.options.counterPause ?? COUNTER_PAUSE_S;
    if (pause !== undefined) {
      log.info(`Counters are read twice, ${pause} s apart, to show their rates`);
    }
    this.#counterPause = pause;
  }

  protected override async onStop(): Promise<void> {
    await this.#sessions.closeAll();
  }

  override async *jobs(): AsyncGenerator<Job<Device>> {
    const problems: string[] = [];
    const sensorParser = new SensorParser(this.#sensorParser);
    const valuesKeys = new Set<string>();
    const pause = this.#counterPause;
    for await (const entity of this.fetchJobConfigs(PROTOCOL)) {
      let device: Device;
      try {
        device = parseDevice(entity, sensorParser, this.#settings.sourceAddress);
      } catch (error) {
        problems.push((error as Error).message);
        continue;
      }
      const { entityId, name, runTimeoutS } = device;
      valuesKeys.add(valuesKey(device));
      yield {
        jobId: `${entityId}`,
        name,
        intervals: intervalsOf(device),
        performJob: this.#pollSensors,
        jobParams: device,
        timeout: pause === undefined ? runTimeoutS : 2 * runTimeoutS + pause,
      };
      yield {
        jobId: `${entityId}-interfaces`,
        name,
        intervals: [INTERFACES_INTERVAL_S],
        performJob: this.#pollInterfaces,
        jobParams: device,
      };
    }
    this.#sensorParser = sensorParser;
    await this.problems.report("devices", [...problems, ...sensorParser.problems]);
    for (const key of this.#values.keys()) if (!valuesKeys.has(key)) this.#values.delete(key);
  }

  readonly #pollSensors: PerformJob<Device> = async (affectingIntervals, device, context) => {
    const deviceValues = this.#valuesOf(device);
    let sensors = dueSensors(device, affectingIntervals);
    // Counters that are read for the first time are read again, if there is a pause.
    for (const pause of [this.#counterPause, undefined]) {
      const result = await this.#poll(
        device,
        deviceValues.wanted(sensors),
        context.signal,
        device.runTimeoutS,
      );
      const evaluations = deviceValues.evaluate(sensors, device.sensors, result, context);
      const starting = pause === undefined || result.error !== undefined
        ? []
        : sensors.filter((sensor) => evaluations.get(sensor)?.problems.some(isFirstReading));
      for (const sensor of starting) evaluations.delete(sensor);

      const hasStatus = this.#settings.statusValues && starting.length === 0;
      // Of those with one path the last counts: that of a sensor.
      const values = [
        ...hasStatus ? statusValues(result) : [],
        ...[...evaluations.values()].flatMap(({ values }) => [...values]),
      ].map(([path, v]) => [`entity.${device.entityId}.snmp.${path}`, v] as const);
      if (values.length > 0) await context.sendResults(device.accountId, new Map(values));
      if (result.error !== undefined) throw result.error;
      if (pause === undefined || starting.length === 0) return;
      await delay(pause * 1000, { signal: context.signal });
      sensors = starting;
    }
  };

  readonly #pollInterfaces: PerformJob<Device> = async (_affectingIntervals, device, context) => {
    const { log, problems, signal } = context;
    const { error, responseTimeS, get } = await this.#poll(
      device,
      INTERFACE_OIDS,
      signal,
      INTERFACES_INTERVAL_S,
    );
    if (error instanceof SnmpError && responseTimeS === undefined && device.sensors.length > 0) {
      return log.debug(`Left to the job of the sensors: ${error.message}`);
    }
    if (error !== undefined) throw error;
    let children: readonly WantedEntity[];
    try {
      children = toInterfaces({ get });
    } catch (error) {
      const reason = (error as Error).message;
      return problems.report("interfaces", [`Cannot read the interfaces: ${reason}`]);
    }
    // The device may hide its interfaces or still be booting: keep those that are known.
    if (children.length === 0) return log.debug("The device reports no interfaces");
    const wanted = {
      parent: device.entityId,
      entityType: "interface",
      key: "snmp_index",
      children,
    };
    const { created, updated, deleted, skipped } = await this.syncChildEntities(
      device.accountId,
      wanted,
      signal,
    );
    if (created + updated + deleted > 0) {
      log.info(`Interfaces: ${created} created, ${updated} updated, ${deleted} deleted`);
    }
    problems.report(
      "interfaces",
      skipped.map(({ name, reason }) => `Cannot write interface "${name}": ${reason}`),
    );
  };

  #valuesOf(device: Device): DeviceValues {
    const key = valuesKey(device);
    const values = this.#values.get(key) ?? new DeviceValues();
    this.#values.set(key, values);
    return values;
  }

  /** Polls OIDs through the session of the device. */
  #poll(
    device: Device,
    wanted: readonly WantedOid[],
    signal: AbortSignal,
    runTimeoutS: number,
  ): Promise<PollResult> {
    const maxWalkS = runTimeoutS * MAX_WALK;
    return this.#sessions.use(
      `${device.entityId}`,
      device.session,
      (session) => poll(wanted, { session, signal, now, maxWalkS }),
    );
  }
}

// The counters of what is at another address are others.
function valuesKey({ entityId, session: { address } }: Device): string {
  return JSON.stringify([entityId, address]);
}
