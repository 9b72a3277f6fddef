import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Job } from "../../src/jobs/job.ts";
import { flush } from "./fake_time.ts";
import { setUp, START } from "./scheduler_kit.ts";

/** A scheduler on a fake clock, with devices that answer at once, and dead ones, which make a run fail after a while. */
function setUpDevices({ limit, hang = 5 }: { readonly limit: number; readonly hang?: number }) {
  const kit = setUp({ maxConcurrentJobs: limit });
  const { time } = kit;
  const dead = new Set<string>();
  const runs: { readonly jobId: string; readonly at: number; readonly late: number }[] = [];
  const performJob: Job["performJob"] = (_affecting, seconds, { jobId, scheduledAt }) => {
    const at = time.now() / 1000 - START;
    runs.push({ jobId, at, late: at + START - scheduledAt });
    return new Promise<void>((resolve, reject) => {
      if (dead.has(jobId)) time.setTimeout(() => reject("no answer"), hang * 1000);
      else time.setTimeout(resolve, (seconds as number) * 1000);
    });
  };
  return {
    ...kit,
    dead,
    /** The runs since the last call of this. */
    ran: () => runs.splice(0),
    async stop(): Promise<void> {
      const stopped = kit.scheduler.stop();
      await time.advance(hang + 1);
      await stopped;
    },
    /** A device that takes some seconds to answer. */
    device: (jobId: string, interval: number, seconds = 0.05): Job =>
      kit.job(jobId, [interval], { performJob, jobParams: seconds, timeout: 60 }),
  };
}

Deno.test("JobScheduler polls every device that answers on time while four out of five are dead", async () => {
  // As 1,000 devices with a limit of 256: without a share, 400 places would be needed.
  const { time, scheduler, dead, ran, device, stop, logged } = setUpDevices({ limit: 64 });
  const ids = Array.from({ length: 250 }, (_, n) => `${n}`);
  for (const jobId of ids) if (Number(jobId) % 5 > 0) dead.add(jobId);
  scheduler.update(ids.map((jobId, n) => ({ ...device(jobId, 10), startTs: START + n % 10 })));
  scheduler.start();
  // Which devices are dead shows in their first runs.
  await time.advance(20);
  ran();
  const warnings = logged("warn").length;
  await time.advance(100);
  const runs = ran();
  const alive = runs.filter(({ jobId }) => !dead.has(jobId));
  assertEquals(alive.length, 50 * 10);
  assert(
    alive.every(({ late }) => late < 1),
    JSON.stringify(alive.filter(({ late }) => late >= 1)),
  );
  assertEquals(logged("warn").length, warnings);
  // Two hundred dead ones take turns in a quarter of the places, each for 5 s.
  assert(runs.length - alive.length >= 16 * 18);

  // One that answers again is noticed when its turn comes: 200 of them, 16 at a time, each for 5 s.
  dead.delete("1");
  ran();
  await time.advance(65);
  assert(ran().some(({ jobId }) => jobId === "1"));
  await time.advance(30);
  assertEquals(ran().filter(({ jobId }) => jobId === "1").length, 3);
  await stop();
  assertEquals(scheduler.stats().waiting, 0);
});

Deno.test("JobScheduler runs hanging jobs in a quarter of its places, and merges the slots that they miss without a warning", async () => {
  const { time, scheduler, seconds, calls, job, logged, lines } = setUp({ maxConcurrentJobs: 8 });
  const ids = ["a", "b", "c"];
  scheduler.update(ids.map((jobId) => job(jobId, [10, 15])));
  await seconds(10);
  time.hold(2);
  for (const { reject } of calls.splice(0)) reject("no answer");
  await flush();
  await seconds(23); // until 35
  assertEquals(calls.map(({ jobId, at }) => [jobId, at]), [["a", 15], ["b", 15]]);
  assertEquals([scheduler.stats().running, scheduler.stats().waiting], [2, 1]);
  // "c" at 20 and 30; "a" and "b" too, while they ran.
  assertEquals(scheduler.stats().runs.skipped, 6);
  assertEquals(logged("warn"), []);
  assertEquals(lines.filter(({ level }) => level === "info").map(({ message }) => message), [
    "Jobs that failed slowly wait for another try, 1 now: at most 2 at a time, so that the others run " +
    "on time; to try them sooner, raise maxConcurrentJobs (8) or let them fail faster",
  ]);

  calls[0]?.reject("no answer");
  await flush();
  assertEquals(calls.slice(2).map(({ jobId, at, affecting }) => [jobId, at, affecting]), [
    ["c", 35, [10, 15]],
  ]);
  // How late it is does not show whether the limit is too low.
  assertEquals(scheduler.stats().lateness.max, 0);
  assertMatch(logged("info").join(), /Resolved after 15 s \(2 times\): Jobs that failed slowly/);
});

Deno.test("JobScheduler gives a job its place back when it succeeds, fails fast or changes", async () => {
  const { time, scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 4 });
  const wanted = ["ok", "fast", "changed", "same"].map((jobId) => job(jobId, [10]));
  scheduler.update(wanted);
  const end = async (jobId: string, after: number, error?: string) => {
    time.hold(after);
    const index = calls.findIndex((call) => call.jobId === jobId);
    const [call] = calls.splice(index, 1);
    if (error === undefined) call?.resolve();
    else call?.reject(error);
    await flush();
  };
  await seconds(10);
  for (const { jobId } of wanted) await end(jobId, jobId === "ok" ? 2 : 0, "no answer");
  await seconds(8);
  const running = () => calls.map(({ jobId }) => jobId);
  assertEquals(running(), ["ok"]);
  await end("ok", 0);
  assertEquals(running(), ["fast"]);
  await end("fast", 1, "no route");
  assertEquals(running(), ["changed"]);
  // The run in progress is one of the job before the change.
  scheduler.update(
    wanted.map((each) => each.jobId === "changed" ? { ...each, jobParams: "new address" } : each),
  );
  await end("changed", 5, "no answer");
  assertEquals(running(), ["same"]);
  await seconds(4);
  assertEquals(running(), ["same", "ok", "fast", "changed"]);
});

Deno.test("JobScheduler tries a hanging job at once when it changes, and forgets it when it is removed", async () => {
  const { time, scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 4 });
  const wanted = ["a", "b", "c"].map((jobId) => job(jobId, [10]));
  scheduler.update(wanted);
  await seconds(10);
  time.hold(2);
  for (const { reject } of calls.splice(0)) reject("no answer");
  await flush();
  await seconds(8);
  assertEquals([calls.map(({ jobId }) => jobId), scheduler.stats().waiting], [["a"], 2]);
  scheduler.update([wanted[0]!, { ...job("c", [10]), jobParams: "new address" }]);
  assertEquals(scheduler.stats().waiting, 1);
  await seconds(1);
  assertEquals(calls.map(({ jobId }) => jobId), ["a", "c"]);
  // It has a place of its own now, which it keeps if it answers.
  calls[1]?.resolve();
  await flush();
  await seconds(9);
  assertEquals(calls.slice(2).map(({ jobId, at }) => [jobId, at]), [["c", 30]]);
});

Deno.test("JobScheduler counts a job that times out as hanging, however short its timeout", async () => {
  const { scheduler, seconds, calls, job } = setUp({ maxConcurrentJobs: 4 });
  scheduler.update(["a", "b"].map((jobId) => job(jobId, [10], { timeout: 0.5 })));
  await seconds(20);
  assertEquals(calls.map(({ jobId, at }) => [jobId, at]), [["a", 10], ["b", 10], ["a", 20]]);
  await seconds(1);
  assertEquals(calls.slice(3).map(({ jobId, at }) => [jobId, at]), [["b", 21]]);
});

Deno.test("JobScheduler with a single place gives hanging jobs a quarter of the time, after those that are due", async () => {
  const { time, scheduler, dead, ran, device, stop } = setUpDevices({ limit: 1 });
  dead.add("dead");
  scheduler.update([device("dead", 10), device("a", 10), device("b", 10)]);
  scheduler.start();
  await time.advance(120.5);
  const runs = ran();
  assertEquals(
    runs.filter(({ jobId }) => jobId !== "dead").map(({ late }) => late < 0.1),
    [false, false, ...Array.from({ length: 22 }, () => true)],
  );
  const tried = runs.filter(({ jobId }) => jobId === "dead").map(({ at }) => Math.round(at));
  assertEquals(tried, [10, 20, 40, 60, 80, 100, 120]);
  await stop();
});

Deno.test("JobScheduler tries a hanging job now and then even if others always wait", async () => {
  const { time, scheduler, dead, ran, device, stop } = setUpDevices({ limit: 1 });
  for (const jobId of ["dead", "gone"]) dead.add(jobId);
  scheduler.update([
    ...["dead", "gone"].map((jobId) => device(jobId, 10)),
    // A run and a half at any time.
    ...["a", "b", "c"].map((jobId) => device(jobId, 10, 5)),
  ]);
  scheduler.start();
  await time.advance(400);
  const tried = ran().filter(({ jobId }) => dead.has(jobId)).map(({ jobId }) => jobId);
  // An eighth of the time.
  assertEquals(tried.slice(0, 6), ["dead", "gone", "dead", "gone", "dead", "gone"]);
  assert(tried.length >= 8 && tried.length <= 12, `${tried.length}`);
  await stop();
});

Deno.test("JobScheduler.runAll runs hanging jobs in all places", async () => {
  const { time, scheduler, dead, ran, device } = setUpDevices({ limit: 8 });
  const ids = Array.from({ length: 16 }, (_, n) => `${n}`);
  for (const jobId of ids) dead.add(jobId);
  scheduler.update(ids.map((jobId) => device(jobId, 3600)));
  for (let round = 0; round < 2; round++) {
    const all = scheduler.runAll();
    await time.advance(10);
    assertEquals((await all).failed, 16);
    assertEquals(ran().length, 16);
  }
});
