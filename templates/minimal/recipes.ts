import {
  Collector,
  intervalsOf,
  type Job,
  type JobContext,
  type PerformJob,
} from "@grafolean/collector";
import { CounterRate, KeyedPool } from "@grafolean/collector/toolkit";
import { type Credential, type Device, PROTOCOL, type Sensor } from "./bot.ts";

/**
 * One job per sensor instead of one per device: the sensors of a device are then polled in parallel, and a slow one does
 * not delay the others. Use it in `jobs()`: `yield* sensorJobs(device)`.
 */
export function* sensorJobs(device: Device): Generator<Job<SensorParams>> {
  const { accountId, entityId } = device;
  for (const { sensorId, name, sensorDetails, interval } of device.sensors) {
    if (interval === null) continue; // not polled
    yield {
      jobId: `${entityId}/${sensorId}`, // both, as devices share sensors
      name: `${device.name} / ${name}`,
      intervals: [interval],
      timeout: 30, // seconds
      performJob: pollSensor,
      // Only what the job needs: a change here replaces the job.
      jobParams: { accountId, path: `entity.${entityId}.${PROTOCOL}.${sensorId}`, sensorDetails },
    };
  }
}

/** Parameters of a job for one sensor. */
type SensorParams = { accountId: number; path: string; sensorDetails: Sensor };

const pollSensor: PerformJob<SensorParams> = async (_intervals, { accountId, path }, context) => {
  await context.sendResults(accountId, { [path]: 42 });
};

/** Reads a value that a device serves by HTTP. */
export async function readValue(
  device: Device,
  page: string,
  context: JobContext,
): Promise<string> {
  const url = `http://${device.details.ipv4}/${page}`;
  const response = await fetch(url, { signal: context.signal });
  // Before the status is checked: a body that is not read keeps the connection open.
  const text = await response.text();
  if (!response.ok) throw new Error(`"${device.name}" answers ${response.status} for ${page}`);
  return text; // sendResults accepts numbers as texts, and refuses anything else
}

/** Remembers the last reading of each counter, so it must live as long as the bot. */
const rates = new CounterRate();

/**
 * Counters to rates: the kWh of a meter, which only ever grow, become watts. The first reading has no rate, and neither has
 * one after a counter reset. Counters above 2^53, such as bytes, can be a `bigint`.
 */
export async function sendPower(device: Device, kWh: number, context: JobContext): Promise<void> {
  const path = `entity.${device.entityId}.${PROTOCOL}.watts`;
  const { perSecond } = rates.read(path, kWh, performance.now() / 1000);
  if (perSecond === undefined) return;
  await context.sendResults(device.accountId, { [path]: perSecond * 3_600_000 });
}

/**
 * A problem that lasts is logged when it begins, when its cause changes, every hour, and when it ends, instead of at every
 * run.
 */
export function reportBattery(percent: number, context: JobContext): void {
  if (percent < 10) context.problems.raise("battery", `The battery is low: ${percent} %`);
  else context.problems.clear("battery");
}

/**
 * Secrets come from the credential, entered in Grafolean once for many devices. Put them in headers, never in URLs or log
 * lines. An error names the device, not what its credential contains.
 */
export function authorization(device: Device): { authorization: string } {
  const { user, password }: Credential = device.credentialDetails;
  if (!user || !password) {
    throw new Error(
      `Cannot log in to "${device.name}": ` +
        `the credential "${device.credentialName}" needs a user and a password`,
    );
  }
  const login = new TextEncoder().encode(`${user}:${password}`).toBase64();
  return { authorization: `Basic ${login}` };
}

/** Who logs in where. If it changes in Grafolean, the bot logs in again. */
type Login = { url: string; user: string; password: string };
/** What a login returns. */
type Session = { url: string; cookie: string };

/**
 * A login that is kept: each device has one session, which begins when it is first needed and ends when the bot stops.
 * Where something must be open before the first job, override `onStart`, too.
 */
export class LoginBot extends Collector {
  readonly #sessions = new KeyedPool<Login, Session>({ open: logIn, close: logOut });

  protected override async onStop(): Promise<void> {
    await this.#sessions.closeAll();
  }

  override async *jobs(): AsyncGenerator<Job<Device>> {
    const devices = this.fetchJobConfigs<Device["details"], Credential, Sensor>(PROTOCOL);
    for await (const device of devices) {
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        performJob: this.#poll,
        jobParams: device,
      };
    }
  }

  readonly #poll: PerformJob<Device> = async (_intervals, device, context) => {
    let power = await this.#get("power", device, context);
    // The device has ended the session.
    if (power.status === 401) power = await this.#get("power", device, context);
    if (power.status !== 200) throw new Error(`"${device.name}" answers ${power.status}`);
    const path = `entity.${device.entityId}.${PROTOCOL}.power`;
    await context.sendResults(device.accountId, { [path]: power.text });
  };

  #get(
    page: string,
    device: Device,
    context: JobContext,
  ): Promise<{ status: number; text: string }> {
    const key = `${device.entityId}`;
    const { user = "", password = "" } = device.credentialDetails;
    const login = { url: `http://${device.details.ipv4}`, user, password };
    return this.#sessions.use(key, login, async (session) => {
      const headers = { cookie: session.cookie };
      const response = await fetch(`${session.url}/${page}`, { headers, signal: context.signal });
      if (response.status === 401) await this.#sessions.drop(key, session);
      return { status: response.status, text: await response.text() };
    });
  }
}

async function logIn({ url, user, password }: Login): Promise<Session> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    body: JSON.stringify({ user, password }),
    signal: AbortSignal.timeout(10_000), // milliseconds
  });
  await response.body?.cancel(); // not needed
  const [cookie = ""] = response.headers.get("set-cookie")?.split(";") ?? [];
  if (!response.ok || cookie === "") {
    throw new Error(`Cannot log in at ${url}: it answers ${response.status}`);
  }
  return { url, cookie };
}

async function logOut({ url, cookie }: Session): Promise<void> {
  const signal = AbortSignal.timeout(2000);
  const response = await fetch(`${url}/logout`, { method: "POST", headers: { cookie }, signal });
  await response.body?.cancel();
}
