import { Collector, type EntityInfo, intervalsOf, type PerformJob } from "@grafolean/collector";

/** The name by which Grafolean knows what this bot does. */
const PROTOCOL = "minimal";

// What people enter in Grafolean, as it is stored there: nothing checks it, and form fields arrive as strings.

/** About a device. */
export type Details = { ipv4?: string };
/** About a credential. */
export type Credential = { user?: string; password?: string };
/** About a sensor. */
export type Sensor = { what?: string };
/** All of it. */
export type Device = EntityInfo<Details, Credential, Sensor>;

/** The bot: says what is to be done. Asked again every two minutes, so changes in Grafolean get here by themselves. */
export class MinimalBot extends Collector {
  override async *jobs() {
    // One job for each device. For one job for each sensor see recipes.ts.
    for await (const device of this.fetchJobConfigs<Details, Credential, Sensor>(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`, // the same at every refresh
        intervals: intervalsOf(device),
        performJob: pollDevice,
        jobParams: device,
      };
    }
  }
}

/** Asks one device for what is due, and hands the numbers over. */
export const pollDevice: PerformJob<Device> = async (affectingIntervals, device, context) => {
  // When several intervals come due at the same moment, the job runs once for all of them.
  const due = device.sensors.filter(({ interval }) =>
    interval !== null && affectingIntervals.includes(interval)
  );
  const values: Record<string, number> = {};
  for (const { sensorId } of due) {
    // Ask the device here. Give `context.signal` to whatever waits, as in `fetch(url, { signal: context.signal })`,
    // and throw when there is no answer: it is logged, and the job runs again at its next interval.
    const answer = 42;
    values[`entity.${device.entityId}.${PROTOCOL}.${sensorId}`] = answer;
  }
  await context.sendResults(device.accountId, values);
};
