import { assertEquals } from "@std/assert";
import { JobScheduler } from "../../src/jobs/scheduler.ts";
import { FakeTurns } from "../turns.ts";
import { flush } from "./fake_time.ts";
import { setUp } from "./scheduler_kit.ts";

Deno.test("JobScheduler.runAll runs every job once with all its intervals, within the concurrency limit", async () => {
  const { time, scheduler, seconds, calls, took, job } = setUp({ maxConcurrentJobs: 2 });
  scheduler.update([job("a", [300, 60]), job("b", [60]), job("c", [60])]);
  const all = scheduler.runAll();
  await flush();
  assertEquals(calls.map(({ jobId }) => jobId), ["a", "b"]);
  calls[1]?.reject(new Error("no"));
  await flush();
  assertEquals(calls[2]?.jobId, "c");
  assertEquals(took(), [["a", 0, [60, 300]], ["b", 0, [60]], ["c", 0, [60]]]);
  assertEquals(await all, { ok: 2, failed: 1, timedOut: 0, notRun: 0 });
  assertEquals(time.pending, 0);
  await seconds(60);
  assertEquals(calls.map(({ jobId, affecting }) => [jobId, affecting]), [["a", [60]], ["b", [60]]]);
});

Deno.test("JobScheduler.runAll times jobs out without being started", async () => {
  const { time, scheduler, calls, job } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [1], { timeout: 2 }), job("b", [1], { timeout: 2 })]);
  const all = scheduler.runAll();
  await time.advance(6);
  assertEquals([calls.length, scheduler.stats().runs.skipped], [2, 0]);
  assertEquals(await all, { ok: 0, failed: 2, timedOut: 2, notRun: 0 });
  assertEquals(time.pending, 0);
});

Deno.test("JobScheduler.runAll does not overlap a run in progress", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([job("a", [2])]);
  await seconds(2);
  const all = scheduler.runAll();
  assertEquals(calls.length, 1);
  calls[0]?.resolve();
  await flush();
  assertEquals(calls.length, 2);
  await seconds(2);
  assertEquals([calls.length, scheduler.stats().runs.skipped], [2, 1]);
  calls[1]?.resolve();
  assertEquals(await all, { ok: 1, failed: 0, timedOut: 0, notRun: 0 });
  await flush();
  assertEquals(calls.length, 2);
});

Deno.test("JobScheduler.runAll does not start a job removed in the meantime", async () => {
  const { scheduler, calls, job } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [2]), job("b", [2])]);
  const all = scheduler.runAll();
  await flush();
  scheduler.update([job("a", [2])]);
  calls[0]?.resolve();
  assertEquals(await all, { ok: 1, failed: 0, timedOut: 0, notRun: 1 });
  assertEquals(calls.length, 1);
});

Deno.test("JobScheduler.runAll is not affected by a job that changes the list of intervals", async () => {
  const { scheduler, job } = setUp();
  const seen: number[][] = [];
  scheduler.update([job("a", [2, 4], {
    performJob: (affecting) => {
      seen.push([...affecting]);
      (affecting as number[]).length = 0;
    },
  })]);
  await scheduler.runAll();
  await scheduler.runAll();
  assertEquals(seen, [[2, 4], [2, 4]]);
});

Deno.test("JobScheduler.runAll starts no more jobs once its signal aborts", async () => {
  const { time, scheduler, calls, job } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [1]), job("b", [1])]);
  const controller = new AbortController();
  const all = scheduler.runAll({ signal: controller.signal });
  await flush();
  controller.abort();
  calls[0]?.resolve();
  assertEquals(await all, { ok: 1, failed: 0, timedOut: 0, notRun: 1 });
  assertEquals(await scheduler.runAll({ signal: controller.signal }), {
    ok: 0,
    failed: 0,
    timedOut: 0,
    notRun: 2,
  });
  assertEquals([calls.length, time.pending], [1, 0]);
});

Deno.test("JobScheduler.runAll ends when the scheduler is stopped", async () => {
  const { time, scheduler, calls, job } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [1]), job("b", [1])]);
  const all = scheduler.runAll();
  await flush();
  const stop = scheduler.stop({ graceMs: 0 });
  await time.advance(0.2);
  await stop;
  assertEquals(await all, { ok: 0, failed: 1, timedOut: 0, notRun: 1 });
  assertEquals([calls.length, time.pending], [1, 0]);
});

Deno.test("JobScheduler.runAll waits for every run of a job that was started in the meantime", async () => {
  const { scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 2 });
  scheduler.update([job("late", [3]), job("a", [2]), job("b", [2])]);
  await seconds(3);
  scheduler.update([job("late", [3])]);
  const runsOfLate = () => calls.filter(({ jobId }) => jobId === "late");
  const first = scheduler.runAll();
  const second = scheduler.runAll();
  // Its slot is the next to run, before that of the second call.
  calls.find(({ jobId }) => jobId === "a")?.resolve();
  for (const count of [1, 2, 3]) {
    await flush();
    assertEquals([count, runsOfLate().length], [count, count]);
    runsOfLate().at(-1)?.resolve();
  }
  assertEquals([(await first).ok, (await second).ok], [1, 1]);
});

Deno.test("JobScheduler.runAll has nothing to do without jobs", async () => {
  const { time, scheduler } = setUp();
  assertEquals(await scheduler.runAll(), { ok: 0, failed: 0, timedOut: 0, notRun: 0 });
  assertEquals(time.pending, 0);
});

Deno.test("JobScheduler.runAll does not overlap the run of a job that also waits for its slot", async () => {
  const { scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 2 });
  scheduler.update([job("late", [3]), job("a", [2]), job("b", [2])]);
  await seconds(3);
  assertEquals(scheduler.stats().waiting, 1);
  const all = scheduler.runAll();
  for (let run; (run = calls.findIndex(({ jobId }) => jobId !== "late")) >= 0;) {
    calls.splice(run, 1)[0]?.resolve();
    await flush();
  }
  assertEquals(calls.length, 1);
  calls[0]?.resolve();
  assertEquals((await all).ok, 3);
});

for (
  const [kind, wait] of [
    ["are synchronous", () => {}],
    ["look asynchronous but wait for nothing", () => Promise.resolve()],
    ["wait", () => new Promise<void>((resolve) => setTimeout(resolve))],
  ] as const
) {
  Deno.test(`JobScheduler.runAll lets the event loop turn while it starts jobs that ${kind}`, async () => {
    using turns = new FakeTurns();
    const scheduler = new JobScheduler({ sink: () => {}, intake: { accept: async () => {} } });
    scheduler.update(Array.from({ length: 100 }, (_, n) => ({
      jobId: `${n}`,
      intervals: [60],
      jobParams: undefined,
      performJob: () => (turns.work(2), wait()),
    })));
    const before = turns.count;
    assertEquals((await scheduler.runAll()).ok, 100);
    const longest = turns.longest();
    assertEquals([longest <= 12, turns.count - before > 12], [true, true], `${longest} ms`);
  });
}
