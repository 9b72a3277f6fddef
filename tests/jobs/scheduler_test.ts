import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { JobScheduler } from "../../src/jobs/scheduler.ts";
import { flush } from "./fake_time.ts";
import { setUp, START } from "./scheduler_kit.ts";

Deno.test("JobScheduler runs a job at its slots, starting with the next one", async () => {
  const { scheduler, seconds, took, job } = setUp();
  assertEquals(scheduler.update([job("a", [3])]), {
    added: 1,
    changed: 0,
    removed: 0,
    unchanged: 0,
    leftOut: 0,
    refused: 0,
  });
  await seconds(9);
  assertEquals(took(), [["a", 3, [3]]]);
  await seconds(3);
  assertEquals(took(), [["a", 12, [3]]]);
});

Deno.test("JobScheduler runs a job once when two of its intervals coincide", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([job("a", [2, 4])]);
  const runs: unknown[] = [];
  for (let n = 0; n < 8; n++) {
    await seconds(1);
    for (const { at, affecting, context, resolve } of calls.splice(0)) {
      runs.push([at, affecting, context.scheduledAt - START]);
      resolve();
    }
  }
  assertEquals(runs, [[2, [2], 2], [4, [2, 4], 4], [6, [2], 6], [8, [2, 4], 8]]);
});

Deno.test("JobScheduler does not run a slot twice when ticks come early, twice or late", async () => {
  const { time, scheduler, took, job } = setUp();
  scheduler.update([job("a", [1])]);
  const at: number[] = [];
  for (const wait of [0.999, 0.001, 0, 0.998, 0.002, 1.5, 0.499, 0.001, 0.0005]) {
    time.hold(wait);
    scheduler.tick();
    await flush();
    at.push(...took().map(([, second]) => second));
    await flush();
  }
  assertEquals(at, [1, 2, 3.5, 4]);
});

Deno.test("JobScheduler runs the slots missed by a sleeping machine once, with all their intervals", async () => {
  const { time, scheduler, seconds, took, calls, job, logged } = setUp();
  scheduler.update([job("a", [60, 300, 7200]), job("b", [86_400])]);
  await seconds(1);
  time.step(3600);
  await seconds(1);
  assertEquals(calls[0]?.context.scheduledAt, START + 3600);
  assertEquals(took(), [["a", 3602, [60, 300]]]);
  await seconds(57);
  assertEquals(took(), []);
  await seconds(1);
  assertEquals(took(), [["a", 3660, [60]]]);
  assertMatch(logged("warn").join(), /^No job could start for 3601 s/);
});

Deno.test("JobScheduler keeps its pace when the clock is set back an hour", async () => {
  const { time, scheduler, seconds, calls, took, job, logged } = setUp();
  scheduler.update([job("a", [60])]);
  const slots: number[] = [];
  for (let n = 0; n < 240; n++) {
    if (n === 90) time.step(-3600);
    await seconds(1);
    slots.push(...calls.map(({ context }) => context.scheduledAt - START));
    took();
    await flush();
  }
  assertEquals(slots, [60, 120, 180, 240]);
  assertEquals(logged("warn").length, 1);
  assertMatch(logged("warn").join(), /set back by 3600 s/);
});

Deno.test("JobScheduler never overlaps the runs of a job, and merges missed slots", async () => {
  const { scheduler, seconds, took, job, logged } = setUp();
  scheduler.update([job("a", [10, 30])]);
  await seconds(35);
  assertEquals(scheduler.stats().runs.skipped, 2);
  assertEquals(took(), [["a", 10, [10]]]);
  await seconds(4);
  assertEquals(took(), []);
  await seconds(1);
  assertEquals(took(), [["a", 40, [10, 30]]]);
  assertEquals(logged("warn", "a").length, 1);
  assertMatch(
    logged("warn", "a").join(),
    /still running after 10 s: .* its intervals \(10, 30 s\) longer/,
  );
});

Deno.test("JobScheduler logs a row of overlapping runs once, and its end", async () => {
  const { scheduler, seconds, took, job, logged } = setUp();
  scheduler.update([job("a", [10])]);
  for (let n = 0; n < 3; n++) {
    await seconds(25);
    took();
    await flush();
  }
  assertEquals([logged("warn", "a").length, logged("info", "a").length], [1, 0]);
  await seconds(5);
  took();
  await flush();
  assertEquals(logged("info", "a").length, 1);
  assertMatch(logged("info", "a").join(), /^Resolved after 60 s \(4 times\): Due again but still/);
  await seconds(25);
  assertEquals(logged("warn", "a").length, 2);
});

Deno.test("JobScheduler starts waiting jobs as soon as the limit allows, first due first", async () => {
  const { time, scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 2 });
  scheduler.update([job("d", [4]), job("c", [3]), job("a", [2]), job("b", [2])]);
  await seconds(4);
  assertEquals(calls.map(({ jobId }) => jobId), ["a", "b"]);
  assertEquals(scheduler.stats().waiting, 2);
  time.hold(0.3);
  calls[0]?.resolve();
  await flush();
  assertEquals(calls.slice(2).map(({ jobId, at }) => [jobId, at]), [["c", 4.3]]);
  calls[2]?.resolve();
  calls[1]?.resolve();
  await flush();
  assertEquals(calls.slice(3).map(({ jobId, at }) => [jobId, at]), [["d", 4.3]]);
  assertEquals(scheduler.stats().lateness.max.toFixed(3), "1.300");
  assertEquals([scheduler.stats().running, scheduler.stats().waiting], [1, 0]);
});

Deno.test("JobScheduler determines the intervals of a run when it starts", async () => {
  const { scheduler, seconds, calls, job, logged } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("long", [1000], { startTs: START + 1 }), job("a", [2, 3])]);
  await seconds(5);
  calls[0]?.resolve();
  await flush();
  assertEquals(calls.slice(1).map(({ affecting, context }) => [affecting, context.scheduledAt]), [
    [[2, 3], START + 4],
  ]);
  assertEquals(scheduler.stats().runs.skipped, 2);
  assertEquals(logged("warn").length, 1);
  assertMatch(logged("warn").join(), /1 running and 1 waiting: raise maxConcurrentJobs \(1\)/);
});

Deno.test("JobScheduler logs once that the concurrency limit is too low, until all waiting jobs have started", async () => {
  const { time, scheduler, seconds, calls, took, job, logged } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [2]), job("b", [2]), job("c", [2])]);
  await seconds(9);
  assertEquals(logged("warn").length, 1);
  while (scheduler.stats().running > 0) {
    took();
    await flush();
  }
  await seconds(2);
  while (scheduler.stats().running > 0) {
    took();
    await flush();
  }
  // Two jobs were held back in each of three seconds.
  assertMatch(logged("info").join(), /^Resolved after \d+ s \(6 times\): Jobs are due again/);
  await seconds(5);
  // What comes and goes is logged once a minute.
  assertEquals(logged("warn").length, 1);
  assertEquals([calls.length, time.pending], [1, 0]);
});

Deno.test("JobScheduler blames the concurrency limit when a job overlaps its next slot because it started late", async () => {
  const { scheduler, seconds, calls, job, logged } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [10]), job("b", [10])]);
  await seconds(18);
  calls[0]?.resolve();
  await flush();
  await seconds(2);
  assertEquals(calls.map(({ jobId, at }) => [jobId, at]), [["a", 10], ["b", 18]]);
  assertEquals([scheduler.stats().runs.skipped, logged("warn", "b")], [1, []]);
  assertMatch(
    logged("warn").join(),
    /before they could start or end, with 1 running and 1 waiting/,
  );
});

Deno.test("JobScheduler runs 20,000 jobs of the same slot, 64 at once", async () => {
  const time = setUp();
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const performJob = async (_: readonly number[], n: unknown) => {
    order.push(n as number);
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  };
  const ids = Array.from({ length: 20_000 }, (_, n) => n);
  time.scheduler.update(
    ids.map((n) => time.job(`${n}`, [60], { performJob, jobParams: n })),
  );
  await time.seconds(59);
  assertEquals(order.length, 0);
  time.time.hold(1);
  time.scheduler.tick();
  while (time.scheduler.stats().waiting > 0) await flush();
  await flush();
  assertEquals(order, ids);
  assertEquals(most, 64);
  assertEquals(time.scheduler.stats().runs, { ok: 20_000, failed: 0, skipped: 0, timedOut: 0 });
});

const thrown: [string, unknown, RegExp][] = [
  ["an Error", new TypeError("no route"), /^Failed after 0 s: TypeError: no route/],
  ["undefined", undefined, /undefined \(not an Error\)/],
  ["null", null, /null \(not an Error\)/],
  ["a string", "no route", /"no route" \(not an Error\)/],
  [
    "an object that cannot be shown",
    {
      toString() {
        throw new Error("no");
      },
      toJSON() {
        throw new Error("no");
      },
    },
    /an object that cannot be read/,
  ],
];

for (const [name, error, expected] of thrown) {
  Deno.test(`JobScheduler logs and counts a job that throws or rejects with ${name}`, async () => {
    const { scheduler, seconds, took, job, logged } = setUp();
    scheduler.update([
      job("throws", [2], {
        performJob: () => {
          throw error;
        },
      }),
      job("rejects", [2], { performJob: () => Promise.reject(error) }),
      job("good", [2]),
    ]);
    await seconds(2);
    assertEquals(took(), [["good", 2, [2]]]);
    await seconds(2);
    assertEquals(took(), [["good", 4, [2]]]);
    await flush();
    assertEquals(scheduler.stats().runs, { ok: 2, failed: 4, skipped: 0, timedOut: 0 });
    for (const jobId of ["throws", "rejects"]) {
      const errors = logged("error", jobId);
      assertEquals(errors.length, 1);
      assertMatch(errors[0] ?? "", expected);
      // The second time it is not new.
      assertMatch(logged("debug", jobId).join(), /\(2 times in 2 s\)/);
    }
  });
}

Deno.test("JobScheduler abandons a run after its timeout and starts the next one", async () => {
  const { scheduler, seconds, calls, job, logged } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("hangs", [2], { timeout: 3 }), job("waits", [2])]);
  await seconds(4);
  assertEquals(calls.map(({ jobId, context }) => [jobId, context.signal.aborted]), [
    ["hangs", false],
  ]);
  await seconds(1);
  const [hangs, waits] = calls;
  assertEquals([hangs?.context.signal.aborted, waits?.jobId, waits?.at], [true, "waits", 5]);
  const reason = hangs?.context.signal.reason;
  assert(reason instanceof DOMException && reason.name === "TimeoutError");
  assertMatch(reason.message, /Job "hangs" timed out after 3 s/);
  assertMatch(logged("error", "hangs").join(), /^Timed out after 3 s/);
  const { runs, abandoned } = scheduler.stats();
  assertEquals(runs, { ok: 0, failed: 1, skipped: 2, timedOut: 1 });
  assertEquals(abandoned, 1);
});

Deno.test("JobScheduler runs a job again whose run never ended, logs that, and accepts the late end", async () => {
  const { scheduler, seconds, calls, job, logged } = setUp();
  scheduler.update([job("a", [60])]);
  await seconds(60 + 120);
  assertEquals(calls.map(({ at }) => at), [60, 120, 180]);
  assertEquals(logged("error", "a").length, 1);
  assertMatch(logged("warn", "a").join(), /^An earlier run .*,2 earlier runs/);
  assertEquals(scheduler.stats().abandoned, 2);
  calls[0]?.reject(new Error("late"));
  calls[1]?.resolve();
  calls[2]?.resolve();
  await flush();
  assertEquals(scheduler.stats().abandoned, 0);
  assertMatch(logged("info", "a")[0] ?? "", /^Resolved after .*: 2 earlier runs/);
  assertEquals(scheduler.stats().runs, { ok: 1, failed: 2, skipped: 0, timedOut: 2 });
  await seconds(60);
  assertEquals(logged("warn", "a").length, 2);
});

Deno.test("JobScheduler logs once that a run has never ended", async () => {
  const { scheduler, seconds, calls, took, job, logged } = setUp();
  scheduler.update([job("a", [10], { timeout: 5 })]);
  await seconds(15);
  calls.length = 0;
  for (let n = 0; n < 3; n++) {
    await seconds(5);
    assertEquals(took().length, 1);
    await seconds(5);
  }
  assertEquals([logged("warn", "a").length, scheduler.stats().abandoned], [1, 1]);
});

Deno.test("JobScheduler does not warn about a run that ended late but before the next one", async () => {
  const { scheduler, seconds, took, job, logged } = setUp();
  scheduler.update([job("a", [10], { timeout: 5 })]);
  await seconds(16);
  took();
  await seconds(4);
  assertEquals(took(), [["a", 20, [10]]]);
  assertEquals([logged("warn", "a").length, scheduler.stats().abandoned], [0, 0]);
});

Deno.test("JobScheduler abandons a run before the next slot if only its late start would make it miss that", async () => {
  // Above 5 % of the timeout a late run has the time that it needs.
  for (const [late, missed] of [[0.04, 0], [2.9, 0], [3.1, 1]] as const) {
    const { time, scheduler, seconds, calls, job } = setUp();
    scheduler.update([job("a", [60])]);
    await seconds(59);
    time.hold(1 + late);
    scheduler.tick();
    await flush();
    time.hold(60.01 - late);
    scheduler.tick();
    await flush();
    assertEquals(calls.map(({ at }) => at), [60 + late, 120.01].slice(0, 2 - missed));
    assertEquals(scheduler.stats().runs.skipped, missed);
  }
});

Deno.test("JobScheduler misses no slot of a job that never answers and whose timeout is its interval", async () => {
  const { time, scheduler, calls, job } = setUp();
  scheduler.update([job("a", [10], { startTs: START + 0.25, timeout: 10 })]);
  scheduler.start();
  await time.advance(45);
  assertEquals(calls.map(({ at }) => at), [0.25, 10.25, 20.25, 30.25, 40.25]);
  assertEquals(scheduler.stats().runs, { ok: 0, failed: 4, skipped: 0, timedOut: 4 });
  calls.at(-1)?.resolve();
  await scheduler.stop();
});

Deno.test("JobScheduler does not time a run out early at a slot that comes before its timeout", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([job("a", [60], { timeout: 62 })]);
  await seconds(60 + 61);
  assertEquals([calls.length, scheduler.stats().runs.timedOut], [1, 0]);
  await seconds(1);
  assertEquals(scheduler.stats().runs.timedOut, 1);
});

Deno.test("JobScheduler waits for values that a job did not await", async () => {
  let stored = () => {};
  const sent: unknown[] = [];
  const { scheduler, seconds, job } = setUp({
    intake: {
      accept: ({ jobId }, ...args) => {
        sent.push([jobId, ...args]);
        return new Promise((resolve) => stored = resolve);
      },
    },
  });
  scheduler.update([job("a", [2], {
    performJob: (_affecting, _params, context) => {
      context.sendResults(7, { "a.b": 1 });
    },
  })]);
  await seconds(2);
  assertEquals(sent, [["a", 7, { "a.b": 1 }]]);
  assertEquals(scheduler.stats().running, 1);
  stored();
  await flush();
  assertEquals([scheduler.stats().running, scheduler.stats().runs.ok], [0, 1]);
});

Deno.test("JobScheduler waits for values that a job sends while others are being stored", async () => {
  const stored: (() => void)[] = [];
  const accept = () => new Promise<void>((resolve) => stored.push(resolve));
  const { scheduler, seconds, job } = setUp({ intake: { accept } });
  scheduler.update([job("a", [2], {
    performJob: (_a, _p, context) => {
      context.sendResults(7, { a: 1 }).then(() => context.sendResults(7, { b: 1 }));
    },
  })]);
  await seconds(2);
  for (const count of [1, 2]) {
    assertEquals([stored.length, scheduler.stats().running], [count, 1]);
    stored.at(-1)?.();
    await flush();
  }
  assertEquals(scheduler.stats().runs.ok, 1);
});

Deno.test("JobScheduler counts a run as failed when its values are refused, awaited or not", async () => {
  const { scheduler, seconds, job, logged } = setUp({
    intake: { accept: () => Promise.reject(new TypeError("no form of values")) },
  });
  scheduler.update([
    job("careless", [2], { performJob: (_a, _p, context) => void context.sendResults(7, {}) }),
    job("careful", [2], { performJob: (_a, _p, context) => context.sendResults(7, {}) }),
  ]);
  await seconds(2);
  assertEquals(scheduler.stats().runs.failed, 2);
  for (const jobId of ["careless", "careful"]) {
    assertMatch(logged("error", jobId).join(), /^Failed after 0 s: TypeError: no form of values/);
  }
});

Deno.test("JobScheduler handles the rejection of values that a job does not await", async () => {
  const { scheduler, seconds, job } = setUp({
    intake: { accept: () => Promise.reject(new TypeError("no form of values")) },
  });
  let resolve = () => {};
  scheduler.update([job("a", [2], {
    performJob: async (_affecting, _params, context) => {
      context.sendResults(7, {});
      await new Promise<void>((done) => resolve = done);
    },
  })]);
  await seconds(2);
  // Unhandled rejections are reported once the microtask queue is empty.
  await new Promise((done) => setTimeout(done, 0));
  resolve();
  await flush();
  assertEquals(scheduler.stats().runs.failed, 1);
});

Deno.test("JobScheduler passes the params uncopied and calls the function as a method of its job", async () => {
  const { scheduler, seconds, job } = setUp();
  const jobParams = { host: "10.0.0.1" };
  const seen: unknown[] = [];
  const own = job("a", [2], {
    jobParams,
    performJob(this: unknown, _affecting, params) {
      seen.push(this, params);
    },
  });
  scheduler.update([own]);
  await seconds(2);
  assert(seen[0] === own && seen[1] === jobParams);
});

Deno.test("JobScheduler does not repeat a slot when its job changes", async () => {
  const { scheduler, seconds, took, job } = setUp();
  scheduler.update([job("a", [10], { jobParams: 1 })]);
  await seconds(10);
  assertEquals(took(), [["a", 10, [10]]]);
  scheduler.update([job("a", [10], { jobParams: 2 })]);
  await seconds(9);
  assertEquals(took(), []);
  await seconds(1);
  assertEquals(took(), [["a", 20, [10]]]);
});

Deno.test("JobScheduler does not lose a slot just before its job changes", async () => {
  const { time, scheduler, seconds, took, job } = setUp();
  scheduler.update([job("a", [10], { jobParams: 1 }), job("b", [10], { jobParams: 1 })]);
  await seconds(9);
  time.hold(1.2);
  scheduler.update([job("a", [10], { jobParams: 2 }), job("b", [3600], { jobParams: 2 })]);
  await seconds(0);
  scheduler.tick();
  assertEquals(took(), [["a", 10.2, [10]]]);
});

Deno.test("JobScheduler lets a removed job finish, and does not overlap it when it is added again", async () => {
  const { scheduler, seconds, calls, took, job } = setUp();
  scheduler.update([job("a", [10])]);
  await seconds(12);
  assertEquals(scheduler.update([]).removed, 1);
  assertEquals([scheduler.stats().jobs, scheduler.stats().running], [0, 1]);
  assertEquals(calls[0]?.context.signal.aborted, false);
  scheduler.update([job("a", [10])]);
  await seconds(10);
  assertEquals(calls.length, 1);
  assertEquals(scheduler.stats().runs.skipped, 1);
  took();
  await seconds(8);
  assertEquals(took(), [["a", 30, [10]]]);
});

Deno.test("JobScheduler does not start a job that is removed while waiting", async () => {
  const { scheduler, seconds, calls, took, job } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [10]), job("b", [10]), job("c", [10])]);
  await seconds(11);
  scheduler.update([job("a", [10]), job("c", [10])]);
  scheduler.update([job("a", [10]), job("c", [10]), job("b", [10])]);
  calls.shift()?.resolve();
  await flush();
  assertEquals(took(), [["c", 11, [10]]]);
  await flush();
  assertEquals(calls.length, 0);
});

Deno.test("JobScheduler refuses invalid jobs with one warning each and runs the others", async () => {
  const { scheduler, seconds, took, job, logged } = setUp();
  const wanted = [job("bad", [0]), job("a", [2]), job("a", [3]), job("good", [2])];
  assertEquals(scheduler.update(wanted).refused, 2);
  assertEquals(scheduler.update(wanted).refused, 2);
  assertEquals(logged("warn").length, 2);
  assertMatch(logged("warn").join(), /Job "bad" is left out: .*,A second job "a" is left out/);
  await seconds(2);
  assertEquals(took().map(([jobId]) => jobId), ["a", "good"]);
});

Deno.test("JobScheduler keeps its jobs when the iterable throws", () => {
  const { scheduler, job } = setUp();
  scheduler.update([job("a", [2])]);
  assertThrows(
    () =>
      scheduler.update((function* () {
        yield job("b", [2]);
        throw new Error("no more");
      })()),
    Error,
    "no more",
  );
  assertEquals(scheduler.update([job("a", [2])]).unchanged, 1);
});

Deno.test("JobScheduler ticks by itself once started and leaves no timer when stopped", async () => {
  const { time, scheduler, took, job } = setUp();
  scheduler.update([job("a", [2])]);
  scheduler.start();
  scheduler.start();
  await time.advance(2.5);
  assertEquals(took(), [["a", 2, [2]]]);
  await time.advance(2);
  assertEquals(took(), [["a", 4, [2]]]);
  await scheduler.stop();
  assertEquals(time.pending, 0);
  await time.advance(10);
  assertEquals(took(), []);
});

Deno.test("JobScheduler runs on the real clock and leaves nothing behind", async () => {
  await using scheduler = new JobScheduler({
    sink: () => {},
    intake: { accept: async () => {} },
  });
  const before = Date.now() / 1000;
  const ran = new Promise<number>((resolve) => {
    scheduler.update([{
      jobId: "a",
      intervals: [1],
      jobParams: undefined,
      performJob: (_affecting, _params, { scheduledAt }) => resolve(scheduledAt),
    }]);
  });
  scheduler.start();
  const scheduledAt = await ran;
  const after = Date.now() / 1000;
  // What is due within the next 20 ms starts, too, and clocks differ by some milliseconds.
  assert(
    scheduledAt > before - 0.05 && scheduledAt < after + 0.05,
    `${scheduledAt} between ${before} and ${after}`,
  );
});

Deno.test("JobScheduler lets running jobs finish when it stops and starts no others", async () => {
  const { time, scheduler, calls, job, lines } = setUp({ maxConcurrentJobs: 1 });
  scheduler.update([job("a", [2]), job("b", [2])]);
  scheduler.start();
  await time.advance(3);
  let stopped = false;
  const stop = scheduler.stop({ graceMs: 10_000 }).then(() => stopped = true);
  await time.advance(5);
  assertEquals([stopped, calls.length], [false, 1]);
  calls[0]?.resolve();
  await stop;
  await time.advance(5);
  assertEquals([calls.length, time.pending, scheduler.stats().waiting], [1, 0, 0]);
  assertEquals(lines.filter(({ level }) => level !== "debug"), []);
});

Deno.test("JobScheduler aborts jobs after the grace period and abandons those that ignore it", async () => {
  const { time, scheduler, calls, job, logged } = setUp();
  scheduler.update([
    job("deaf", [1]),
    job("heeds", [2], {
      performJob: (_affecting, _params, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    }),
  ]);
  scheduler.start();
  await time.advance(3);
  const stop = scheduler.stop({ graceMs: 1000 });
  await time.advance(1.2);
  await stop;
  assertEquals(time.pending, 0);
  // It was behind, and being cancelled does not count as keeping up.
  assertEquals(logged("warn", "deaf").length, 1);
  assertMatch(
    logged("warn").join(),
    /^Not waiting any longer for job "deaf", .* context\.signal/,
  );
  assertEquals(logged("error", "heeds"), []);
  assertMatch(logged("info", "heeds").join(), /^Cancelled after 2 s/);
  assertEquals(logged("info", "deaf"), ["Cancelled after 3.1 s"]);
  const reason = calls[0]?.context.signal.reason;
  assert(reason instanceof DOMException && reason.name === "AbortError");
  assertMatch(reason.message, /bot is stopping/);
  assertEquals(scheduler.stats().runs.failed, 2);
  calls[0]?.reject(new Error("late"));
  await flush();
  assertEquals(scheduler.stats().abandoned, 0);
});

Deno.test("JobScheduler cuts the grace period short when stopped again", async () => {
  const { time, scheduler, job } = setUp();
  scheduler.update([job("a", [2])]);
  scheduler.start();
  await time.advance(3);
  const stop = scheduler.stop();
  await time.advance(1);
  const stopNow = scheduler.stop({ graceMs: 0 });
  await time.advance(0.2);
  await Promise.all([stop, stopNow]);
  assertEquals([time.pending, scheduler.stats().running], [0, 0]);
});

Deno.test("JobScheduler times jobs out while it waits for them", async () => {
  const { time, scheduler, job } = setUp();
  scheduler.update([job("a", [2], { timeout: 5 })]);
  scheduler.start();
  await time.advance(3);
  const stop = scheduler.stop();
  await time.advance(5);
  await stop;
  assertEquals([time.pending, scheduler.stats().runs.timedOut], [0, 1]);
});

Deno.test("JobScheduler times jobs out while it stops even if it was not started", async () => {
  const { time, scheduler, seconds, job } = setUp();
  scheduler.update([job("a", [2], { timeout: 5 })]);
  await seconds(2);
  const stop = scheduler.stop();
  await time.advance(6);
  await stop;
  assertEquals([time.pending, scheduler.stats().runs.timedOut], [0, 1]);
});

Deno.test("JobScheduler starts nothing when ticked while it stops", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([job("a", [2]), job("b", [3])]);
  await seconds(2);
  const stop = scheduler.stop();
  await seconds(4);
  assertEquals([calls.length, scheduler.stats().waiting], [1, 0]);
  calls[0]?.resolve();
  await stop;
  await seconds(1);
  assertEquals(calls.slice(1).map(({ jobId, affecting }) => [jobId, affecting]), [
    ["b", [3]],
    ["a", [2]],
  ]);
});

Deno.test("JobScheduler can be restarted", async () => {
  const { time, scheduler, took, job, logged } = setUp();
  scheduler.update([job("a", [2])]);
  scheduler.start();
  await time.advance(1);
  await scheduler.stop();
  await time.advance(5);
  time.hold(10);
  scheduler.start();
  await time.advance(1);
  assertEquals(took(), [["a", 16, [2]]]);
  assertEquals(logged("warn"), []);
  await scheduler[Symbol.asyncDispose]();
  assertEquals(time.pending, 0);
});

Deno.test("JobScheduler keeps running when its log throws", async () => {
  const { scheduler, seconds, took, job } = setUp({
    sink: () => {
      throw new Error("disk full");
    },
  });
  scheduler.update([
    job("bad", [0]),
    job("talks", [2], { performJob: (_a, _p, { log }) => log.info("hello") }),
    job("fails", [2], { performJob: () => Promise.reject(new Error("no")) }),
    job("a", [2]),
  ]);
  await seconds(2);
  assertEquals(took(), [["a", 2, [2]]]);
  await flush();
  assertEquals(scheduler.stats().runs, { ok: 2, failed: 1, skipped: 0, timedOut: 0 });
});

Deno.test("JobScheduler survives a job that calls back into it", async () => {
  const { scheduler, seconds, took, job } = setUp();
  let depth = 0;
  scheduler.update([
    job("a", [2], {
      performJob: () => {
        assertEquals(++depth, 1);
        scheduler.tick();
        scheduler.update([job("b", [2])]);
        depth--;
      },
    }),
    job("b", [2]),
  ]);
  await seconds(2);
  assertEquals(took(), [["b", 2, [2]]]);
  assertEquals([scheduler.stats().jobs, scheduler.stats().runs.failed], [1, 0]);
});

Deno.test("JobScheduler refuses an invalid maxConcurrentJobs", () => {
  for (const maxConcurrentJobs of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => setUp({ maxConcurrentJobs }), RangeError, "whole number above 0");
  }
});

Deno.test("JobScheduler does not abort the signal of a run that has ended", async () => {
  const { scheduler, seconds, calls, job } = setUp();
  scheduler.update([job("a", [2])]);
  await seconds(2);
  const { signal } = calls[0]?.context ?? {};
  assert(signal !== undefined);
  calls[0]?.resolve();
  await flush();
  await scheduler.stop({ graceMs: 0 });
  assertEquals(signal.aborted, false);
});

Deno.test("JobScheduler aborts the signal of a run that asks for it only after its timeout", async () => {
  const { time, scheduler, calls, job } = setUp();
  scheduler.update([job("a", [2], { timeout: 3 })]);
  scheduler.start();
  await time.advance(5.5);
  const [late] = calls;
  assertEquals(late?.context.signal.aborted, true);
  assertEquals(late?.context.signal.reason.name, "TimeoutError");
  await scheduler.stop({ graceMs: 0 });
});

Deno.test("JobScheduler passes a context that works when it is destructured, and is the same each time", async () => {
  const taken: unknown[] = [];
  const { scheduler, seconds, job, lines } = setUp({
    intake: {
      accept: ({ jobId, name }, ...args) => Promise.resolve(void taken.push(jobId, name, args)),
    },
  });
  scheduler.update([job("7", [2], {
    name: "kitchen",
    performJob: async (_affecting, _params, context) => {
      const { jobId, name, scheduledAt, signal, log, problems, sendResults } = context;
      assert(signal === context.signal && log === context.log);
      log.info(`${jobId} ${name} ${scheduledAt - START}`);
      problems.raise("sensor", "no sensor");
      await sendResults(5, { a: 1 });
    },
  })]);
  await seconds(2);
  assertEquals(taken, ["7", "kitchen", [5, { a: 1 }]]);
  assertEquals(
    lines.filter(({ level }) => level !== "debug").map((
      { jobName, message },
    ) => [jobName, message]),
    [["kitchen", "7 kitchen 2"], ["kitchen", "no sensor"]],
  );
});

Deno.test("JobScheduler waits for whatever await would wait for, a function with a then included", async () => {
  const { time, scheduler, job } = setUp();
  let resolve = (): void => {};
  const returned = Object.assign(() => {}, { then: (done: () => void) => void (resolve = done) });
  const performJob = (): Promise<void> => returned as unknown as Promise<void>;
  scheduler.update([job("a", [1], { performJob })]);
  scheduler.start();
  await time.advance(1);
  assertEquals([scheduler.stats().running, scheduler.stats().runs.ok], [1, 0]);
  resolve();
  await time.advance(0);
  assertEquals([scheduler.stats().running, scheduler.stats().runs.ok], [0, 1]);
  await scheduler.stop();
});
