import { assertEquals, assertRejects } from "@std/assert";
import { setImmediate } from "node:timers";
import { JobRefresher } from "../../src/collector/job_refresher.ts";
import type { Job } from "../../src/jobs/job.ts";
import { JobScheduler } from "../../src/jobs/scheduler.ts";
import { SYSTEM_CLOCK } from "../../src/util/clock.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { FakeTurns } from "../turns.ts";

const never = new AbortController().signal;

/** A refresher whose scheduler takes a millisecond of work to read its clock. */
function setUp(turns: FakeTurns) {
  const log = createLogger(() => {});
  const problems = new ProblemLog(log);
  const scheduler = new JobScheduler({
    sink: () => {},
    intake: { accept: () => Promise.resolve() },
    problems,
    clock: {
      ...SYSTEM_CLOCK,
      now: () => {
        turns.work(1);
        return Date.now();
      },
    },
  });
  let jobs: () => unknown = () => [];
  const refresher = new JobRefresher({
    jobs: () => jobs(),
    scheduler,
    intervalMs: 60_000,
    log,
    problems,
    redact: (text) => text,
  });
  return {
    scheduler,
    problems,
    refresher,
    refresh: (wanted: () => unknown, stop: AbortSignal = never) => {
      jobs = wanted;
      return refresher.refresh(stop);
    },
  };
}

/** Jobs whose validation takes 2 ms each. */
function* jobs(turns: FakeTurns, count: number, fields: Partial<Job> = {}): Generator<Job> {
  for (let n = 0; n < count; n++) {
    yield {
      jobId: `${n}`,
      get intervals() {
        turns.work(2);
        return [60];
      },
      jobParams: { n },
      performJob,
      ...fields,
    };
  }
}

const performJob = () => {};

Deno.test("JobRefresher lets the event loop turn while it adds, compares, replaces and removes jobs", async () => {
  using turns = new FakeTurns();
  const { refresh, scheduler } = setUp(turns);
  for (
    const wanted of [
      () => jobs(turns, 100),
      () => jobs(turns, 100),
      () => [...jobs(turns, 100)],
      () => jobs(turns, 100, { timeout: 5 }),
      async function* () {
        yield* jobs(turns, 50);
      },
    ]
  ) {
    const before = turns.count;
    await refresh(wanted);
    // The clock is read once more for the stats of the refresh.
    const longest = turns.longest();
    assertEquals([longest <= 8, turns.count - before > 8], [true, true], `${longest} ms`);
  }
  assertEquals(scheduler.stats().jobs, 50);
});

Deno.test("JobRefresher lets the event loop turn while it reports refused jobs", async () => {
  using turns = new FakeTurns();
  const { refresh, problems } = setUp(turns);
  const raise = problems.raise.bind(problems);
  problems.raise = (...args) => {
    turns.work(0.02);
    raise(...args);
  };
  await refresh(() => jobs(turns, 1000, { timeout: -1 }));
  assertEquals(problems.open().length, 1001);
  const longest = turns.longest();
  assertEquals(longest <= 8, true, `${longest} ms`);
});

Deno.test("JobRefresher lets jobs run while it refreshes", async () => {
  using turns = new FakeTurns();
  const { refresh, scheduler } = setUp(turns);
  let runs = 0;
  await refresh(() => [{ ...[...jobs(turns, 1)][0], performJob: () => void runs++ }]);
  let refreshing = true;
  const refreshed = refresh(() => jobs(turns, 100)).finally(() => refreshing = false);
  await new Promise<void>((next) => setImmediate(next));
  await scheduler.runAll();
  assertEquals([runs, refreshing], [1, true]);
  await refreshed;
  assertEquals(scheduler.stats().jobs, 100);
});

Deno.test("JobRefresher keeps the objects of a job that did not change", async () => {
  using turns = new FakeTurns();
  const { refresh, scheduler } = setUp(turns);
  const used: unknown[] = [];
  const perform = (_affecting: readonly number[], params: unknown) => void used.push(params);
  const wanted = () => [{ jobId: "a", intervals: [60], performJob: perform, jobParams: { n: 1 } }];
  const first = wanted();
  await refresh(() => first);
  await refresh(wanted);
  await scheduler.runAll();
  assertEquals(used.length, 1);
  assertEquals(used[0] === first[0]?.jobParams, true);
});

Deno.test("JobRefresher changes nothing when jobs() throws at the end, or its signal aborts", async () => {
  using turns = new FakeTurns();
  const { refresh, refresher, scheduler } = setUp(turns);
  await refresh(() => jobs(turns, 3));
  await assertRejects(
    () =>
      refresh(function* () {
        yield* jobs(turns, 100, { timeout: 5 });
        throw new Error("no more");
      }),
    Error,
    "no more",
  );
  const stop = new AbortController();
  const stopped = new Error("stopped");
  let given = 0;
  let onReturned: () => void;
  const returned = new Promise<void>((resolve) => onReturned = resolve);
  const aborted = refresh(function* () {
    try {
      for (const job of jobs(turns, 100)) {
        if (++given === 20) stop.abort(stopped);
        yield job;
      }
    } finally {
      onReturned();
    }
  }, stop.signal);
  assertEquals(await assertRejects(() => aborted), stopped);
  // It does not wait for what jobs() does at its end.
  await returned;
  assertEquals([scheduler.stats().jobs, given], [3, 20]);
  assertEquals(refresher.stats().ok, false);
});

Deno.test("JobRefresher does not call jobs() after its signal aborted, and counts no failure", async () => {
  using turns = new FakeTurns();
  const { refresh, refresher } = setUp(turns);
  let calls = 0;
  const reason = new Error("enough");
  const stop = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => refresh(() => Array(++calls), stop)),
    reason,
  );
  assertEquals(await refresher.refreshUntilOk(stop), false);
  await refresher.keepRefreshing(stop);
  assertEquals(calls, 0);
  assertEquals(refresher.stats(), { ok: null, at: null, error: null });
});
