// Checks web pages: whether they answer, their status, time, size, and the days until their certificates expire.

import {
  Collector,
  describeError,
  dueSensors,
  type EntityInfo,
  intervalsOf,
  type Job,
  type PerformJob,
} from "@grafolean/collector";
import { tlsDaysLeft } from "./tls_days_left.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "http";

/** Details of a device, such as its address or the URL of its page. */
type Details = Readonly<Record<string, unknown>>;
/** Details of a credential: seconds that a page may take, as a string because it comes from a form. */
type Credential = { timeout?: string };
/** Details of a sensor: one page. `{ipv4}` stands for the detail `ipv4` of the device, and so on. */
type Sensor = { url?: unknown };
type Device = EntityInfo<Details, Credential, Sensor>;

/** The bot: one job per device, which runs whenever a sensor of the device is due. */
export class HttpBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<Device>> {
    for await (const device of this.fetchJobConfigs<Details, Credential, Sensor>(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        performJob: pollDevice,
        jobParams: device,
      };
    }
  }
}

const pollDevice: PerformJob<Device> = async (affectingIntervals, device, context) => {
  const timeoutMs = (Number(device.credentialDetails.timeout) || 10) * 1000;
  const due = dueSensors(device, affectingIntervals);
  // In parallel, and each page is sent as soon as it is there: a slow page does not delay the others.
  await Promise.all(due.map(async ({ sensorId, name, sensorDetails }) => {
    const path = `entity.${device.entityId}.http.${sensorId}`;
    const problem = `sensor ${sensorId}`;
    let url: URL | undefined;
    try {
      url = urlOf(sensorDetails, device);
      const page = await fetchPage(url, timeoutMs, context.signal);
      context.problems.clear(problem);
      const values = Object.entries(page).map(([key, v]) => ({ p: `${path}.${key}`, v }));
      await context.sendResults(device.accountId, values);
    } catch (error) {
      // A page that does not answer is a result, not a failure of the bot.
      const page = `its page${url === undefined ? "" : ` from ${url.origin}`}`;
      const reason = hideUrls(describeError(error));
      context.problems.raise(
        problem,
        `Sensor "${name}" (id ${sensorId}) cannot fetch ${page}: ${reason}`,
      );
      await context.sendResults(device.accountId, { [`${path}.ok`]: 0 });
    }
  }));
};

function urlOf({ url }: Sensor, { details }: Device): URL {
  const text = `${url}`.replaceAll(/\{(\w+)\}/g, (_, name) => `${details[name] ?? ""}`);
  const parsed = URL.parse(text);
  // fetch also opens files.
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new TypeError("Its URL does not start with http: or https: (after filling in {…})");
}

async function fetchPage(
  url: URL,
  timeoutMs: number,
  jobSignal: AbortSignal,
): Promise<Record<string, number>> {
  const signal = AbortSignal.any([jobSignal, AbortSignal.timeout(timeoutMs)]);
  const start = performance.now();
  const response = await fetch(url, { signal, redirect: "manual" });
  let size = 0;
  for await (const chunk of response.body ?? []) size += chunk.byteLength;
  const time = Math.round((performance.now() - start) * 1000) / 1e6; // seconds, to the microsecond
  const ok = response.status < 400 ? 1 : 0;
  const daysLeft = url.protocol === "https:" ? { tls_days: await tlsDaysLeft(url, signal) } : {};
  return { ok, status: response.status, time, size, ...daysLeft };
}

/** Leaves only the server of the URLs in an error: anything else may be a password or a key. */
function hideUrls(text: string): string {
  return text.replaceAll(/https?:\S*[^\s"'):]/gi, (url) => URL.parse(url)?.origin ?? "***");
}
