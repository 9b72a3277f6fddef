import type { Job, JobContext, PerformJob } from "@grafolean/collector";
import { CounterRate } from "@grafolean/collector/toolkit";
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
      jobId: `${entityId}/${sensorId}`,
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

/** Remembers the last reading of each counter, so it must live as long as the bot. */
const rates = new CounterRate();

/**
 * Counters to rates: a byte counter, which only ever grows, becomes bytes per second. The first reading has no rate, and
 * neither has one after a counter reset.
 */
export async function sendTraffic(
  device: Device,
  bytes: bigint,
  context: JobContext,
): Promise<void> {
  const path = `entity.${device.entityId}.${PROTOCOL}.bytes_per_second`;
  const { perSecond, reason } = rates.read(path, bytes, performance.now() / 1000);
  if (perSecond !== undefined) await context.sendResults(device.accountId, { [path]: perSecond });
  else if (reason !== "first") context.log.debug(`No rate for ${path}: ${reason}`);
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
  return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
}
