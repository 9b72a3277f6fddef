// Watches web pages: whether they answer, with which status, how fast, how much, and how long their certificates are
// still good.

import {
  Collector,
  describeError,
  type EntityInfo,
  intervalsOf,
  type PerformJob,
} from "@grafolean/collector";
import { tlsDaysLeft } from "./tls_days_left.ts";
import { withoutSecrets } from "./without_secrets.ts";

/** The name by which Grafolean knows what this bot does. */
const PROTOCOL = "http";

/** What Grafolean knows about a device; an address is all that this bot looks at. */
type Details = { ipv4?: string };
/** The credential. Whatever is typed into a form of Grafolean arrives as a string. */
type Credential = { timeout?: string };
/** A sensor names one page; `{ipv4}` stands for the address of the device. */
type Sensor = { url: string };
type Device = EntityInfo<Details, Credential, Sensor>;
type Page = { url: string; timeoutMs: number; signal: AbortSignal };

/** The bot: one job for each device, which runs whenever a sensor of the device is due. */
export class HttpBot extends Collector {
  override async *jobs() {
    for await (const device of this.fetchJobConfigs<Details, Credential, Sensor>(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`,
        intervals: intervalsOf(device),
        performJob: pollDevice,
        jobParams: device,
      };
    }
  }
}

const pollDevice: PerformJob<Device> = async (affectingIntervals, device, context) => {
  const timeoutMs = (Number(device.credentialDetails.timeout) || 10) * 1000;
  const due = device.sensors.filter(({ interval }) =>
    interval !== null && affectingIntervals.includes(interval)
  );
  // Side by side, and each sent as soon as it is there: a slow page does not keep the others waiting.
  await Promise.all(due.map(async ({ sensorId, sensorDetails }) => {
    const path = `entity.${device.entityId}.http.${sensorId}`;
    try {
      const url = sensorDetails.url.replaceAll("{ipv4}", device.details.ipv4 ?? "");
      const page = await poll({ url, timeoutMs, signal: context.signal });
      const values = Object.entries(page).map(([name, v]) => ({ p: `${path}.${name}`, v }));
      await context.sendResults(device.accountId, values);
    } catch (error) {
      // A page that does not answer is a result, not a failure of the bot.
      const reason = withoutSecrets(`(${sensorDetails.url}): ${describeError(error)}`);
      context.log.warn(`sensor ${sensorId} of "${device.name}" ${reason}`);
      await context.sendResults(device.accountId, { [`${path}.ok`]: 0 });
    }
  }));
};

async function poll({ url, timeoutMs, signal }: Page): Promise<Record<string, number>> {
  signal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const start = performance.now();
  const response = await fetch(url, { signal, redirect: "manual" });
  let size = 0;
  for await (const chunk of response.body ?? []) size += chunk.byteLength;
  const time = Math.round((performance.now() - start) * 1000) / 1e6; // seconds, to the microsecond
  const ok = response.status < 400 ? 1 : 0;
  const daysLeft = url.startsWith("https:") ? { tls_days: await tlsDaysLeft(url, signal) } : {};
  return { ok, status: response.status, time, size, ...daysLeft };
}
