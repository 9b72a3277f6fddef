import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import type { Job, JobContext } from "../../src/jobs/job.ts";
import { settle, VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, START, TestBot, type TestBotOptions } from "./collector_kit.ts";

/** A running bot in virtual time. */
function running(options: TestBotOptions) {
  const time = new VirtualTime(START);
  const collector = new TestBot({ ...options, options: { ...options.options } });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  return {
    time,
    collector,
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await time.until(work);
      time[Symbol.dispose]();
    },
  };
}

const FORMS: Record<string, () => unknown> = {
  "an array": () => [job("a"), job("b")],
  "a set": () => new Set([job("a"), job("b")]),
  "a generator": function* () {
    yield job("a");
    yield job("b");
  },
  "an async generator": async function* () {
    yield job("a");
    await Promise.resolve();
    yield job("b");
  },
  "an array of promises": () => [Promise.resolve(job("a")), Promise.resolve(job("b"))],
};

for (const [form, jobs] of Object.entries(FORMS)) {
  Deno.test(`Collector accepts jobs() that returns ${form}`, async () => {
    const collector = new TestBot({ jobs });
    assertEquals((await collector.runOnce()).ok, 2);
    assertEquals(collector.stats().jobs.known, 2);
  });
}

const NO_JOBS: Record<string, [unknown, RegExp]> = {
  "nothing": [undefined, /as it is undefined: expected an array of jobs, or a generator of jobs/],
  "null": [null, /as it is null/],
  "a text": ["jobs", /as it is string/],
  "one job": [job("a"), /as it is an object: expected an array/],
  "a promise": [Promise.resolve([job("a")]), /as it is a promise: expected "async \*jobs\(\)"/],
};

for (const [what, [returned, expected]] of Object.entries(NO_JOBS)) {
  Deno.test(`Collector refuses jobs() that returns ${what}`, async () => {
    const collector = new TestBot({ jobs: () => returned });
    const error = await assertRejects(() => collector.runOnce(), TypeError);
    assertEquals(expected.test(error.message), true, error.message);
    assertEquals(collector.stats().refresh.ok, false);
    assertStringIncludes(collector.stats().refresh.error ?? "", "Cannot use what jobs() returned");
  });
}

Deno.test("Collector leaves out invalid jobs, names them and runs the others", async () => {
  const collector = new TestBot({
    jobs: () => [
      job("zero", { intervals: [0] }),
      job("negative", { intervals: [-5] }),
      job("half", { intervals: [1.5] }),
      job("none", { intervals: [] }),
      job("long", { intervals: [1e9] }),
      job("too long", { intervals: [1e12] }),
      job("twice"),
      job("twice"),
      undefined,
    ],
  });
  assertEquals((await collector.runOnce()).ok, 2);
  assertEquals(collector.logged("warn").map((line) => line.replace(/ is left out.*/, "")), [
    'Job "zero"',
    'Job "negative"',
    'Job "half"',
    'Job "too long"',
    'A second job "twice"',
    "Job number 9 of the list",
  ]);
});

Deno.test("Collector tries again if jobs() throws at the start", async () => {
  let calls = 0;
  await using bot = running({
    jobs() {
      if (++calls < 4) throw new Error(calls < 3 ? "no list" : "another list");
      return [job("a")];
    },
  });
  const { time, collector } = bot;
  await settle();
  assertEquals(collector.stats().refresh.ok, false);
  assertEquals(collector.stats().refresh.at, START);
  assertEquals(collector.stats().refresh.error?.startsWith("Error: no list"), true);
  await time.pass(20);
  assertEquals(collector.stats().refresh.ok, true);
  assertEquals(collector.stats().refresh.error, null);
  assertEquals(collector.stats().jobs.known, 1);
  assertEquals(collector.logged("error").map((line) => line.replace(/ \(.*/, "")), [
    "Cannot list the jobs, trying again: Error: no list",
    "Cannot list the jobs, trying again: Error: another list",
  ]);
  assertEquals(
    collector.logged("info").filter((line) =>
      /^Resolved after .* \(3 times\): Cannot list the jobs/.test(line)
    ).length,
    1,
  );
});

Deno.test("Collector keeps its jobs if jobs() throws later, and logs that once", async () => {
  let runs = 0;
  let broken = false;
  await using bot = running({
    async *jobs() {
      yield job("a", { intervals: [10], startTs: START + 5, performJob: () => void runs++ });
      if (broken) await Promise.reject("a text");
    },
  });
  const { time, collector } = bot;
  await time.pass(60);
  assertEquals(runs, 6);
  broken = true;
  await time.pass(360);
  assertEquals(runs, 42);
  assertEquals(collector.stats().jobs.known, 1);
  assertEquals(collector.logged("error"), [
    'Cannot refresh the jobs, keeping the current ones: "a text" (not an Error)',
  ]);
  assertEquals(collector.stats().problems.map(({ message, times }) => [message, times]), [
    ['Cannot refresh the jobs, keeping the current ones: "a text" (not an Error)', 3],
  ]);
  await time.pass(3600, 1000);
  assertEquals(collector.logged("error").length, 2); // once more after an hour
  broken = false;
  await time.pass(120);
  assertEquals(collector.stats().refresh.ok, true);
  assertStringIncludes(
    collector.logged("info").join("\n"),
    "Resolved after 66 min (33 times): Cannot refresh the jobs",
  );
  assertEquals(collector.stats().problems, []);
});

Deno.test("Collector keeps running its jobs while jobs() hangs, warns, and does not call it again", async () => {
  let runs = 0;
  let calls = 0;
  await using bot = running({
    refresh: 30,
    async *jobs() {
      calls++;
      yield job("a", { intervals: [10], startTs: START + 5, performJob: () => void runs++ });
      if (calls === 2) await new Promise(() => {});
    },
  });
  const { time, collector } = bot;
  await time.pass(29);
  assertEquals(collector.stats().refresh.ok, true);
  await time.pass(93);
  assertEquals([calls, runs], [2, 12]);
  assertEquals(collector.stats().refresh.ok, false);
  assertEquals(collector.logged("warn"), [
    "jobs() has not finished after 30 s: what it awaits needs a timeout; the current jobs are kept",
  ]);
  assertEquals(
    collector.stats().refresh.error,
    "jobs() has not finished after 90 s: what it awaits needs a timeout",
  );
  // It stops all the same: the disposal waits for that.
});

Deno.test("Collector logs that Grafolean is slow if that is all that jobs() waits for", async () => {
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice();
  let hangs = false;
  await using bot = running({
    token,
    refresh: 15,
    options: { fetch: sandbox.fetch },
    async *jobs(collector) {
      for await (const device of collector.fetchJobConfigs(PROTOCOL)) {
        if (hangs) await new Promise(() => {});
        yield job(device.name);
      }
    },
  });
  const { time, collector } = bot;
  await time.pass(14);
  // Two requests, one after the other.
  const slow = sandbox.faults.add({ latency: 9 });
  await time.pass(17);
  assertEquals(collector.logged("warn"), [
    "Grafolean is slow: jobs() still reads from it after 15 s; the current jobs are kept",
  ]);
  slow.remove();
  await time.pass(60);
  assertEquals(collector.stats().refresh.ok, true);
  // Now it waits for something else, between two devices.
  hangs = true;
  await time.pass(31);
  assertMatch(collector.stats().refresh.error ?? "", /^jobs\(\) has not finished after 15 s/);
});

Deno.test("Collector logs that jobs() has finished at last", async () => {
  let calls = 0;
  await using bot = running({
    refresh: 30,
    async *jobs() {
      if (++calls === 2) await new Promise((done) => setTimeout(done, 45_000));
      yield job("a");
    },
  });
  const { time, collector } = bot;
  await time.pass(70);
  assertEquals(collector.stats().problems.length, 1);
  await time.pass(10);
  assertEquals(collector.stats().problems, []);
  assertMatch(collector.logged("info").at(-1) ?? "", /^Resolved after 15 s: jobs\(\) has not/);
  assertEquals(collector.stats().refresh.ok, true);
});

Deno.test("Collector adds, replaces and removes jobs at a refresh and leaves the others alone", async () => {
  const ran: string[] = [];
  const performJob = (_: readonly number[], params: unknown, { jobId, scheduledAt }: JobContext) =>
    void ran.push(`${jobId}${params}@${scheduledAt - START}`);
  const make = (jobId: string, jobParams: unknown, fields: Partial<Job> = {}) =>
    job(jobId, { intervals: [40], startTs: START + 7, jobParams, performJob, ...fields });
  let wanted = [make("a", 1), make("b", 1), make("c", 1)];
  await using bot = running({ jobs: () => wanted });
  const { time, collector } = bot;
  await time.pass(119);
  assertEquals(ran.splice(0), [
    "a1@7",
    "b1@7",
    "c1@7",
    "a1@47",
    "b1@47",
    "c1@47",
    "a1@87",
    "b1@87",
    "c1@87",
  ]);
  wanted = [
    make("a", 1),
    make("b", 2),
    make("d", 1, { startTs: START + 11 }),
  ];
  await time.pass(80);
  // A changed job keeps its phase.
  assertEquals(ran.splice(0), ["a1@127", "b2@127", "d1@131", "a1@167", "b2@167", "d1@171"]);
  assertEquals(collector.logged("info"), [
    "3 jobs (3 new)",
    "3 jobs (1 new, 1 changed, 1 removed)",
  ]);
  wanted = [];
  await time.pass(120);
  assertEquals(ran.splice(0), ["a1@207", "b2@207", "d1@211"]);
  assertEquals(collector.logged("info").at(-2), "0 jobs (3 removed)");
});

Deno.test("Collector follows changes in Grafolean", async () => {
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice([10], "first");
  await using bot = running({
    token,
    options: { fetch: sandbox.fetch },
    async *jobs(bot) {
      for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
        yield {
          jobId: `${device.entityId}`,
          intervals: intervalsOf(device),
          startTs: START + 7, // The id is random: without this so would be the slots.
          jobParams: device,
          performJob: perform,
        };
      }
    },
  });
  async function perform(
    _: readonly number[],
    device: { accountId: number; name: string },
    context: JobContext,
  ) {
    await context.sendResults(device.accountId, { [device.name]: 1 });
  }
  const { time, collector } = bot;
  await time.pass(60);
  assertEquals(sandbox.values(undefined, "first").length, 6);
  addDevice([20], "second");
  await time.pass(180);
  assertEquals(sandbox.values(undefined, "first").length, 24);
  assertEquals(sandbox.values(undefined, "second").length, 6);
  assertEquals(collector.logged("warn", "error"), []);
});

for (const interval of [0, -3]) {
  Deno.test(`Collector warns once of each sensor with an interval of ${interval} s, and polls the others`, async () => {
    const { sandbox, bot: { token }, addDevice } = grafolean();
    addDevice([interval], "attic");
    addDevice([interval, 60], "cellar");
    addDevice([60], "kitchen");
    const collector = new TestBot({
      token,
      options: { fetch: sandbox.fetch },
      async *jobs(bot) {
        for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
          const intervals = intervalsOf(device);
          yield job(`${device.entityId}`, { name: device.name, intervals, jobParams: device });
        }
      },
    });
    assertEquals((await collector.runOnce()).ok, 2);
    assertEquals((await collector.runOnce()).ok, 2);
    const warnings = collector.logged("warn", "error");
    assertEquals(warnings.length, 2, warnings.join("\n")); // one for each sensor
    for (const line of warnings) assertMatch(line, new RegExp(`interval of ${interval} s`));
    assertEquals(
      collector.records.filter(({ message }) => /no interval/.test(message))
        .map(({ level, jobName, message }) => [level, jobName, message]),
      Array(2).fill(["debug", "attic", "Left out, as it has no interval"]), // for each refresh
    );
  });
}

Deno.test("Collector logs once that it has no jobs, with what a device needs, until there are some", async () => {
  let wanted: Job[] = [];
  await using bot = running({ jobs: () => wanted });
  const { time, collector } = bot;
  await time.pass(300, 500);
  assertEquals(collector.logged("info", "warn"), [
    "No jobs to run: a device needs the protocol with this bot, a credential, and a sensor with an interval; " +
    "--explain names each device that is left out, and why",
  ]);
  assertEquals(collector.stats().problems.map(({ times }) => times), [3]);
  wanted = [job("a")];
  await time.pass(120, 500);
  assertEquals(collector.logged("info").slice(1).map((line) => line.slice(0, 48)), [
    "1 job (1 new)",
    "Resolved after 6 min (3 times): No jobs to run: ",
  ]);
  assertEquals(collector.stats().problems, []);
});

Deno.test("Collector makes no record below its logLevel, whoever logs it", async () => {
  for (
    const [logLevel, expected] of [[undefined, "debug"], ["info", "info"], [
      "warn",
      "warn",
    ]] as const
  ) {
    await using bot = running({
      jobs: () => [
        job("a", {
          performJob: (_affecting, _params, { log }) => {
            for (const level of ["debug", "info", "warn"] as const) log[level](level);
          },
        }),
      ],
      ...logLevel === undefined ? {} : { options: { logLevel } },
    });
    const { time, collector } = bot;
    await time.pass(60);
    const levels = new Set(collector.records.map(({ level }) => level));
    assertEquals(
      [...levels].sort(),
      ["debug", "info", "warn"].slice(["debug", "info", "warn"].indexOf(expected)),
    );
    const done = collector.records.filter(({ message }) => message.startsWith("Done in"));
    assertEquals(done.length, expected === "debug" ? 1 : 0);
  }
});
