import { CounterRate, type Job, type JobContext, type PerformJob } from "@grafolean/collector";
import type { Credential, Device, Sensor } from "./bot.ts";

/**
 * One job for each sensor, instead of one for each device: sensors of one device are then asked side by side, and a slow
 * one does not hold up the others. Use it in `jobs()`: `yield* sensorJobs(device)`.
 */
export function* sensorJobs(device: Device): Generator<Job<SensorParams>> {
  const { accountId, entityId } = device;
  for (const { sensorId, sensorDetails, interval } of device.sensors) {
    if (interval === null) continue; // this one is not polled
    yield {
      jobId: `${entityId}/${sensorId}`,
      intervals: [interval],
      timeout: 30, // seconds
      performJob: pollSensor,
      // Only what the job needs: a job is replaced when these change.
      jobParams: { accountId, path: `entity.${entityId}.my.${sensorId}`, sensorDetails },
    };
  }
}

/** What a job for one sensor is given. */
export type SensorParams = { accountId: number; path: string; sensorDetails: Sensor };

const pollSensor: PerformJob<SensorParams> = async (_intervals, { accountId, path }, context) => {
  await context.sendResults(accountId, { [path]: 42 });
};

/** Several intervals in one job: tells which sensors are due in this run. */
export function dueSensors(affectingIntervals: readonly number[], device: Device) {
  return device.sensors.filter(({ interval }) =>
    interval !== null && affectingIntervals.includes(interval)
  );
}

/** Lives as long as the bot: it remembers the last reading of each counter. */
const rates = new CounterRate();

/**
 * Counters to rates: a counter of bytes, which only ever grows, becomes bytes per second. The first reading gives none,
 * nor does one after the counter has started again.
 */
export async function sendTraffic(
  device: Device,
  bytes: bigint,
  context: JobContext,
): Promise<void> {
  const path = `entity.${device.entityId}.my.bytes_per_second`;
  const { perSecond, reason } = rates.read(path, bytes, performance.now() / 1000);
  if (perSecond !== undefined) await context.sendResults(device.accountId, { [path]: perSecond });
  else if (reason !== "first") context.log.debug(`no rate for ${path}: ${reason}`);
}

/**
 * Secrets come from the credential, which people enter in Grafolean once for many devices. Put them into headers, not
 * into URLs or log lines; and say which credential is incomplete, without what is in it.
 */
export function authorization(device: Device): { authorization: string } {
  const { user, password }: Credential = device.credentialDetails;
  if (!user || !password) {
    throw new Error(
      `Cannot log in to "${device.name}": its credential needs a user and a password`,
    );
  }
  return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
}
