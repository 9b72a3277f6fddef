import {
  Collector,
  dueSensors,
  type EntityInfo,
  intervalsOf,
  type Job,
  type PerformJob,
} from "@grafolean/collector";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "minimal";

// Details are what people enter in Grafolean. Nothing validates them, and form fields arrive as strings.

/** Details of a device. */
type Details = { ipv4?: string };
/** Details of a credential. */
export type Credential = { user?: string; password?: string };
/** Details of a sensor. */
export type Sensor = { what?: string };
/** A device with its credential and sensors. */
export type Device = EntityInfo<Details, Credential, Sensor>;

/** The bot. `jobs()` is called again every two minutes, so changes in Grafolean arrive by themselves. */
export class MinimalBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<Device>> {
    // One job per device. For one job per sensor see recipes.ts.
    for await (const device of this.fetchJobConfigs<Details, Credential, Sensor>(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`, // must stay the same at every refresh
        name: device.name, // for the log
        intervals: intervalsOf(device),
        performJob: pollDevice,
        jobParams: device,
      };
    }
  }
}

/** Polls the sensors of a device that are due and sends their values. */
export const pollDevice: PerformJob<Device> = async (affectingIntervals, device, context) => {
  const values: Record<string, number> = {};
  // When several intervals are due at the same time, the job runs once for all of them.
  for (const { sensorId } of dueSensors(device, affectingIntervals)) {
    // Poll the device here. Pass `context.signal` to everything that waits, as in `fetch(url, { signal: context.signal })`,
    // and throw if the device does not answer: the error is logged, and the job runs again at its next interval. recipes.ts
    // has examples.
    const answer = 42;
    values[`entity.${device.entityId}.${PROTOCOL}.${sensorId}`] = answer;
  }
  await context.sendResults(device.accountId, values);
};
