import {
  Collector,
  type CollectorOptions,
  dueSensors,
  type EntityInfo,
  intervalsOf,
  type Job,
  type JobContext,
  type PerformJob,
  type Point,
  type SensorInfo,
} from "@grafolean/collector";
import { CounterRate, KeyedPool, loadSettings, parseHostPort } from "@grafolean/collector/toolkit";
import { parseCredential } from "./client/credential.ts";
import { evaluate } from "./sensor/evaluate.ts";
import { INTERFACE_OIDS, toInterfaces } from "./interfaces.ts";
import { poll, type PollResult, type Samples, type WantedOid } from "./client/poll.ts";
import { describeProblem } from "./sensor/problems.ts";
import { parseSensor, type Sensor } from "./sensor/sensor.ts";
import { Session, type SessionSettings } from "./client/session.ts";
import { SNMP_SETTINGS, type SnmpSettings } from "./settings.ts";
import { SnmpError } from "./client/snmp_error.ts";
import { timeoutsFor } from "./client/timeouts.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "snmp";

/** How often the interfaces of a device are polled, in seconds. */
const INTERFACES_INTERVAL_S = 300;

type Details = { ipv4?: unknown } | null;
type Device = EntityInfo<Details>;

/** A sensor of a device. */
interface ParsedSensor extends Sensor {
  readonly sensorId: number;
  /** Its name and id for the log, such as `Sensor "traffic" (id 12)`. */
  readonly label: string;
}

/** Options for {@linkcode SnmpBot}. */
export interface SnmpBotOptions extends CollectorOptions {
  /** The settings, for tests. @default those of the environment */
  readonly settings?: SnmpSettings;
}

const now = (): number => Date.now() / 1000;

/** The bot: two jobs per device, one for its sensors and one for its interfaces. */
export class SnmpBot extends Collector<SnmpBotOptions> {
  readonly #sessions = new KeyedPool<SessionSettings, Session>({
    open: (settings) => new Session(settings),
    close: (session) => session[Symbol.dispose](),
  });
  readonly #rates = new CounterRate();
  #settings: SnmpSettings | undefined;

  protected override async onStart(): Promise<void> {
    this.#settings = this.options.settings ?? await loadSettings(SNMP_SETTINGS);
  }

  protected override async onStop(): Promise<void> {
    await this.#sessions.closeAll();
  }

  override async *jobs(): AsyncGenerator<Job<Device>> {
    const problems: string[] = [];
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const { entityId, name } = device;
      parseSensors(device.sensors, (problem) => problems.push(problem));
      const intervals = intervalsOf(device);
      yield {
        jobId: `${entityId}`,
        name,
        intervals,
        performJob: this.#pollSensors,
        jobParams: device,
        timeout: timeoutsFor(intervals).runTimeoutS,
      };
      yield {
        jobId: `${entityId}-interfaces`,
        name,
        intervals: [INTERFACES_INTERVAL_S],
        performJob: this.#pollInterfaces,
        jobParams: device,
      };
    }
    // Devices share sensors: equal messages are one problem.
    this.problems.report("sensors", problems);
  }

  readonly #pollSensors: PerformJob<Device> = async (affectingIntervals, device, context) => {
    // jobs() reports those that are invalid.
    const sensors = parseSensors(dueSensors(device, affectingIntervals), () => {});
    const wanted = sensors.flatMap(({ oids }) => oids);
    const result = await this.#poll(device, wanted, context.signal);
    const values = sensors.flatMap((sensor) => this.#evaluate(device, sensor, result, context));
    if (values.length > 0) await context.sendResults(device.accountId, values);
    if (result.error !== undefined) throw result.error;
  };

  readonly #pollInterfaces: PerformJob<Device> = async (_affectingIntervals, device, context) => {
    const { signal } = context;
    const { error, responseTimeS, get } = await this.#poll(device, INTERFACE_OIDS, signal);
    if (error instanceof SnmpError && responseTimeS === undefined) {
      return context.log.debug(`Left to the job of the sensors: ${error.message}`);
    }
    if (error !== undefined) throw error;
    const children = toInterfaces({ get });
    // The device may hide its interfaces or still be booting: keep those that are known.
    if (children.length === 0) return context.log.debug("The device reports no interfaces");
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
      context.log.info(`Interfaces: ${created} created, ${updated} updated, ${deleted} deleted`);
    }
    context.problems.report(
      "interfaces",
      skipped.map(({ name, reason }) => `Cannot write interface "${name}": ${reason}`),
    );
  };

  /** Polls OIDs through the session of the device. */
  #poll(device: Device, wanted: readonly WantedOid[], signal: AbortSignal): Promise<PollResult> {
    const key = `${device.entityId}`;
    return this.#sessions.use(key, this.#sessionSettings(device), async (session) => {
      const result = await poll(wanted, { session, signal, now });
      // A new session may cure the error, such as one about a changed SNMPv3 engine.
      if (result.error !== undefined) await this.#sessions.drop(key, session);
      return result;
    });
  }

  #sessionSettings(device: Device): SessionSettings {
    const { name, details, credentialName, credentialDetails } = device;
    const { timeoutMs, retries } = timeoutsFor(intervalsOf(device));
    const { sourceAddress } = this.#settings ?? {};
    try {
      const address = parseHostPort(details?.ipv4);
      const credential = parseCredential(credentialDetails, credentialName);
      return { name, address, credential, timeoutMs, retries, sourceAddress };
    } catch (error) {
      throw new TypeError(`Cannot poll "${name}": ${(error as Error).message}`);
    }
  }

  #evaluate(
    { entityId }: Device,
    sensor: ParsedSensor,
    result: PollResult,
    context: JobContext,
  ): Point[] {
    const { sensorId, label } = sensor;
    const problem = `sensor ${sensorId}`;
    const samples: Samples[] = [];
    for (const oid of sensor.oids) {
      const item = result.get(oid);
      if (item === undefined) return []; // the poll ended early, which is logged once for all sensors
      if (item instanceof SnmpError) {
        context.problems.raise(problem, `${label}: ${item.message}`);
        return [];
      }
      samples.push(item);
    }
    const { values, problems } = evaluate(
      sensor,
      samples,
      (key, count, at) => this.#rates.read(`${entityId}/${sensorId}/${key}`, count, at),
    );
    const lasting: string[] = [];
    for (const [reason, indexes] of problems) {
      const text = describeProblem(label, reason, indexes);
      if (reason === "first reading of a counter") context.log.debug(text);
      else if (reason === "a counter went back") {
        context.problems.event("counters that went back", text);
      } else lasting.push(text);
    }
    if (lasting.length > 0) context.problems.raise(problem, lasting.join("; "));
    else context.problems.clear(problem);
    return [...values].map(([path, v]) => ({ p: `entity.${entityId}.snmp.${path}`, v }));
  }
}

/** Parses sensors, and leaves out those that are invalid. */
function parseSensors(
  sensors: readonly SensorInfo[],
  onProblem: (problem: string) => void,
): ParsedSensor[] {
  const parsed: ParsedSensor[] = [];
  for (const { sensorId, name, sensorDetails } of sensors) {
    const label = `Sensor "${name}" (id ${sensorId})`;
    try {
      parsed.push({ sensorId, label, ...parseSensor(sensorDetails) });
    } catch (error) {
      onProblem(`${label} is left out: ${(error as Error).message}`);
    }
  }
  return parsed;
}
