import {
  Collector,
  type EntityInfo,
  type ExecuteOptions,
  intervalsOf,
  type JobContext,
  loadVariables,
  type PerformJob,
  type RunOnceReport,
} from "@grafolean/collector";
import { CounterRate, KeyedPool } from "@grafolean/collector/toolkit";
import { parseAddress } from "./address.ts";
import { parseCredential } from "./credential.ts";
import { evaluate } from "./evaluate.ts";
import { INTERFACE_OIDS, needsHighSpeed, toInterfaces } from "./interfaces.ts";
import { poll, type PollResult, pollWalk, type Samples } from "./poll.ts";
import { describeProblem, ProblemReporter } from "./problems.ts";
import { parseSensor, type Sensor } from "./sensor.ts";
import { Session, type SessionSettings } from "./session.ts";
import { readSnmpSettings, SNMP_VARIABLES, type SnmpSettings } from "./settings.ts";
import { SnmpError } from "./snmp_error.ts";
import { timeoutsFor } from "./timeouts.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "snmp";

/** How often the interfaces of a device are polled, in seconds. */
const INTERFACES_INTERVAL_S = 300;

type Details = { ipv4?: unknown } | null;
type Device = EntityInfo<Details>;
type DueSensor = { sensorId: number; sensor: Sensor };

const now = (): number => Date.now() / 1000;

/** The bot: two jobs per device, one for its sensors and one for its interfaces. */
export class SnmpBot extends Collector {
  readonly #sessions = new KeyedPool<SessionSettings, Session>({
    open: (settings) => new Session(settings),
    close: (session) => session[Symbol.dispose](),
  });
  readonly #rates = new CounterRate();
  readonly #problems = new ProblemReporter();
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
          timeout: timeoutsFor(intervals).runTimeoutS,
        };
      }
      yield {
        jobId: `${device.entityId}-interfaces`,
        intervals: [INTERFACES_INTERVAL_S],
        performJob: this.#pollInterfaces,
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

  /** Loads the settings. Overridden in tests. */
  protected async loadSettings(): Promise<SnmpSettings> {
    return readSnmpSettings(await loadVariables(SNMP_VARIABLES));
  }

  /** Stops the bot and closes all sessions. */
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
      const problems: string[] = [];
      try {
        sensors.push({ sensorId, sensor: parseSensor(sensorDetails) });
      } catch (error) {
        problems.push(`sensor ${sensorId} is left out: ${(error as Error).message}`);
      }
      // Devices share sensors: one warning for all of them is enough.
      this.#problems.report(this.log, `sensor ${sensorId}`, problems);
    }
    const wanted = sensors.flatMap(({ sensor }) => sensor.oids);
    const result = await this.#withSession(device, async (session) => {
      const polled = await poll(wanted, { session, signal: context.signal, now });
      // A new session may cure the error, such as one about a changed SNMPv3 engine.
      if (polled.error !== undefined) await this.#sessions.drop(`${device.entityId}`, session);
      return polled;
    });
    const values = sensors.flatMap((sensor) => this.#evaluate(device, sensor, result, context));
    if (values.length > 0) await context.sendResults(device.accountId, values);
    if (result.error !== undefined) throw result.error;
  };

  readonly #pollInterfaces: PerformJob<Device> = async (_affectingIntervals, device, context) => {
    const { signal } = context;
    const children = await this.#withSession(device, async (session) => {
      const walk = (oid: string) => pollWalk(oid, { session, signal, now });
      const names = await walk(INTERFACE_OIDS.name);
      const speeds = await walk(INTERFACE_OIDS.speed);
      const highSpeeds = needsHighSpeed(speeds) ? await walk(INTERFACE_OIDS.highSpeed) : new Map();
      return toInterfaces(names, speeds, highSpeeds);
    });
    // The device may hide its interfaces or still be booting: keep those that are known.
    if (children.length === 0) return context.log.debug("the device reports no interfaces");
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
      context.log.info(`interfaces: ${created} created, ${updated} updated, ${deleted} deleted`);
    }
    for (const { name, reason } of skipped) {
      context.log.warn(`"${device.name}": interface "${name}": ${reason}`);
    }
  };

  #withSession<T>(device: Device, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#sessions.use(`${device.entityId}`, this.#sessionSettings(device), work);
  }

  #sessionSettings(device: Device): SessionSettings {
    const { name, details, credentialDetails } = device;
    const { timeoutMs, retries } = timeoutsFor(intervalsOf(device));
    const { sourceAddress } = this.#settings ?? {};
    try {
      const address = parseAddress(details?.ipv4);
      const credential = parseCredential(credentialDetails);
      return { name, address, credential, timeoutMs, retries, sourceAddress };
    } catch (error) {
      throw new TypeError(`Cannot poll "${name}": ${(error as Error).message}`);
    }
  }

  #evaluate(
    device: Device,
    { sensorId, sensor }: DueSensor,
    result: PollResult,
    context: JobContext,
  ): { p: string; v: number }[] {
    const { entityId, name } = device;
    const subject = `${entityId}/${sensorId}`;
    const samples: Samples[] = [];
    for (const oid of sensor.oids) {
      const item = result.get(oid);
      if (item === undefined) return []; // the poll ended early, which is logged once for all sensors
      if (item instanceof SnmpError) {
        const problem = `"${name}": sensor ${sensorId}: ${item.message}`;
        this.#problems.report(context.log, subject, [problem]);
        return [];
      }
      samples.push(item);
    }
    const { values, problems } = evaluate(
      sensor,
      samples,
      (key, count, at) => this.#rates.read(`${subject}/${key}`, count, at),
    );
    const lasting: string[] = [];
    for (const [problem, indexes] of problems) {
      const text = `"${name}": ${describeProblem(sensorId, problem, indexes)}`;
      if (problem === "first reading of a counter") context.log.debug(text);
      else if (problem === "a counter went back") context.log.warn(text);
      else lasting.push(text);
    }
    this.#problems.report(context.log, subject, lasting);
    return [...values].map(([path, v]) => ({ p: `entity.${entityId}.snmp.${path}`, v }));
  }
}
