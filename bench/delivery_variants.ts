// One way to hand over and deliver values, in a process of its own; run by `delivery.ts`, which says what is measured.

// deno-lint-ignore-file no-console

import process from "node:process";
import { setImmediate } from "node:timers";
import type { Values } from "../mod.ts";
import { type Send, SendingBot } from "./sending_bot.ts";

/** What a variant has cost. */
export interface Cost {
  /** From the first call until everything is delivered, in seconds. */
  readonly seconds: number;
  /** Processor time of the process meanwhile, in seconds. */
  readonly cpu: number;
  /** The longest time in which the event loop did nothing else, in milliseconds. */
  readonly blockedMs: number;
  /** The most memory that the process has taken, in MiB. */
  readonly rssMiB: number;
}

/** What of `@influxdata/influxdb-client` is used. Its types are not, since `deno check` would download it for everybody. */
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
const PER_CALL = 1000;
const PER_REQUEST = 500;
const INFLUXDB_CLIENT = "npm:@influxdata/influxdb-client@1.35.0";

const path = (n: number) => `device.${n % PATHS}.value`;

function points(start: number, count: number): { p: string; v: number }[] {
  return Array.from({ length: count }, (_, n) => ({ p: path(start + n), v: start + n }));
}

/** Calls `work` for all values, so many at a time. */
async function inCalls(
  count: number,
  each: number,
  work: (start: number, count: number) => Promise<void> | void,
): Promise<void> {
  for (let start = 0; start < count; start += each) {
    await work(start, Math.min(each, count - start));
  }
}

/** Measures what `work` costs. */
async function measure(work: () => Promise<void>): Promise<Cost> {
  let blockedMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    blockedMs = Math.max(blockedMs, now - last - 2);
    last = now;
  }, 2);
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuStart);
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  return {
    seconds,
    cpu: (user + system) / 1e6,
    blockedMs,
    rssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

async function viaCollector(
  url: string,
  outboxFile: string | undefined,
  work: (send: Send) => Promise<void>,
): Promise<Cost> {
  const bot = new SendingBot(url, TOKEN, 3600, {
    delivery: "put",
    maxWaitingBytes: 2 ** 40,
    ...(outboxFile === undefined ? {} : { outboxFile }),
  });
  bot.work = work;
  return await measure(async () => {
    const { waiting } = await bot.runOnce();
    if (waiting > 0) throw new Error(`${waiting} values were not delivered`);
  });
}

function inMemory(url: string, count: number): Promise<Cost> {
  return viaCollector(
    url,
    undefined,
    (send) => inCalls(count, PER_CALL, (start, count) => send(points(start, count))),
  );
}

function inFile(url: string, count: number, file: string): Promise<Cost> {
  return viaCollector(
    url,
    file,
    (send) => inCalls(count, PER_CALL, (start, count) => send(points(start, count))),
  );
}

function bareFetch(url: string, count: number): Promise<Cost> {
  return measure(() =>
    inCalls(count, PER_REQUEST, async (start, count) => {
      const t = Date.now() / 1000;
      const response = await fetch(`${url}/accounts/1/values/?b=${TOKEN}`, {
        method: "PUT",
        body: JSON.stringify(points(start, count).map(({ p, v }) => ({ p, v, t }))),
        headers: { "content-type": "application/json" },
      });
      await response.body?.cancel();
      if (response.status !== 204) throw new Error(`answered ${response.status}`);
    })
  );
}

async function influxDbClient(url: string, count: number): Promise<Cost> {
  const { InfluxDB, Point }: InfluxDbClient = await import(INFLUXDB_CLIENT);
  const api = new InfluxDB({ url, token: TOKEN }).getWriteApi("org", "bucket", "ms", {
    batchSize: PER_REQUEST,
  });
  return await measure(async () => {
    await inCalls(count, PER_CALL, async (start, count) => {
      const now = Date.now();
      api.writePoints(
        points(start, count).map(({ p, v }) =>
          new Point("device").tag("path", p).floatField("value", v).timestamp(now)
        ),
      );
      // It sends by itself once it has enough.
      await new Promise<void>((next) => setImmediate(next));
    });
    await api.close();
  });
}

/** One call with all values; what is made before does not count. */
function oneCall(url: string, count: number, form: string): Promise<Cost> {
  const list = Array.from({ length: count }, (_, n) => ({ p: `device.${n}.value`, v: n }));
  const values: Values = form === "list"
    ? list
    : form === "map"
    ? new Map(list.map(({ p, v }) => [p, v]))
    : Object.fromEntries(list.map(({ p, v }) => [p, v]));
  return viaCollector(url, undefined, (send) => send(values));
}

const [variant, url = "", count = "", detail = ""] = Deno.args;
const variants: Readonly<Record<string, () => Promise<Cost>>> = {
  bare: () => bareFetch(url, Number(count)),
  influxdb: () => influxDbClient(url, Number(count)),
  memory: () => inMemory(url, Number(count)),
  file: () => inFile(url, Number(count), detail),
  "one-call": () => oneCall(url, Number(count), detail),
};
console.log(JSON.stringify(await variants[variant ?? ""]!()));
