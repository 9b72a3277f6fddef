// The cost of a tick with 100,000 jobs, of a run that does nothing, and of a refresh of 20,000.
//
// Usage: deno run bench/scheduler.ts

import type { Job } from "../src/jobs/job.ts";
import { JobScheduler } from "../src/jobs/scheduler.ts";
import { SYSTEM_CLOCK } from "../src/util/clock.ts";

const TICKS = 1_000;

let second = 1_800_000_000;

function schedule(jobs: readonly Job[]): JobScheduler {
  const scheduler = new JobScheduler({
    sink: () => {},
    intake: { accept: () => Promise.resolve() },
    clock: { ...SYSTEM_CLOCK, now: () => second * 1000, monotonic: () => second * 1000 },
  });
  scheduler.update(jobs);
  return scheduler;
}

function makeJobs(count: number, intervals: readonly number[]): Job[] {
  return Array.from({ length: count }, (_, n) => ({
    jobId: `${1_000_000 + n}`,
    intervals,
    performJob,
    jobParams: {
      accountId: 1,
      entityId: n,
      details: { ipv4: `10.0.${n >> 8}.${n & 255}` },
      sensors: [{ sensorId: 1, sensorDetails: { oid: ["1.3.6"] }, interval: 60 }],
    },
  }));
}

function performJob(): void {}

/** Ticks for a while and prints the average cost of a tick, the start of runs included. */
async function measure(name: string, jobs: readonly Job[]): Promise<void> {
  const scheduler = schedule(jobs);
  scheduler.tick();
  let ticking = 0;
  for (let n = 0; n < TICKS; n++) {
    second++;
    const before = performance.now();
    scheduler.tick();
    ticking += performance.now() - before;
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { ok } = scheduler.stats().runs;
  print(
    name,
    `${(ticking / TICKS * 1000).toFixed(1)} µs per tick`,
    `${(ok / TICKS).toFixed(1)} runs per tick`,
  );
}

/** Runs all jobs many times and prints the average cost of a run, from its slot to its end. */
async function measureRuns(name: string, jobs: readonly Job[]): Promise<void> {
  const scheduler = schedule(jobs);
  let before = 0;
  for (let n = 0; n < 55; n++) {
    // The first rounds warm up.
    if (n === 5) before = performance.now();
    second++;
    scheduler.tick();
    while (scheduler.stats().runs.ok < (n + 1) * jobs.length) {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  const runs = 50 * jobs.length;
  print(name, `${((performance.now() - before) / runs * 1000).toFixed(1)} µs per run`);
}

function print(...parts: readonly string[]): void {
  // deno-lint-ignore no-console -- printing is what this script is for
  console.log(parts.join("; "));
}

await measure("no jobs", []);
await measure("100,000 jobs, each once in 11 days", makeJobs(100_000, [1_000_000]));
await measure("100,000 jobs, each once an hour", makeJobs(100_000, [3_600]));
await measure("3,000 jobs, each every minute and every five", makeJobs(3_000, [60, 300]));
await measureRuns("10,000 jobs that do nothing, each every second", makeJobs(10_000, [1]));

const scheduler = schedule(makeJobs(20_000, [60]));
const again = makeJobs(20_000, [60]);
const before = performance.now();
const report = scheduler.update(again);
print(
  "refresh of 20,000 jobs",
  `${report.unchanged} unchanged in ${(performance.now() - before).toFixed(0)} ms`,
);
