// Delivers values to a server, in one of several ways.
//
// Arguments: WAY PACKAGE VALUES VALUES_PER_CALL URL

// deno-lint-ignore-file no-console

import { setImmediate } from "node:timers/promises";
import { Collector, type PerformJob } from "../../mod.ts";
import { Meter } from "../meter.ts";

interface Point {
  readonly p: string;
  readonly v: number;
}

/** What of `@influxdata/influxdb-client` is used. Not its types, which `deno check` would download for everybody. */
interface InfluxDbClient {
  readonly InfluxDB: new (options: { url: string; token: string }) => {
    getWriteApi(org: string, bucket: string, precision: "ms", options: { batchSize: number }): {
      writePoints(points: unknown[]): void;
      close(): Promise<void>;
    };
  };
  readonly Point: new (name: string) => {
    tag(name: string, value: string): {
      floatField(name: string, value: number): { timestamp(time: number): unknown };
    };
  };
}

const TOKEN = "3c4f5a44-0000-4000-8000-000000000000";
const PATHS = 5000;
const PER_REQUEST = 500;

const [way = "", npmPackage = "", values, valuesPerCall, url = ""] = Deno.args;
const count = Number(values);
const perCall = Number(valuesPerCall);

/** Made before anything is measured. */
const calls = Array.from(
  { length: Math.ceil(count / perCall) },
  (_, call) =>
    Array.from({ length: Math.min(perCall, count - call * perCall) }, (_, n): Point => ({
      p: `device.${(call * perCall + n) % PATHS}.value`,
      v: call * perCall + n,
    })),
);

class SendingBot extends Collector {
  override *jobs() {
    const performJob: PerformJob = async (_affectingIntervals, _jobParams, { sendResults }) => {
      for (const points of calls) await sendResults(1, points);
    };
    yield { jobId: "send", intervals: [3600], timeout: 3600, performJob, jobParams: undefined };
  }
}

async function collector(outboxFile?: string): Promise<void> {
  const bot = new SendingBot(url, TOKEN, 3600, {
    delivery: "put",
    maxWaitingBytes: 2 ** 40,
    ...(outboxFile !== undefined && { outboxFile }),
  });
  const { waiting } = await bot.runOnce();
  if (waiting > 0) throw new Error(`${waiting} values were not delivered`);
}

async function bareFetch(): Promise<void> {
  const points = calls.flat();
  for (let start = 0; start < count; start += PER_REQUEST) {
    const t = Date.now() / 1000;
    const request = points.slice(start, start + PER_REQUEST).map(({ p, v }) => ({ p, v, t }));
    const response = await fetch(`${url}/accounts/1/values/?b=${TOKEN}`, {
      method: "PUT",
      body: JSON.stringify(request),
      headers: { "content-type": "application/json" },
    });
    await response.body?.cancel();
    if (response.status !== 204) throw new Error(`answered ${response.status}`);
  }
}

async function influxDbClient({ InfluxDB, Point }: InfluxDbClient): Promise<void> {
  const options = { batchSize: PER_REQUEST };
  const api = new InfluxDB({ url, token: TOKEN }).getWriteApi("org", "bucket", "ms", options);
  for (const points of calls) {
    const now = Date.now();
    api.writePoints(
      points.map(({ p, v }) =>
        new Point("device").tag("path", p).floatField("value", v).timestamp(now)
      ),
    );
    await setImmediate(); // lets it send what it has
  }
  await api.close();
}

const client = way === "influxdb" ? await import(npmPackage) : undefined;
const folder = way === "file" ? await Deno.makeTempDir() : undefined;
const ways: Record<string, () => Promise<void>> = {
  fetch: bareFetch,
  influxdb: () => influxDbClient(client),
  memory: () => collector(),
  file: () => collector(`${folder}/outbox.db`),
};
const meter = new Meter();
await ways[way]!();
const cost = meter.stop();
console.log(JSON.stringify({ valuesPerSecond: count / cost.seconds, ...cost }));
if (folder !== undefined) await Deno.remove(folder, { recursive: true });
