// Runs jobs that do nothing with one scheduler, and prints what that costs and how late the runs start.
//
// Arguments: SCHEDULER PACKAGE JOBS INTERVAL WARM_UP WINDOW, all times in seconds; "async" or "sync"; "spread" or "at once"

// deno-lint-ignore-file no-console

import process from "node:process";
import type { Job, JobContext } from "../../mod.ts";

const [scheduler = "", npmPackage = "", jobs, interval, warmUp, window, kind, added] = Deno.args;

/** Called at the start of each run with the moment at which it was due, in milliseconds of `performance.now()`. */
type OnRun = (dueMs: number) => void;

interface Load {
  readonly jobs: number;
  readonly intervalMs: number;
  readonly isAsync: boolean;
  /** Whether jobs are added over an interval. */
  readonly isSpread: boolean;
  readonly onRun: OnRun;
}

/** What is used of the packages. Their types are not, since `deno check` would download them for everybody. */
interface Toad {
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
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls a function for each job at the moment at which it is to be added, with what the job does. */
async function addJobs(load: Load, add: (work: () => void, n: number) => void): Promise<void> {
  const { jobs, intervalMs, isSpread, onRun } = load;
  const startMs = performance.now();
  for (let n = 0; n < jobs; n++) {
    while (isSpread && performance.now() < startMs + n * intervalMs / jobs) await wait(1);
    let dueMs = performance.now();
    add(() => onRun(dueMs += intervalMs), n);
  }
}

/** The same as an asynchronous function. */
function asynchronous(work: () => void): () => Promise<void> {
  return async () => {
    work();
    await settled;
  };
}

function intervals(load: Load): Promise<void> {
  return addJobs(load, (work) => {
    setInterval(load.isAsync ? asynchronous(work) : work, load.intervalMs);
  });
}

async function toadScheduler(load: Load): Promise<void> {
  const { AsyncTask, SimpleIntervalJob, Task, ToadScheduler }: Toad = await import(npmPackage);
  const scheduler = new ToadScheduler();
  await addJobs(load, (work, n) => {
    const task = load.isAsync ? new AsyncTask(`${n}`, asynchronous(work)) : new Task(`${n}`, work);
    scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ milliseconds: load.intervalMs }, task));
  });
}

/** Its patterns know whole seconds only, so that all jobs of a second are due in one instant. */
async function croner({ jobs, intervalMs, isAsync, onRun }: Load): Promise<void> {
  const { Cron }: Croner = await import(npmPackage);
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

const intervalMs = Number(interval) * 1000;
const windowMs = Number(window) * 1000;
const expected = Number(jobs) * windowMs / intervalMs;
// Large enough for runs that are made up for.
const late = new Float64Array(Math.ceil(expected * 2) + 1000);
let allRuns = 0;
let runs = 0;
let isMeasuring = false;
const measureAtMs = performance.now() + Number(warmUp) * 1000;
await SCHEDULERS[scheduler]!({
  jobs: Number(jobs),
  intervalMs,
  isAsync: kind === "async",
  isSpread: added === "spread",
  onRun: (dueMs) => {
    allRuns++;
    if (isMeasuring) late[runs++] = performance.now() - dueMs;
  },
});
await wait(measureAtMs - performance.now());
isMeasuring = true;
const startMs = performance.now();
const before = cpuUs();
await wait(windowMs);
isMeasuring = false;
const whole = cpuUs();
const elapsedMs = performance.now() - startMs;
const sorted = late.subarray(0, runs).sort();
const percentile = (share: number) => sorted[Math.ceil(share * runs) - 1];
console.log(JSON.stringify({
  core: (whole - before) / 1000 / elapsedMs * 100,
  rss: process.memoryUsage().rss / 1e6,
  ...(runs > 0 && {
    cpu: (whole - before) / runs,
    whole: whole / allRuns,
    p50: percentile(0.5),
    p99: percentile(0.99),
    runs: runs / expected / (elapsedMs / windowMs) * 100,
  }),
}));
Deno.exit();

/** User and system time of this process since its start, in microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
