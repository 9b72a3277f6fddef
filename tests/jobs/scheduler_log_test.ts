import { assertEquals, assertMatch } from "@std/assert";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { flush } from "./fake_time.ts";
import { setUp } from "./scheduler_kit.ts";

/** A scheduler with jobs that fail as long as `failures` has a reason, and what it logs above debug level. */
function setUpFailing() {
  const lines: string[] = [];
  const kit = setUp({
    sink: ({ level, jobId, message }) => {
      if (level !== "debug") {
        lines.push(`${level} ${jobId === undefined ? "" : `[${jobId}] `}${message}`);
      }
    },
  });
  const failures = new Map<string, string>();
  const performJob = (_: readonly number[], jobId: unknown) => {
    const reason = failures.get(jobId as string);
    // Without a stack, whose location would be part of the message.
    if (reason !== undefined) throw reason;
  };
  const failing = (jobId: string, interval = 60) =>
    kit.job(jobId, [interval], { performJob, jobParams: jobId });
  return { ...kit, lines, failures, failing };
}

Deno.test("JobScheduler logs a failing job once, again after an hour, and when it works again", async () => {
  const { scheduler, seconds, lines, failures, failing } = setUpFailing();
  scheduler.update([failing("a")]);
  failures.set("a", "no answer");
  await seconds(62 * 60);
  failures.clear();
  await seconds(120);
  assertEquals(lines, [
    'error [a] Failed after 0 s: "no answer" (not an Error)',
    'error [a] Failed after 0 s: "no answer" (not an Error) (61 times in 60 min)',
    'info [a] Resolved after 62 min (62 times): Failed after 0 s: "no answer" (not an Error)',
  ]);
});

Deno.test("JobScheduler ignores durations, with or without a fraction, when it compares failures", async () => {
  const { time, scheduler, seconds, calls, job, logged } = setUp();
  scheduler.update([job("a", [60])]);
  for (const duration of [0, 0.002, 1, 12.5]) {
    await seconds(60);
    time.hold(duration);
    calls.pop()?.reject("no answer");
    await flush();
    time.hold(-duration);
  }
  assertEquals(logged("error", "a"), ['Failed after 0 s: "no answer" (not an Error)']);
});

Deno.test("JobScheduler logs a different failure of the same job at once, and keeps jobs apart", async () => {
  const { scheduler, seconds, lines, failures, failing } = setUpFailing();
  scheduler.update([failing("a"), failing("b")]);
  for (const reason of ["no answer", "wrong password", "no answer"]) {
    failures.set("a", reason).set("b", "no answer");
    await seconds(60);
  }
  assertEquals(lines.map((line) => line.replace(" (not an Error)", "")), [
    'error [a] Failed after 0 s: "no answer"',
    'error [b] Failed after 0 s: "no answer"',
    'error [a] Failed after 0 s: "wrong password" (2 times in 60 s)',
  ]);
});

Deno.test("JobScheduler keeps the log readable when every job fails or works again", async () => {
  const { scheduler, seconds, lines, failures, failing } = setUpFailing();
  const ids = Array.from({ length: 1000 }, (_, n) => `${n}`);
  scheduler.update(ids.map((jobId) => failing(jobId)));
  for (const jobId of ids) failures.set(jobId, "no answer");
  await seconds(60);
  assertEquals(lines.splice(0), [
    ...ids.slice(0, 20).map((id) => `error [${id}] Failed after 0 s: "no answer" (not an Error)`),
  ]);
  await seconds(50 * 60);
  assertEquals(lines.splice(0), ["error More failing jobs, logged at debug level: 980"]);
  failures.clear();
  await seconds(60);
  assertEquals(scheduler.stats().failing, 0);
  // Only of those whose failure was logged.
  assertEquals(
    lines.map((line) => line.replace(/: Failed.*/, "")),
    ids.slice(0, 20).map((id) => `info [${id}] Resolved after 51 min (51 times)`),
  );
});

Deno.test("JobScheduler counts the jobs whose last run failed, and forgets removed ones", async () => {
  const { scheduler, seconds, lines, failures, failing } = setUpFailing();
  scheduler.update([failing("a"), failing("b")]);
  failures.set("a", "no answer").set("b", "no answer");
  await seconds(120);
  assertEquals(scheduler.stats().failing, 2);
  failures.delete("b");
  await seconds(60);
  assertEquals(scheduler.stats().failing, 1);
  scheduler.update([failing("b")]);
  assertEquals(scheduler.stats().failing, 0);
  scheduler.update([failing("a"), failing("b")]);
  await seconds(60);
  assertEquals(lines.filter((line) => /^error \[a\]/.test(line)).length, 2);
  assertEquals(lines.filter((line) => /^info/.test(line)).length, 1);
});

Deno.test("JobScheduler forgets a job that fails after it was removed", async () => {
  const problems = new ProblemLog(createLogger(() => {}));
  const { scheduler, seconds, calls, job } = setUp({ problems });
  scheduler.update([job("a", [60])]);
  await seconds(60);
  scheduler.update([]);
  calls[0]?.context.problems.raise("sensor", "no sensor");
  calls[0]?.reject(new Error("no answer"));
  await flush();
  assertEquals([scheduler.stats().failing, problems.open()], [0, []]);
});

Deno.test("JobScheduler forgets what an abandoned run reports after its job was removed", async () => {
  const problems = new ProblemLog(createLogger(() => {}));
  const { scheduler, seconds, calls, job } = setUp({ problems });
  scheduler.update([job("a", [60], { timeout: 2 })]);
  await seconds(62);
  assertEquals(scheduler.stats().abandoned, 1);
  scheduler.update([]);
  calls[0]?.context.problems.raise("sensor", "no sensor");
  calls[0]?.resolve();
  await flush();
  assertEquals([scheduler.stats().abandoned, problems.open()], [0, []]);
});

Deno.test("JobScheduler forgets what a job reported itself when the job changes, but not that it fails", async () => {
  const problems = new ProblemLog(createLogger(() => {}));
  const { scheduler, seconds, calls, job } = setUp({ problems });
  scheduler.update([job("a", [60])]);
  await seconds(60);
  // JavaScript code may pass more than the type allows.
  const elsewhere = { level: "warn", scope: "job b" } as const;
  calls[0]?.context.problems.raise("sensor", "no answer of the sensor", elsewhere);
  calls[0]?.reject(new Error("no answer"));
  await flush();
  assertEquals(problems.open().length, 2);
  scheduler.update([job("a", [60], { jobParams: "without the sensor" })]);
  assertEquals(problems.open().map(({ key }) => key), ["failed run"]);
});

Deno.test("JobScheduler ends the failure of an earlier scheduler with the same problems", async () => {
  const problems = new ProblemLog(createLogger(() => {}));
  const before = setUp({ problems });
  before.scheduler.update([before.job("a", [2])]);
  await before.seconds(2);
  before.calls[0]?.reject(new Error("no answer"));
  await flush();
  assertEquals(problems.open().length, 1);
  const after = setUp({ problems });
  after.scheduler.update([after.job("a", [2])]);
  await after.seconds(2);
  after.took();
  await flush();
  assertEquals(problems.open(), []);
});

Deno.test("JobScheduler reports refused jobs once, and when they are mended", () => {
  const { scheduler, job, logged } = setUp();
  const bad = job("7", [0], { name: "kitchen" });
  scheduler.update([bad]);
  scheduler.update([bad]);
  scheduler.update([{ ...bad, intervals: [60] }]);
  const line = `Job "kitchen (7)" is left out: "intervals" has 0 in it: give whole seconds above 0`;
  assertEquals(logged("warn"), [line]);
  assertEquals(logged("info"), [`Resolved after 0 s (2 times): ${line}`]);
});

Deno.test("JobScheduler leaves out a job without intervals, at debug level", async () => {
  const { scheduler, seconds, took, job, lines } = setUp();
  scheduler.update([job("a", [2]), job("b", [2])]);
  assertEquals(scheduler.update([job("a", []), job("b", [2])]), {
    added: 0,
    changed: 0,
    removed: 1,
    unchanged: 1,
    leftOut: 1,
    refused: 0,
  });
  assertEquals(lines, [
    { level: "debug", jobId: "a", jobName: undefined, message: "Left out, as it has no interval" },
  ]);
  await seconds(2);
  assertEquals(took(), [["b", 2, [2]]]);
  await flush();
  const all = scheduler.runAll();
  await flush();
  assertEquals(took(), [["b", 2, [2]]]);
  assertEquals((await all).ok, 1);
});

Deno.test("JobScheduler names jobs by name and id", async () => {
  const { time, scheduler, calls, job, lines, logged } = setUp();
  const jobs = [job("7", [2], { name: "kitchen", timeout: 3 }), job("8", [2], { name: "pantry" })];
  scheduler.update(jobs);
  scheduler.start();
  await time.advance(6.5);
  assertMatch(`${calls[0]?.context.signal.reason}`, /Job "kitchen \(7\)" timed out after 3 s/);
  const stop = scheduler.stop({ graceMs: 0 });
  await time.advance(0.2);
  await stop;
  assertMatch(logged("warn").join(), /any longer for jobs "pantry \(8\)", "kitchen \(7\)", still/);
  const named = lines.filter(({ jobId }) => jobId !== undefined);
  assertEquals(
    new Set(named.map(({ jobId, jobName }) => `${jobName} ${jobId}`)),
    new Set(["kitchen 7", "pantry 8"]),
  );
});

Deno.test("JobScheduler renames a job without moving its slots", async () => {
  const { scheduler, seconds, calls, took, job, logged } = setUp();
  scheduler.update([job("7", [10], { name: "kitchen" })]);
  await seconds(10);
  calls.shift()?.reject("no answer");
  await flush();
  assertEquals(scheduler.update([job("7", [10], { name: "pantry" })]).changed, 1);
  await seconds(10);
  assertEquals([calls[0]?.context.name, ...took()], ["pantry", ["7", 20, [10]]]);
  await flush();
  assertMatch(logged("info", "7").join(), /^Resolved after 10 s: Failed/);
});

Deno.test("JobScheduler ends problems that have expired, and counts what was held back, while nothing else happens", async () => {
  const lines: string[] = [];
  const problems = new ProblemLog(createLogger(({ level, message }) => {
    if (level !== "debug") lines.push(message);
  }));
  const { seconds } = setUp({ problems });
  await seconds(1);
  for (let n = 0; n < 25; n++) problems.event("refused values", `value ${n}`);
  problems.raise("sensor", "no sensor", { expiresAfter: 100 });
  await seconds(60);
  assertEquals(lines.splice(0).slice(20), [
    "no sensor",
    "More refused values, logged at debug level: 5",
  ]);
  await seconds(40);
  assertEquals(lines, ["Resolved after 100 s: no sensor"]);
});
