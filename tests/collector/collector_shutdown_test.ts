import { assert, assertEquals } from "@std/assert";
import type { JobContext } from "../../src/jobs/job.ts";
import { VirtualTime } from "../virtual_time.ts";
import { grafolean, job, sending, START, TestBot } from "./collector_kit.ts";

Deno.test("Collector.execute lets a running job finish when stopped, and delivers its values", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const performJob = async (_: readonly number[], _params: unknown, context: JobContext) => {
    await new Promise((end) => setTimeout(end, 3000));
    await context.sendResults(account.id, { [context.jobId]: 1 });
  };
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch, maxConcurrentJobs: 1 },
    jobs: () => [
      job("first", { startTs: START + 5, performJob }),
      job("second", { startTs: START + 5, performJob }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(6);
  stop.abort();
  await time.until(work);
  assert(time.now() / 1000 - START < 8.5); // no longer than necessary
  assertEquals(sandbox.values(account).map(({ p }) => p), ["first"]);
});

Deno.test("Collector.execute stops within the shutdown timeout, whatever jobs and backend do", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  sandbox.faults.add({ hang: true, when: ({ path }) => path.endsWith("/values") });
  let aborted = 0;
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      sending("a", account.id),
      job("ignores", { startTs: START + 5, performJob: () => new Promise(() => {}) }),
      job("heeds", {
        startTs: START + 5,
        performJob: (_affecting, _params, { signal, sendResults }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              aborted++;
              // What a job sends on abort counts too.
              sendResults(account.id, { last: 1 }).then(() => reject(signal.reason));
            });
          }),
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(10);
  const stoppedAt = time.now();
  stop.abort();
  await time.until(work);
  const seconds = (time.now() - stoppedAt) / 1000;
  assert(seconds >= 7.5 && seconds <= 8.1, `${seconds} s`);
  assertEquals(aborted, 1);
  assertEquals(collector.logged("warn").slice(-2).map((line) => line.replace(/:.*/, "")), [
    'Not waiting any longer for job "ignores", still running',
    "Stopped with 2 values not delivered",
  ]);
  assertEquals(collector.stats().values.waiting, 2);
});

Deno.test("Collector.execute reserves a part of the shutdown timeout for values that jobs send last", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean({ cost: { perRequest: 0.5 } });
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("slow", {
        startTs: START + 5,
        performJob: (_affecting, _params, { signal, sendResults }) =>
          new Promise((end) => {
            signal.addEventListener("abort", () => end(sendResults(account.id, { last: 1 })));
          }),
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(10);
  stop.abort();
  await time.until(work);
  assertEquals(collector.stats().values.sent, 1);
});

Deno.test("Collector.execute stops in time even if values get through slowly", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean({ cost: { perRequest: 0.9 } });
  const values = Array.from({ length: 30_000 }, (_, n) => ({ p: `v.${n}`, v: n }));
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("many", {
        startTs: START + 5,
        performJob: (_affecting, _params, { sendResults }) => sendResults(account.id, values),
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(10);
  const stoppedAt = time.now();
  stop.abort();
  await time.until(work);
  assert(time.now() - stoppedAt < 8100, `${time.now() - stoppedAt} ms`);
  assert(collector.stats().values.waiting > 0);
});

Deno.test("Collector.runOnce stops in time and reports what was not run", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch, maxConcurrentJobs: 2 },
    jobs: () => [
      sending("a", account.id),
      job("hangs", { performJob: () => new Promise(() => {}) }),
      job("hangs too", { performJob: () => new Promise(() => {}) }),
      sending("b", account.id),
    ],
  });
  const stop = new AbortController();
  const work = collector.runOnce({ signal: stop.signal });
  await time.pass(2);
  stop.abort();
  const report = await time.until(work, 10);
  assertEquals(report, { ok: 1, failed: 2, notRun: 1, sent: 1, refused: 0, waiting: 0 });
});

Deno.test("Collector.runOnce delivers all values, however long it takes, while some get through", async () => {
  using time = new VirtualTime(START);
  // 30 requests of nearly a second each.
  const { sandbox, account, bot: { token } } = grafolean({ cost: { perRequest: 0.9 } });
  const values = Array.from({ length: 3000 }, (_, n) => ({ p: `v.${n}`, v: n }));
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch, shutdownTimeout: 3 },
    jobs: () => [job("many", {
      performJob: (_a, _p, context) => context.sendResults(account.id, values),
    })],
  });
  const { sent, waiting } = await time.until(collector.runOnce(), 300);
  assertEquals([sent, waiting], [3000, 0]);
  assert(time.now() / 1000 - START > 6);
});

Deno.test("Collector.runOnce gives up when no value gets through for the shutdown timeout", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  sandbox.faults.add({ drop: "before-body", when: ({ path }) => path.endsWith("/values") });
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [sending("a", account.id)],
  });
  const report = await time.until(collector.runOnce());
  assertEquals([report.sent, report.waiting], [0, 1]);
  assertEquals(time.now() / 1000 - START < 9, true);
});
