import { assert, assertEquals } from "@std/assert";
import { setUp, START } from "./scheduler_kit.ts";

for (const isAsync of [false, true]) {
  const kind = isAsync ? "look asynchronous but wait for nothing" : "wait for nothing";
  Deno.test(`JobScheduler lets the event loop go on while it starts runs that ${kind}`, async () => {
    const { time, scheduler, job } = setUp({ maxConcurrentJobs: 8 });
    const ids = Array.from({ length: 1000 }, (_, n) => `${n}`);
    const order: string[] = [];
    let sinceTurn = 0;
    let most = 0;
    const performJob = (_: readonly number[], id: unknown) => {
      order.push(id as string);
      time.hold(0.001);
      most = Math.max(most, ++sinceTurn);
      return isAsync ? Promise.resolve() : undefined;
    };
    scheduler.update(
      ids.map((id) => job(id, [60], { startTs: START + 1, performJob, jobParams: id })),
    );
    scheduler.start();
    const { setTimeout } = time;
    time.setTimeout = (callback, ms) =>
      setTimeout.call(time, () => {
        sinceTurn = 0;
        callback();
      }, ms);
    await time.advance(3);
    assertEquals(order, ids);
    assert(most <= 20, `${most} ms`);
    assertEquals(scheduler.stats().runs, { ok: 1000, failed: 0, skipped: 0, timedOut: 0 });
    await scheduler.stop();
  });
}

Deno.test("JobScheduler starts thousands of waiting runs that wait for nothing, one after the other", async () => {
  const { scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 1, logLevel: "info" });
  let runs = 0;
  const count = () => {
    runs++;
  };
  const others = Array.from(
    { length: 5000 },
    (_, n) => job(`${n}`, [60], { startTs: START + 2, performJob: count }),
  );
  scheduler.update([job("first", [60], { startTs: START + 1 }), ...others]);
  await seconds(2);
  assertEquals([runs, scheduler.stats().waiting], [0, 5000]);
  calls[0]!.resolve();
  await seconds(1);
  assertEquals([runs, scheduler.stats().waiting], [5000, 0]);
});

Deno.test("JobScheduler starts no run of a job within the call of its function", async () => {
  const { time, scheduler, seconds, job } = setUp();
  let depth = 0;
  let calls = 0;
  scheduler.update([job("a", [1], {
    performJob: () => {
      calls++;
      assertEquals(++depth, 1);
      time.hold(1);
      scheduler.tick();
      depth--;
    },
  })]);
  await seconds(2);
  assert(calls >= 1);
  assertEquals(scheduler.stats().runs.failed, 0);
});

Deno.test("JobScheduler does not run a job beside itself whose function starts all jobs", async () => {
  const { scheduler, seconds, job } = setUp();
  const log: string[] = [];
  let all: Promise<unknown> | undefined;
  scheduler.update([job("a", [2], {
    performJob: async () => {
      log.push("starts");
      all ??= scheduler.runAll();
      await Promise.resolve();
      log.push("ends");
    },
  })]);
  await seconds(2);
  await all;
  assertEquals(log, ["starts", "ends", "starts", "ends"]);
});

Deno.test("JobScheduler does not run a job beside itself that removes and adds itself", async () => {
  const { scheduler, seconds, took, job } = setUp();
  const other = job("a", [2], { jobParams: "other" });
  const { performJob } = other;
  scheduler.update([job("a", [2], {
    performJob: (...args) => {
      scheduler.update([]);
      scheduler.update([other]);
      return performJob(...args);
    },
  })]);
  await seconds(4);
  assertEquals(scheduler.stats().runs.skipped, 1);
  assertEquals(took().length, 1);
  await seconds(2);
  assertEquals(took().length, 1);
});

Deno.test("JobScheduler starts no other job that is due when a job stops it", async () => {
  const { scheduler, seconds, job } = setUp();
  const ran: string[] = [];
  let stopped: Promise<void> | undefined;
  scheduler.update(["a", "b"].map((jobId) =>
    job(jobId, [1], {
      performJob: () => {
        ran.push(jobId);
        stopped = scheduler.stop();
      },
    })
  ));
  await seconds(1);
  await stopped;
  assertEquals([ran, scheduler.stats().waiting], [["a"], 0]);
});
