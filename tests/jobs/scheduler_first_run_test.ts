import { assert, assertEquals } from "@std/assert";
import type { Job } from "../../src/jobs/job.ts";
import { slotOrigin } from "../../src/jobs/slots.ts";
import { setUp, START } from "./scheduler_kit.ts";

/** A job with slots by the hash of its id. */
function hashed({ startTs: _, ...job }: Job, fields: Partial<Job> = {}): Job {
  return { ...job, ...fields };
}

/** When the minute of a job begins, in seconds after a full minute. */
const minuteOf = (jobId: string): number => slotOrigin({ jobId }) % 60_000 / 1000;

Deno.test("JobScheduler runs a new hourly job within a minute, for all its intervals, and then at its slots", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([hashed(job("a", [3600, 86_400]))]);
  await seconds(60);
  assertEquals(calls.map(({ affecting }) => affecting), [[3600, 86_400]]);
  const first = calls.pop();
  assertEquals(first?.context.scheduledAt, START + minuteOf("a"));
  first?.resolve();
  await seconds(3600);
  assertEquals(calls.length, 1);
  const { affecting, context: { scheduledAt }, resolve } = calls.pop()!;
  assertEquals(affecting, [3600]);
  const hourOf = slotOrigin({ jobId: "a" }) % 3_600_000;
  assertEquals(Math.round(scheduledAt * 1000) % 3_600_000, hourOf);
  resolve();
});

Deno.test("JobScheduler spreads the first runs of a thousand hourly jobs over a minute", async () => {
  const { scheduler, seconds, took, job } = setUp({ maxConcurrentJobs: 1000 });
  const ids = Array.from({ length: 1000 }, (_, n) => `${1_000_001 + n}`);
  scheduler.update(ids.map((id) => hashed(job(id, [3600]))));
  const ran = new Set<string>();
  for (let second = 0; second < 60; second++) {
    await seconds(1);
    const now = took();
    assert(now.length < 40, `${now.length} in one second`);
    for (const [jobId] of now) ran.add(jobId);
  }
  assertEquals(ran.size, 1000);
});

Deno.test("JobScheduler runs a new job at its first slot if it has a startTs or wants that", async () => {
  const { scheduler, seconds, took, job } = setUp();
  const slot = slotOrigin({ jobId: "slot" }) % 3_600_000 - START * 1000 % 3_600_000;
  scheduler.update([
    job("fixed", [3600], { startTs: START + 90 }),
    hashed(job("slot", [3600]), { firstRun: "slot" }),
    job("both", [3600], { startTs: START + 30, firstRun: "soon" }),
  ]);
  await seconds(60);
  assertEquals(took(), [["both", 30, [3600]]]);
  await seconds(30);
  assertEquals(took(), [["fixed", 90, [3600]]]);
  await seconds(Math.ceil((slot + 3_600_000) % 3_600_000 / 1000) - 90);
  assertEquals(took().at(-1)?.[0], "slot");
});

Deno.test("JobScheduler gives a job that changes no extra run, and one that is added again a new first run", async () => {
  const { scheduler, seconds, took, job } = setUp();
  const hourly = hashed(job("a", [3600]));
  scheduler.update([hourly]);
  await seconds(60);
  assertEquals(took().length, 1);
  assertEquals(scheduler.update([{ ...hourly, jobParams: "another" }]).changed, 1);
  await seconds(60);
  assertEquals(took(), []);
  scheduler.update([]);
  scheduler.update([hourly]);
  await seconds(60);
  assertEquals(took().length, 1);
});

Deno.test("JobScheduler keeps the first run of a job that changes before it, with all intervals it has then", async () => {
  const { time, scheduler, seconds, took, job } = setUp();
  time.hold(minuteOf("a") + 1);
  const hourly = hashed(job("a", [3600]));
  scheduler.update([hourly]);
  await seconds(30);
  scheduler.update([{ ...hourly, intervals: [7200, 3600] }]);
  assertEquals(took(), []);
  await seconds(30);
  assertEquals(took().map(([, , affecting]) => affecting), [[3600, 7200]]);
});

Deno.test("JobScheduler keeps the phase of a job when its intervals change, after a restart and on another machine", async () => {
  const origin = slotOrigin({ jobId: "7" });
  const machines: [startedAfter: number, intervals: number[]][] = [
    [0, [60]],
    [7.3, [60, 300]],
    [21.123, [300]],
    [59, [20, 90]],
  ];
  for (const [startedAfter, intervals] of machines) {
    const { time, scheduler, seconds, calls, job } = setUp();
    time.hold(startedAfter);
    scheduler.update([hashed(job("7", intervals), { firstRun: "slot" })]);
    const seen = new Set<number>();
    for (let second = 0; second < 301; second++) {
      await seconds(1);
      for (const { affecting, context, resolve } of calls.splice(0)) {
        resolve();
        const sinceOrigin = Math.round(context.scheduledAt * 1000) - origin;
        assertEquals(affecting.filter((interval) => sinceOrigin % (interval * 1000) !== 0), []);
        for (const interval of affecting) seen.add(interval);
      }
    }
    assertEquals([...seen].sort((a, b) => a - b), intervals);
  }
});

Deno.test("JobScheduler keeps the phase of a job whose intervals change while it is scheduled", async () => {
  const { scheduler, seconds, took, job } = setUp();
  const changing = (intervals: number[]) => job("a", intervals, { startTs: START + 7 });
  scheduler.update([changing([60])]);
  await seconds(30);
  assertEquals(took(), [["a", 7, [60]]]);
  assertEquals(scheduler.update([changing([20, 60])]).changed, 1);
  await seconds(20);
  // 27 is before the change, so it does not make the job due.
  assertEquals(took(), [["a", 47, [20]]]);
  await seconds(20);
  assertEquals(took(), [["a", 67, [20, 60]]]);
});

Deno.test("JobScheduler moves a job whose startTs changes", async () => {
  const { scheduler, seconds, took, job } = setUp();
  scheduler.update([job("a", [60], { startTs: START + 7 })]);
  await seconds(30);
  assertEquals(took(), [["a", 7, [60]]]);
  assertEquals(scheduler.update([job("a", [60], { startTs: START + 13 })]).changed, 1);
  await seconds(42);
  // 13 is before the change.
  assertEquals(took(), []);
  await seconds(1);
  assertEquals(took(), [["a", 73, [60]]]);
});

Deno.test("JobScheduler does not expect a job to end its first run within a minute", async () => {
  const { scheduler, seconds, took, job, logged } = setUp();
  scheduler.update([hashed(job("a", [3600]))]);
  await seconds(200);
  assertEquals([took().length, scheduler.stats().runs.skipped, logged("warn", "a")], [1, 0, []]);
});
