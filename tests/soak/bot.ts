// The bot of the soak, in a process of its own. It prints samples as lines of JSON.
//
// Arguments: URL of the backend, hours, directory for its files. Variable: BOT_TOKEN.

// deno-lint-ignore-file no-console

import { appendFileSync, readdirSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import process from "node:process";
import { Collector, type EntityInfo, intervalsOf, type Job, type PerformJob } from "../../mod.ts";
import { behaviour, JOB_TIMEOUT, pathOf, type Period, REFRESH_INTERVAL, Script } from "./script.ts";

/** What the bot prints. */
export type Sample = ReturnType<typeof measure>;

type Device = EntityInfo<{ readonly n: number; readonly startTs?: number }>;

/** Longer than a pause of a machine that is not overloaded, and much shorter than the shortest interval. */
const PAUSE_MS = 10_000;

const [url, hours, folder] = Deno.args as [string, string, string];
const script = new Script(Number(hours));
const simulatedNow = Date.now.bind(Date);
// Timers and performance.now() do not notice when somebody sets the clock.
Date.now = () => script.wallTime(simulatedNow());

const lateness = createHistogram();
let runs = 0;
let collected = 0;
let logLines = 0;
let pauses: Period[] = [];

const poll: PerformJob<Device> = async (affectingIntervals, device, context) => {
  const { n } = device.details;
  const now = simulatedNow();
  const slot = Math.round(context.scheduledAt * 1000);
  const does = behaviour(n, script.incidentAt(now));
  const isHanging = does === "hangs" || does === "never returns";
  runs++;
  // Devices that hang wait for each other. A histogram does not take 0.
  if (!isHanging) lateness.record(Math.max(1, script.slotTime(now) - slot));
  collected += affectingIntervals.length;
  await context.sendResults(
    device.accountId,
    affectingIntervals.map((interval) => ({ p: pathOf(n, interval), v: slot })),
  );
  if (does === "fails") throw new Error("The device does not answer");
  if (isHanging) {
    await new Promise((_, reject) => {
      if (does === "hangs") context.signal.onabort = () => reject(context.signal.reason);
    });
  }
};

class SoakBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<Device>> {
    for await (const device of this.fetchJobConfigs<Device["details"]>("soak")) {
      const { n, startTs } = device.details;
      yield {
        jobId: `${n}`,
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
  logLevel: "info",
  logSink: ({ time, level, jobName = "-", message }) => {
    logLines++;
    appendFileSync(`${folder}/bot.log`, `${time.toISOString()} ${level} ${jobName} ${message}\n`);
  },
});

function measure() {
  (globalThis as unknown as { gc(): void }).gc();
  const { rss, heapUsed } = process.memoryUsage();
  const sample = {
    time: simulatedNow(),
    rssMiB: rss / 2 ** 20,
    /** After a garbage collection. */
    heapMiB: heapUsed / 2 ** 20,
    files: readdirSync("/proc/self/fd").length,
    timers: process.getActiveResourcesInfo().length,
    /** How long after their slots runs have started since the last sample, in simulated milliseconds. */
    late: { p50: lateness.percentile(50), p99: lateness.percentile(99), max: lateness.max },
    runs,
    collected,
    logLines,
    /** When the program stood still or its clock jumped since the last sample, in the time of the slots. */
    pauses,
    stats: bot.stats(),
  };
  lateness.reset();
  pauses = [];
  return sample;
}

const print = () => console.log(JSON.stringify(measure()));
const stop = new AbortController();
let part = 0;
let last = script.slotTime(simulatedNow());
setInterval(() => {
  const now = simulatedNow();
  const to = script.slotTime(now);
  if (to - last > PAUSE_MS) pauses.push({ from: last, to });
  last = to;
  if (now < (script.parts[part]?.end ?? Infinity)) return;
  part++;
  if (part < script.parts.length) print();
  else stop.abort();
}, 1000);

await bot.execute({ signal: stop.signal });
print();
process.exit();
