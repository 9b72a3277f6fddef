// Runs jobs that do nothing with one scheduler, and prints what that costs and how late the runs start.
//
// Arguments: SCHEDULER JOBS INTERVAL WARM_UP WINDOW KIND, all times in seconds.

// deno-lint-ignore-file no-console

import process from "node:process";
import type { Job, JobContext } from "../../mod.ts";
import { CRONER, TOAD_SCHEDULER } from "../peers.ts";

/** Called at the start of each run with the moment at which it was due, in milliseconds of `performance.now()`. */
type OnRun = (dueMs: number) => void;

interface Load {
  readonly jobs: number;
  readonly intervalMs: number;
  readonly isAsync: boolean;
  readonly onRun: OnRun;
}

/** What is used of the packages. Their types are not, since `deno check` would download them for everybody. */
interface ToadScheduler {
  readonly ToadScheduler: new () => { addSimpleIntervalJob(job: object): void };
  readonly SimpleIntervalJob: new (schedule: { milliseconds: number }, task: object) => object;
  readonly Task: new (id: string, work: () => void) => object;
  readonly AsyncTask: new (id: string, work: () => Promise<void>) => object;
}
interface Croner {
  readonly Cron: new (
    pattern: string,
    options: { protect: boolean },
    work: () => void | Promise<void>,
  ) => unknown;
}

const settled = Promise.resolve();

/** A job for schedulers that count from the moment when it was added. */
function countingFrom(startMs: number, { intervalMs, onRun }: Load): () => void {
  let dueMs = startMs;
  return () => onRun(dueMs += intervalMs);
}

/** The same as an asynchronous function. */
function asynchronous(work: () => void): () => Promise<void> {
  return async () => {
    work();
    await settled;
  };
}

function intervals(load: Load): void {
  for (let n = 0; n < load.jobs; n++) {
    const work = countingFrom(performance.now(), load);
    setInterval(load.isAsync ? asynchronous(work) : work, load.intervalMs);
  }
}

async function toadScheduler(load: Load): Promise<void> {
  const toad: ToadScheduler = await import(TOAD_SCHEDULER);
  const scheduler = new toad.ToadScheduler();
  for (let n = 0; n < load.jobs; n++) {
    const work = countingFrom(performance.now(), load);
    const task = load.isAsync
      ? new toad.AsyncTask(`${n}`, asynchronous(work))
      : new toad.Task(`${n}`, work);
    scheduler.addSimpleIntervalJob(
      new toad.SimpleIntervalJob({ milliseconds: load.intervalMs }, task),
    );
  }
}

/** Its patterns know whole seconds only, so that all jobs of a second are due in one instant. */
async function croner({ jobs, intervalMs, isAsync, onRun }: Load): Promise<void> {
  const { Cron }: Croner = await import(CRONER);
  const seconds = intervalMs / 1000;
  for (let n = 0; n < jobs; n++) {
    const offsetMs = n % seconds * 1000;
    const work = () => {
      const sinceDueMs = (performance.timeOrigin + performance.now() - offsetMs) % intervalMs;
      onRun(performance.now() - sinceDueMs);
    };
    const pattern = `${n % seconds}-59/${seconds} * * * * *`;
    new Cron(pattern, { protect: true }, isAsync ? asynchronous(work) : work);
  }
}

async function thisLibrary({ jobs, intervalMs, isAsync, onRun }: Load): Promise<void> {
  const { Collector } = await import("../../mod.ts");
  const work = (_affecting: readonly number[], _n: number, { scheduledAt }: JobContext) =>
    onRun(scheduledAt * 1000 - performance.timeOrigin);
  const asyncWork = async (affecting: readonly number[], n: number, context: JobContext) => {
    work(affecting, n, context);
    await settled;
  };
  const wanted = Array.from({ length: jobs }, (_, n): Job<number> => ({
    jobId: `${n}`,
    intervals: [intervalMs / 1000],
    performJob: isAsync ? asyncWork : work,
    jobParams: n,
    // Not all of them within the first minute.
    firstRun: "slot",
  }));
  class Bot extends Collector {
    override jobs(): readonly Job<number>[] {
      return wanted;
    }
  }
  // It reads nothing from Grafolean, and with `dryRun` it sends nothing there.
  new Bot("http://127.0.0.1:9/api", "unused", 3600, { dryRun: () => {} }).execute();
}

const SCHEDULERS: Readonly<Record<string, (load: Load) => void | Promise<void>>> = {
  none: () => {},
  interval: intervals,
  toad: toadScheduler,
  croner,
  library: thisLibrary,
};

const [scheduler = "", jobs, interval, warmUp, window, kind] = Deno.args;
const intervalMs = Number(interval) * 1000;
const windowMs = Number(window) * 1000;
const expected = Number(jobs) * windowMs / intervalMs;
// Large enough for runs that are made up for.
const late = new Float64Array(Math.ceil(expected * 2) + 1000);
let runs = 0;
let isMeasuring = false;
await SCHEDULERS[scheduler]!({
  jobs: Number(jobs),
  intervalMs,
  isAsync: kind === "async",
  onRun: (dueMs) => {
    if (isMeasuring) late[runs++] = performance.now() - dueMs;
  },
});
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
await wait(Number(warmUp) * 1000);
isMeasuring = true;
const startMs = performance.now();
const startCpu = process.cpuUsage();
await wait(windowMs);
isMeasuring = false;
const { user, system } = process.cpuUsage(startCpu);
const elapsedMs = performance.now() - startMs;
const sorted = late.subarray(0, runs).sort();
const percentile = (share: number) => sorted[Math.ceil(share * runs) - 1];
console.log(JSON.stringify({
  core: (user + system) / 1000 / elapsedMs * 100,
  rss: process.memoryUsage().rss / 1e6,
  ...(runs > 0 && {
    cpu: (user + system) / runs,
    p50: percentile(0.5),
    p99: percentile(0.99),
    max: percentile(1),
    runs: runs / expected / (elapsedMs / windowMs) * 100,
  }),
}));
Deno.exit();
