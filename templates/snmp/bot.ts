import {
  Collector,
  CounterRate,
  type EntityInfo,
  type ExecuteOptions,
  intervalsOf,
  type JobContext,
  KeyedPool,
  loadVariables,
  type PerformJob,
  type RunOnceReport,
} from "@grafolean/collector";
import { parseAddress } from "./address.ts";
import { parseCredential } from "./credential.ts";
import { evaluate, type Fetched } from "./evaluate.ts";
import { fetchWalk } from "./poll.ts";
import { type Harvest, harvest } from "./harvest.ts";
import { hasFastOnes, INTERFACE_OIDS, interfacesOf } from "./interfaces.ts";
import { patienceFor } from "./timeouts.ts";
import { problemText } from "./problem_text.ts";
import { Remarks } from "./problems.ts";
import { parseSensor, type Sensor } from "./sensor.ts";
import { Session, type SessionSettings } from "./session.ts";
import { readSnmpSettings, SNMP_VARIABLES, type SnmpSettings } from "./settings.ts";
import { SnmpError } from "./snmp_error.ts";

/** The name by which Grafolean knows what this bot does. */
const PROTOCOL = "snmp";

/** How often the interfaces of a device are looked at, in seconds. */
const INTERFACES_INTERVAL = 300;

type Details = { ipv4?: unknown } | null;
type Device = EntityInfo<Details>;
type DueSensor = { sensorId: number; sensor: Sensor };

const now = (): number => Date.now() / 1000;

/** The bot: two jobs for each device, one for its sensors and one for its interfaces. */
export class SnmpBot extends Collector {
  readonly #sessions = new KeyedPool<SessionSettings, Session>({
    open: (settings) => new Session(settings),
    close: (session) => session[Symbol.dispose](),
  });
  readonly #rates = new CounterRate();
  readonly #remarks = new Remarks();
  #settings: SnmpSettings | undefined;

  override async *jobs() {
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const intervals = intervalsOf(device);
      const jobParams = device;
      if (intervals.length > 0) {
        yield {
          jobId: `${device.entityId}`,
          intervals,
          performJob: this.#pollSensors,
          jobParams,
          timeout: patienceFor(intervals).runSeconds,
        };
      }
      yield {
        jobId: `${device.entityId}-interfaces`,
        intervals: [INTERFACES_INTERVAL],
        performJob: this.#lookAtInterfaces,
        jobParams,
      };
    }
  }

  /** Runs the jobs until `signal` aborts. */
  override async execute(options: ExecuteOptions = {}): Promise<void> {
    this.#settings ??= await this.loadSettings();
    await super.execute(options);
  }

  /** Runs every job once. */
  override async runOnce(options: ExecuteOptions = {}): Promise<RunOnceReport> {
    this.#settings ??= await this.loadSettings();
    return await super.runOnce(options);
  }

  /** Reads the settings. Tests have others. */
  protected async loadSettings(): Promise<SnmpSettings> {
    return readSnmpSettings(await loadVariables(SNMP_VARIABLES));
  }

  /** Ends the work and closes all sessions. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#sessions[Symbol.asyncDispose]();
  }

  readonly #pollSensors: PerformJob<Device> = async (affectingIntervals, device, context) => {
    const due = device.sensors.filter(({ interval }) =>
      interval !== null && affectingIntervals.includes(interval)
    );
    const sensors: DueSensor[] = [];
    for (const { sensorId, sensorDetails } of due) {
      const remarks: string[] = [];
      try {
        sensors.push({ sensorId, sensor: parseSensor(sensorDetails) });
      } catch (error) {
        remarks.push(`sensor ${sensorId} is left out: ${(error as Error).message}`);
      }
      // Many devices have the same sensor: it is enough to hear of it once.
      this.#remarks.say(this.log, `sensor ${sensorId}`, remarks);
    }
    const wanted = sensors.flatMap(({ sensor }) => sensor.oids);
    const harvested = await this.#ask(device, async (session) => {
      const result = await harvest(wanted, { session, signal: context.signal, now });
      // Whatever made the device fall silent may be over with a new session, such as another engine of SNMPv3.
      if (result.failure !== undefined) await this.#sessions.drop(`${device.entityId}`, session);
      return result;
    });
    const values = sensors.flatMap((sensor) => this.#valuesOf(device, sensor, harvested, context));
    if (values.length > 0) await context.sendResults(device.accountId, values);
    if (harvested.failure !== undefined) throw harvested.failure;
  };

  readonly #lookAtInterfaces: PerformJob<Device> = async (_affectingIntervals, device, context) => {
    const { signal } = context;
    const children = await this.#ask(device, async (session) => {
      const walk = (oid: string) => fetchWalk(oid, { session, signal, now });
      const names = await walk(INTERFACE_OIDS.name);
      const speeds = await walk(INTERFACE_OIDS.speed);
      const highSpeeds = hasFastOnes(speeds) ? await walk(INTERFACE_OIDS.highSpeed) : new Map();
      return interfacesOf(names, speeds, highSpeeds);
    });
    // A device that hides its interfaces, or has just been started, is no reason to delete what is known of it.
    if (children.length === 0) return context.log.debug("the device tells of no interfaces");
    const wanted = {
      parent: device.entityId,
      entityType: "interface",
      key: "snmp_index",
      children,
    };
    const { created, updated, deleted, skipped } = await this.keepChildEntities(
      device.accountId,
      wanted,
      signal,
    );
    if (created + updated + deleted > 0) {
      context.log.info(`interfaces: ${created} new, ${updated} changed, ${deleted} gone`);
    }
    for (const { name, reason } of skipped) {
      context.log.warn(`"${device.name}": interface "${name}": ${reason}`);
    }
  };

  #ask<T>(device: Device, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#sessions.use(`${device.entityId}`, this.#sessionSettings(device), work);
  }

  #sessionSettings(device: Device): SessionSettings {
    const { name, details, credentialDetails } = device;
    const { timeoutMs, retries } = patienceFor(intervalsOf(device));
    const { sourceAddress } = this.#settings ?? {};
    try {
      const address = parseAddress(details?.ipv4);
      const credential = parseCredential(credentialDetails);
      return { name, address, credential, timeoutMs, retries, sourceAddress };
    } catch (error) {
      throw new TypeError(`Cannot ask "${name}": ${(error as Error).message}`);
    }
  }

  #valuesOf(
    device: Device,
    { sensorId, sensor }: DueSensor,
    harvested: Harvest,
    context: JobContext,
  ): { p: string; v: number }[] {
    const { entityId, name } = device;
    const subject = `${entityId}/${sensorId}`;
    const fetched: Fetched[] = [];
    for (const wanted of sensor.oids) {
      const item = harvested.of(wanted);
      if (item === undefined) return []; // The device has fallen silent, which is said once for all sensors.
      if (item instanceof SnmpError) {
        this.#remarks.say(context.log, subject, [`"${name}": sensor ${sensorId}: ${item.message}`]);
        return [];
      }
      fetched.push(item);
    }
    const { values, problems } = evaluate(
      sensor,
      fetched,
      (key, count, at) => this.#rates.read(`${subject}/${key}`, count, at),
    );
    const lasting: string[] = [];
    for (const [problem, indexes] of problems) {
      const text = `"${name}": ${problemText(sensorId, problem, indexes)}`;
      if (problem === "first reading of a counter") context.log.debug(text);
      else if (problem === "a counter went back") context.log.warn(text);
      else lasting.push(text);
    }
    this.#remarks.say(context.log, subject, lasting);
    return [...values].map(([path, v]) => ({ p: `entity.${entityId}.snmp.${path}`, v }));
  }
}
