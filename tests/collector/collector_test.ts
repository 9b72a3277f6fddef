import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { settle, VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, sending, START, TestBot } from "./collector_kit.ts";

Deno.test("Collector refuses invalid options and names them", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ refresh: 0 }, "jobsRefreshInterval is 0: expected seconds above 0"],
    [{ refresh: -5 }, "jobsRefreshInterval is -5"],
    [{ refresh: NaN }, "jobsRefreshInterval is NaN"],
    [
      { refresh: 1e9 },
      "jobsRefreshInterval is 1000000000: expected seconds above 0, up to 604800",
    ],
    [{ refresh: "120" }, 'jobsRefreshInterval is "120"'],
    [{ options: { requestTimeout: Infinity } }, "requestTimeout is Infinity"],
    [{ options: { shutdownTimeout: 0 } }, "shutdownTimeout is 0"],
    [
      { options: { logLevel: "loud" as "warn" } },
      'logLevel is "loud": expected one of debug, info, warn, error',
    ],
    [{ options: { maxConcurrentJobs: 1.5 } }, "maxConcurrentJobs is 1.5: expected a whole number"],
    [{ options: { maxWaitingValues: 0 } }, "maxWaitingValues is 0"],
    [{ options: { maxWaitingBytes: -1 } }, "maxWaitingBytes is -1"],
    [{ options: { delivery: "PUT" } }, 'delivery is "PUT": expected "post" or "put"'],
  ];
  for (const [wanted, expected] of cases) {
    assertThrows(() => new TestBot({ jobs: () => [], ...wanted }), RangeError, expected);
  }
  assertThrows(() => new TestBot({ jobs: () => [], backendUrl: "ftp://x" }), TypeError, "ftp://");
  assertThrows(() => new TestBot({ jobs: () => [], token: "a\nb" }), TypeError, "bot token");
});

Deno.test("Collector.runOnce runs every job, delivers the values and reports the outcome", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      sending("a", account.id, { intervals: [300, 60] }),
      job("b", {
        performJob: async (_affecting, _params, context) => {
          await context.sendResults(account.id, { "b.1": 1, "b.2": NaN, "not a path": 3 });
        },
      }),
      job("c", { performJob: () => Promise.reject(new Error("no answer")) }),
    ],
  });
  assertEquals(await collector.runOnce(), {
    ok: 2,
    failed: 1,
    notRun: 0,
    sent: 2,
    refused: 2,
    waiting: 0,
  });
  assertEquals(sandbox.values(account).map(({ p }) => p).sort(), ["a", "b.1"]);
  assertEquals(collector.logged("error").map((line) => line.replace(/ after .*: Error/, "")), [
    "[c] Failed: no answer (collector_test.ts:" +
    collector.logged("error")[0]?.split("_test.ts:")[1],
  ]);
  // The next run starts from zero.
  assertEquals((await collector.runOnce()).sent, 2);
  assertEquals(collector.stats().runs.ok, 2);
});

Deno.test("Collector.stats reports jobs, runs and values", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch, maxConcurrentJobs: 2 },
    jobs: () => [
      sending("a", account.id),
      job("hangs", {
        intervals: [10],
        startTs: START + 6,
        timeout: 25,
        performJob: () => new Promise(() => {}),
      }),
      job("late", {
        intervals: [10],
        startTs: START + 6,
        performJob: () => new Promise((end) => setTimeout(end, 1000)),
      }),
      job("later", { intervals: [20], startTs: START + 6 }),
    ],
  });
  const nothing = collector.stats();
  assertEquals(nothing.jobs, { known: 0, running: 0, waiting: 0, failing: 0 });
  assertEquals(nothing.refresh, { ok: null, at: null, error: null });

  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(6.5);
  const busy = collector.stats();
  assertEquals(busy.jobs, { known: 4, running: 2, waiting: 1, failing: 0 });
  assertObjectMatch(busy.values, { sent: 1, refused: 0, dropped: 0, waiting: 0, place: "memory" });
  assertEquals(busy.refresh.ok, true);
  assertEquals(Math.floor(busy.refresh.at ?? 0), START);
  await time.pass(28); // until 34.5: at 31 "hangs" has taken 25 s
  const after = collector.stats();
  assertEquals(after.runs.timedOut, 1);
  assertEquals(after.runs.failed, 1);
  assertEquals(after.runs.skipped, 2); // "hangs" at 16 and 26
  assertEquals(after.values.sent, 3);
  assert(after.lateness.max >= 1 && after.lateness.p50 < 0.1, JSON.stringify(after.lateness));
  stop.abort();
  await time.until(work);
  // The stats survive the stop.
  assertEquals(collector.stats().jobs.known, 4);
  assertEquals(collector.stats().values.sent, 3);
});

Deno.test("Collector.stats lists the open problems, at most 100 and without the token", async () => {
  const { sandbox, bot: { token } } = grafolean();
  let broken = true;
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: (bot) => {
      bot.raise(`address ${token}`, `Nobody answers at ${token}`, { kind: `silent ${token}` });
      return Array.from({ length: 130 }, (_, n) =>
        job(`${n} ${token}`, {
          performJob: () => broken ? Promise.reject(`no answer with ${token}`) : undefined,
        }));
    },
  });
  assertEquals(collector.stats().problems, []);
  await collector.runOnce();
  const { problems, jobs } = collector.stats();
  assertEquals([problems.length, jobs.failing], [100, 130]);
  assertEquals([problems[0]?.key, problems[0]?.message], ["address ***", "Nobody answers at ***"]);
  assertEquals(problems[1]?.scope, "job 0 ***");
  assertMatch(problems[1]?.message ?? "", /^Failed after .* s: "no answer with \*\*\*"/);
  assert(!JSON.stringify(problems).includes(token));
  // What was held back of the log is counted at the end.
  assertEquals(
    collector.logged("error").at(-1),
    "More failing jobs, logged at debug level: 110",
  );
  broken = false;
  await collector.runOnce();
  assertEquals(collector.stats().problems.map(({ key }) => key), ["address ***"]);
});

const FAILING: Record<string, [() => void | Promise<void>, RegExp]> = {
  "throws": [() => {
    throw new TypeError("not a number");
  }, /^\[bad\] Failed after \d.* s: TypeError: not a number/],
  "rejects": [() => Promise.reject(new Error("no route")), /^\[bad\] Failed .*Error: no route/],
  "throws a text": [() => {
    throw "a text" as unknown as Error;
  }, /^\[bad\] Failed .*"a text" \(not an Error\)/],
  "rejects with nothing": [() => Promise.reject(undefined), /^\[bad\] Failed .*undefined/],
  "throws an unreadable error": [() => {
    throw Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("ha");
      },
    });
  }, /^\[bad\] Failed .*cannot be read/],
  "never settles": [() => new Promise(() => {}), /^\[bad\] Timed out after 3 s/],
};

for (const [what, [performJob, expected]] of Object.entries(FAILING)) {
  Deno.test(`Collector logs a job that ${what} and runs the others`, async () => {
    using time = new VirtualTime(START);
    const { sandbox, account, bot: { token } } = grafolean();
    const collector = new TestBot({
      token,
      options: { fetch: sandbox.fetch },
      jobs: () => [
        job("bad", { intervals: [10], startTs: START + 5, timeout: 3, performJob }),
        sending("good", account.id),
      ],
    });
    const stop = new AbortController();
    const work = collector.execute({ signal: stop.signal });
    await time.pass(30);
    stop.abort();
    await time.until(work);
    assertEquals(sandbox.values(account).length, 3);
    assertEquals(collector.stats().runs.ok, 3);
    assertEquals(collector.stats().runs.failed, 3);
    const errors = collector.logged("error");
    assertEquals(errors.length, 1); // a failure that lasts is not logged at each run
    assertMatch(errors[0] ?? "", expected);
  });
}

Deno.test("Collector accepts values that a job sends after its timeout", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("slow", {
        intervals: [60],
        startTs: START + 5,
        timeout: 3,
        performJob: async (_affecting, _params, context) => {
          await new Promise((end) => setTimeout(end, 10_000));
          await context.sendResults(account.id, { late: 1 });
        },
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(30);
  assertEquals(collector.stats().runs.timedOut, 1);
  assertEquals(sandbox.values(account).map(({ p }) => p), ["late"]);
  stop.abort();
  await time.until(work);
});

Deno.test("Collector refuses a second start while it is running, and starts again after it stopped", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [sending("a", account.id)],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await assertRejects(
    () => collector.execute(),
    Error,
    "Cannot start the collector as it is already running",
  );
  await assertRejects(
    () => collector.runOnce(),
    Error,
    "Cannot start the collector as it is already running",
  );
  stop.abort();
  await work;
  assertEquals((await collector.runOnce()).ok, 1);
});

Deno.test("Collector does nothing if its signal has already aborted", async () => {
  let calls = 0;
  const collector = new TestBot({
    jobs() {
      calls++;
      return [];
    },
  });
  await collector.execute({ signal: AbortSignal.abort() });
  const reason = new Error("enough");
  const error = await assertRejects(() => collector.runOnce({ signal: AbortSignal.abort(reason) }));
  assertEquals(error, reason);
  assertEquals(calls, 0);
});

Deno.test("Collector can be disposed in every state", async () => {
  const { sandbox, account, bot: { token }, addDevice } = grafolean();
  addDevice();
  const make = () =>
    new TestBot({
      token,
      options: { fetch: sandbox.fetch, shutdownTimeout: 0.2 },
      async *jobs(bot) {
        for await (const _device of bot.fetchJobConfigs(PROTOCOL)) yield sending("a", account.id);
      },
    });
  {
    await using _never = make();
  }
  {
    await using once = make();
    await once.runOnce();
    assertEquals((await Array.fromAsync(once.jobs())).length, 1);
  }
  {
    await using running = make();
    running.execute();
    await settle();
    assertEquals(running.stats().jobs.known, 1);
    await running[Symbol.asyncDispose]();
    // jobs() still works after a stop.
    assertEquals((await Array.fromAsync(running.jobs())).length, 1);
  }
  {
    using _hang = sandbox.faults.add({ hang: true });
    await using waiting = make();
    const work = waiting.execute();
    await settle();
    await waiting[Symbol.asyncDispose]();
    await work;
    assertEquals(waiting.stats().jobs.known, 0);
  }
  {
    await using failing = make();
    using _fault = sandbox.faults.add({ status: 401 });
    const work = failing.execute();
    await failing[Symbol.asyncDispose]().catch(() => {});
    await work.catch(() => {});
  }
});

Deno.test("Collector goes on if its log sink throws", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: {
      fetch: sandbox.fetch,
      logSink: () => {
        throw new Error("no disk");
      },
    },
    jobs: () => [sending("a", account.id), job("bad", { intervals: [0] })],
  });
  assertEquals((await collector.runOnce()).sent, 1);
});

Deno.test("Collector keeps undelivered values in its outbox file for the next start", async () => {
  const file = await Deno.makeTempFile();
  try {
    const { sandbox, account, bot: { token } } = grafolean();
    const make = () =>
      new TestBot({
        token,
        options: { fetch: sandbox.fetch, outboxFile: file, shutdownTimeout: 0.2 },
        jobs: () => [sending("a", account.id)],
      });
    const first = make();
    {
      using _down = sandbox.faults.add({
        status: 503,
        when: ({ path }) => path.endsWith("/values"),
      });
      assertEquals((await first.runOnce()).waiting, 1);
    }
    assertStringIncludes(first.logged("warn").at(-1) ?? "", `kept in "${file}" for the next start`);
    assertEquals(first.stats().values.waiting, 1); // read after the file was closed

    const second = make();
    const stop = new AbortController();
    const work = second.execute({ signal: stop.signal });
    await sandbox.waitForValues(1, { timeout: 120 });
    stop.abort();
    await work;
    assertObjectMatch(second.stats().values, {
      sent: 1,
      refused: 0,
      dropped: 0,
      waiting: 0,
      place: `"${file}"`,
    });
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) await Deno.remove(file + suffix).catch(() => {});
  }
});

Deno.test("Collector passes the values to dryRun, and sends and writes nothing", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const collected: unknown[] = [];
  const collector = new TestBot({
    token,
    options: {
      fetch: sandbox.fetch,
      outboxFile: "/does/not/exist",
      dryRun: ({ jobId, accountId, values, refused }) =>
        collected.push({ jobId, accountId, values, refused: refused.map(({ p }) => p) }),
    },
    jobs: () => [
      sending("a", account.id),
      job("b", { performJob: (_a, _p, { sendResults }) => sendResults(7, { b: "abc", c: "2" }) }),
    ],
  });
  const report = await collector.runOnce();
  assertEquals(report, { ok: 2, failed: 0, notRun: 0, sent: 2, refused: 1, waiting: 0 });
  assertEquals(collected, [
    { jobId: "a", accountId: account.id, values: [{ p: "a", v: 1 }], refused: [] },
    { jobId: "b", accountId: 7, values: [{ p: "c", v: "2" }], refused: ["b"] },
  ]);
  assertEquals(sandbox.countValues(), 0);
  assertEquals(collector.logged("warn", "error"), []);
});
