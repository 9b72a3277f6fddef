// The bot of the soak, in a process of its own. It prints what it takes up and has done as lines of JSON.
//
// Arguments: URL of the backend, hours, samples, directory for its files. Variable: BOT_TOKEN.

// deno-lint-ignore-file no-console

import { appendFileSync } from "node:fs";
import process from "node:process";
import {
  Collector,
  type CollectorStats,
  type EntityInfo,
  intervalsOf,
  type Job,
} from "../../mod.ts";
import type { PerformJob } from "../../mod.ts";
import { behaviour, JOB_TIMEOUT, pathOf, type Period, REFRESH_INTERVAL, Script } from "./script.ts";

/** What the bot prints. */
export interface Sample {
  /** The simulated time, in milliseconds. */
  readonly at: number;
  readonly rss: number;
  /** The heap after a garbage collection. */
  readonly heap: number;
  readonly timers: number;
  /** How much later than their slots runs have started since the last sample, in simulated milliseconds. */
  readonly late: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly runs: number;
  readonly collected: number;
  readonly refreshes: number;
  readonly logLines: number;
  /** When the program stood still for longer than it should, in milliseconds since 1970. */
  readonly stalls: readonly Period[];
  readonly stats: CollectorStats;
  readonly isLast: boolean;
}

type Device = EntityInfo<{ n: number; startTs?: number }>;

/** Longer than a pause of a machine that is not overloaded, and much shorter than the shortest interval. */
const STALL_MS = 10_000;

const [url, hours, samples, folder] = Deno.args as [string, string, string, string];
const script = new Script(Number(hours));
const simulatedNow = Date.now.bind(Date);
// Of a clock that NTP sets, timers and performance.now() do not notice.
Date.now = () => {
  const now = simulatedNow();
  return now + Math.round(script.wallOffset(now));
};

// Of a fixed size, so that it is not the measurement that grows.
const lateness = new Float64Array(100_000);
let late = 0;
let runs = 0;
let collected = 0;
let refreshes = 0;
let logLines = 0;
const stalls: Period[] = [];

const poll: PerformJob<Device> = async (affectingIntervals, device, context) => {
  const { n } = device.details;
  const now = simulatedNow();
  const slot = Math.round(context.scheduledAt * 1000);
  const incident = script.incidentAt(now);
  const does = behaviour(n, incident);
  runs++;
  if (does !== "hangs" && does !== "never returns" && late < lateness.length) {
    lateness[late++] = now + script.slotOffset(now) - slot;
  }
  collected += affectingIntervals.length;
  await context.sendResults(
    device.accountId,
    affectingIntervals.map((interval) => ({ p: pathOf(n, interval), v: slot })),
  );
  if (does === "fails") throw new Error("The device does not answer");
  if (does === "never returns") await new Promise(() => {});
  if (does === "hangs") {
    const { signal } = context;
    await new Promise((_, reject) => signal.onabort = () => reject(signal.reason));
  }
};

class SoakBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<Device>> {
    refreshes++;
    for await (const device of this.fetchJobConfigs<Device["details"]>("soak")) {
      const { startTs } = device.details;
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        performJob: poll,
        jobParams: device,
        timeout: JOB_TIMEOUT,
        ...(startTs === undefined ? {} : { startTs }),
      };
    }
  }
}

const bot = new SoakBot(url, process.env["BOT_TOKEN"]!, REFRESH_INTERVAL, {
  delivery: "put",
  // At this speed the usual 8 s are a blink, in which a busy machine does nothing.
  shutdownTimeout: 120,
  outboxFile: `${folder}/outbox.db`,
  devicesFile: `${folder}/devices.json`,
  logSink: ({ time, level, jobName = "-", message }) => {
    if (level === "debug") return;
    logLines++;
    const line = `${time.toISOString()} ${level} ${jobName} ${message}\n`;
    appendFileSync(`${folder}/bot.log`, line);
  },
});

function sample(isLast: boolean): void {
  (globalThis as unknown as { gc(): void }).gc();
  const { rss, heapUsed } = Deno.memoryUsage();
  const sorted = lateness.subarray(0, late).sort();
  const quantile = (q: number) => sorted[Math.floor(q * (late - 1))] ?? 0;
  const line: Sample = {
    at: simulatedNow(),
    rss,
    heap: heapUsed,
    timers: process.getActiveResourcesInfo().length,
    late: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    runs,
    collected,
    refreshes,
    logLines,
    stalls: stalls.splice(0),
    stats: bot.stats(),
    isLast,
  };
  late = 0;
  console.log(JSON.stringify(line));
}

const stop = new AbortController();
let last = simulatedNow();
let taken = 0;
setInterval(() => {
  const now = simulatedNow();
  if (now - last > STALL_MS) stalls.push({ from: last, to: now });
  last = now;
  const due = Math.floor((now - script.start) / (script.end - script.start) * Number(samples));
  if (due > taken) {
    taken = due;
    if (now < script.end) sample(false);
    else stop.abort();
  }
}, 1000);

await bot.execute({ signal: stop.signal });
sample(true);
Deno.exit();
