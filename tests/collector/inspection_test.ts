import { assertEquals, assertGreaterOrEqual, assertStrictEquals } from "@std/assert";
import { inspectCollector } from "../../src/collector/collector.ts";
import type {
  EndedRefresh,
  EndedRequest,
  EndedRun,
  Inspection,
} from "../../src/collector/inspection.ts";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import type { Job } from "../../src/jobs/job.ts";
import { settle, VirtualTime } from "../virtual_time.ts";
import {
  grafolean,
  job,
  PROTOCOL,
  sending,
  START,
  TestBot,
  type TestBotOptions,
} from "./collector_kit.ts";

/** Everything that an observer is told. */
function observe(inspection: Inspection) {
  const seen = {
    started: [] as string[],
    runs: [] as EndedRun[],
    values: [] as unknown[],
    requests: [] as EndedRequest[],
    refreshes: [] as EndedRefresh[],
    stop: inspection.observe({
      onStart: (jobId) => void seen.started.push(jobId),
      onRun: (run) => void seen.runs.push(run),
      onValues: (...values) => void seen.values.push(values),
      onRequest: (request) => void seen.requests.push(request),
      onRefresh: (refresh) => void seen.refreshes.push(refresh),
    }),
  };
  return seen;
}

/** A bot that runs in virtual time, and what is observed. */
function running(options: TestBotOptions) {
  const time = new VirtualTime(START);
  const bot = new TestBot(options);
  const inspection = inspectCollector(bot);
  const seen = observe(inspection);
  const stop = new AbortController();
  const work = bot.execute({ signal: stop.signal });
  return {
    time,
    bot,
    inspection,
    seen,
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await time.until(work);
      time[Symbol.dispose]();
    },
  };
}

/** One job for each device. */
async function* jobsOfDevices(bot: TestBot): AsyncGenerator<Job> {
  for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
    yield job(`${device.entityId}`, {
      name: device.name,
      intervals: intervalsOf(device),
      jobParams: device,
    });
  }
}

Deno.test("inspectCollector reports each run, when it started, how late, how long it took and how it ended", async () => {
  let finish = (): void => {};
  await using test = running({
    jobs: () => [
      job("slow", {
        intervals: [100],
        startTs: START + 10,
        performJob: () => new Promise((resolve) => finish = resolve),
      }),
      job("broken", {
        intervals: [100],
        startTs: START + 20,
        performJob: () => {
          throw new Error("No answer");
        },
      }),
      job("stuck", {
        intervals: [100],
        startTs: START + 30,
        timeout: 5,
        performJob: (_affecting, _params, { signal }) =>
          new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      }),
    ],
  });
  await test.time.pass(12);
  assertEquals(test.seen.started, ["slow"]);
  assertEquals(test.seen.runs, []);
  finish();
  await settle();
  await test.time.pass(28);
  // A beat of the scheduler comes in one of the steps of virtual time.
  const [slow, broken, stuck] = test.seen.runs.map((run) => ({
    ...run,
    seconds: Math.round(run.seconds),
  }));
  assertEquals(slow, {
    jobId: "slow",
    outcome: "ok",
    startedAt: START + 10,
    seconds: 2,
    lateness: 0,
    error: undefined,
  });
  assertEquals(broken?.outcome, "failed");
  assertEquals(broken?.error?.replace(/ \(.*\)/, ""), "Error: No answer");
  assertEquals(stuck, {
    jobId: "stuck",
    outcome: "timedOut",
    startedAt: START + 30,
    seconds: 5,
    lateness: 0,
    error: "Timed out after 5 s",
  });
  assertEquals(test.seen.started, ["slow", "broken", "stuck"]);
});

Deno.test("inspectCollector reports how late a run is that had to wait", async () => {
  let finish = (): void => {};
  await using test = running({
    jobs: () => [
      job("first", {
        startTs: START + 10,
        performJob: () => new Promise((resolve) => finish = resolve),
      }),
      job("second", { startTs: START + 11 }),
    ],
    options: { maxConcurrentJobs: 1 },
  });
  await test.time.pass(15);
  assertEquals([...test.inspection.jobs()].map(({ state }) => state), ["running", "waiting"]);
  finish();
  await settle();
  assertEquals(test.seen.runs.map(({ jobId, lateness }) => [jobId, lateness]), [
    ["first", 0],
    ["second", 4],
  ]);
});

Deno.test("inspectCollector reports runs that are cancelled", async () => {
  const bot = new TestBot({
    jobs: () => [
      job("endless", {
        performJob: (_affecting, _params, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason))
          ),
      }),
    ],
    options: { shutdownTimeout: 0.01 },
  });
  const seen = observe(inspectCollector(bot));
  const stop = new AbortController();
  inspectCollector(bot).observe({ onStart: () => stop.abort() });
  await bot.runOnce({ signal: stop.signal });
  const [run] = seen.runs;
  assertEquals([run?.outcome, run?.error, run?.lateness], ["cancelled", undefined, undefined]);
});

Deno.test("inspectCollector reports runs, values, requests and refreshes of runOnce", async () => {
  const { sandbox, account, bot, addDevice } = grafolean();
  const { id } = addDevice();
  const collector = new TestBot({
    token: bot.token,
    jobs: async function* (bot) {
      for await (const { entityId, accountId } of bot.fetchJobConfigs(PROTOCOL)) {
        yield job(`${entityId}`, {
          performJob: (_affecting, _params, context) =>
            context.sendResults(accountId, { "a.b": "1.50", "bad path!": 1, "c.d": NaN }),
        });
      }
    },
    options: { fetch: sandbox.fetch },
  });
  const seen = observe(inspectCollector(collector));
  await collector.runOnce();
  assertEquals(seen.started, [`${id}`]);
  assertEquals(seen.runs.map(({ outcome, lateness }) => [outcome, lateness]), [["ok", undefined]]);
  assertEquals(seen.values, [[`${id}`, account.id, [{ p: "a.b", v: "1.50" }]]]);
  assertEquals(seen.refreshes.map(({ ok }) => ok), [true]);
  assertEquals(
    seen.requests.map(({ kind, method, status }) => `${method} ${kind} ${status}`),
    [
      "GET profile 200",
      "GET accounts 200",
      "GET entities 200",
      "GET credentials 200",
      "GET sensors 200",
      "POST values 204",
    ],
  );
  for (const { seconds } of [...seen.runs, ...seen.requests, ...seen.refreshes]) {
    assertGreaterOrEqual(seconds, 0);
  }
});

Deno.test("inspectCollector reports every attempt of a read, and the probes while Grafolean is away", async () => {
  const { sandbox, account, bot, addDevice } = grafolean();
  addDevice();
  let isAway = false;
  await using test = running({
    token: bot.token,
    jobs: () => [sending("1", account.id)],
    options: {
      fetch: (...request) => {
        if (isAway) return Promise.reject(new TypeError("Connection refused"));
        return sandbox.fetch(...request);
      },
    },
  });
  await test.time.pass(1);
  isAway = true;
  await test.time.pass(9);
  const { requests } = test.seen;
  assertEquals(requests[0], { kind: "values", method: "POST", status: undefined, seconds: 0 });
  assertEquals(requests.at(-1), { kind: "status", method: "GET", status: undefined, seconds: 0 });
  isAway = false;
  await test.time.pass(10);
  const answered = requests.filter(({ status }) => status !== undefined);
  assertEquals(
    answered.map(({ kind, method, status }) => `${method} ${kind} ${status}`).slice(0, 2),
    [
      "GET status 200",
      "PUT values 204",
    ],
  );
});

Deno.test("inspectCollector reports a refresh that fails, and each of its attempts", async () => {
  const { sandbox, bot } = grafolean();
  await using test = running({
    token: bot.token,
    jobs: jobsOfDevices,
    options: { fetch: sandbox.fetch },
  });
  sandbox.faults.add({ status: 500 });
  await test.time.pass(10);
  assertEquals(test.seen.refreshes[0]?.ok, false);
  assertEquals(
    test.seen.requests.slice(0, 3).map(({ kind, status }) => [kind, status]),
    Array(3).fill(["profile", 500]),
  );
});

Deno.test("inspectCollector reports no status of half an answer", async () => {
  const { sandbox, account, bot } = grafolean();
  const broken = () =>
    new ReadableStream({ start: (controller) => controller.error(new TypeError("Broken")) });
  const collector = new TestBot({
    token: bot.token,
    jobs: () => [sending("1", account.id)],
    options: {
      fetch: async (url, init) => {
        const answer = await sandbox.fetch(url, init);
        return init?.method === "POST" ? new Response(broken(), { status: 200 }) : answer;
      },
    },
  });
  const { requests } = observe(inspectCollector(collector));
  await collector.runOnce();
  assertEquals(requests.map(({ method, status }) => `${method} ${status}`), [
    "POST undefined",
    "PUT 204",
  ]);
});

Deno.test("inspectCollector reports the values of a dry run", async () => {
  const bot = new TestBot({
    jobs: () => [sending("1", 7)],
    options: { dryRun: () => {} },
  });
  const { values } = observe(inspectCollector(bot));
  await bot.runOnce();
  assertEquals(values, [["1", 7, [{ p: "1", v: 1 }]]]);
});

Deno.test("inspectCollector has several observers, over several starts, until each of them stops", async () => {
  const bot = new TestBot({ jobs: () => [job("1")] });
  const first = observe(inspectCollector(bot));
  const second = observe(inspectCollector(bot));
  await bot.runOnce();
  await bot.runOnce();
  first.stop();
  await bot.runOnce();
  assertEquals([first.runs.length, second.runs.length], [2, 3]);
  assertStrictEquals(inspectCollector(bot), inspectCollector(bot));
});

Deno.test("inspectCollector ignores what observers throw", async () => {
  const { sandbox, account, bot } = grafolean();
  const collector = new TestBot({
    token: bot.token,
    jobs: () => [sending("1", account.id)],
    options: { fetch: sandbox.fetch },
  });
  const fail = (): never => {
    throw new Error("An error of the observer");
  };
  inspectCollector(collector).observe({
    onStart: fail,
    onRun: fail,
    onValues: fail,
    onRequest: fail,
    onRefresh: fail,
  });
  const after = observe(inspectCollector(collector));
  const { ok, sent } = await collector.runOnce();
  assertEquals([ok, sent], [1, 1]);
  assertEquals([after.started.length, after.runs.length, after.values.length], [1, 1, 1]);
  assertEquals([after.requests.length, after.refreshes.length], [1, 1]);
});

Deno.test("inspectCollector shows the token neither in errors of runs nor in problems", async () => {
  const token = "0d7f6c1e-0000-4000-8000-5b1f00c0ffee";
  const bot = new TestBot({
    token,
    jobs: () => [
      job("1", {
        performJob: (_affecting, _params, { problems }) => {
          problems.raise("address", `Cannot read http://host/?b=${token}`);
          throw new Error(`Cannot read http://host/?b=${token}`);
        },
      }),
    ],
  });
  const seen = observe(inspectCollector(bot));
  await bot.runOnce();
  const problems = [...inspectCollector(bot).problems()];
  assertEquals(problems.length, 2);
  const shown = JSON.stringify([seen.runs, problems]);
  assertEquals(shown.includes(token), false, shown);
  assertEquals(shown.includes("?b=***"), true, shown);
});

Deno.test("inspectCollector lists all problems, however many", () => {
  const bot = new TestBot({ jobs: () => [] });
  for (let n = 0; n < 200; n++) bot.raise(`${n}`, `Problem ${n}`);
  const problems = [...inspectCollector(bot).problems()];
  assertEquals(problems.map(({ message }) => message).at(-1), "Problem 199");
  assertEquals(problems.length, 200);
});

Deno.test("inspectCollector lists the jobs, when they run next, and the devices that they are for", async () => {
  const { sandbox, bot, addDevice } = grafolean();
  const ids = [addDevice([60, 300], "Router").id, addDevice([60, 300], "Printer").id];
  await using test = running({
    token: bot.token,
    jobs: async function* (bot) {
      const devices = [];
      for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
        devices.push(device);
        yield job(`${device.entityId}`, {
          name: device.name,
          intervals: intervalsOf(device),
          startTs: START + 10,
        });
      }
      yield job("all", { jobParams: devices, startTs: START + 20 });
      yield job("none", { startTs: START + 30 });
    },
    options: { fetch: sandbox.fetch },
  });
  assertEquals([...test.inspection.jobs()], []);
  await test.time.pass(11);
  const [one, other, all, none] = test.inspection.jobs();
  const names = new Map([[ids[0], "Router"], [ids[1], "Printer"]]);
  for (const each of [one, other]) {
    const id = Number(each?.jobId);
    assertEquals(each, {
      jobId: `${id}`,
      name: names.get(id),
      intervals: [60, 300],
      nextRun: START + 70,
      state: "idle",
      entityIds: [id],
    });
    names.delete(id);
  }
  assertEquals(names.size, 0);
  assertEquals(all?.entityIds.toSorted(), ids.toSorted());
  assertEquals([none?.name, none?.nextRun, none?.entityIds], [undefined, START + 30, []]);
});

Deno.test("inspectCollector tells when a job will run by the wall clock, also after that was set", async () => {
  await using test = running({ jobs: () => [job("a", { intervals: [60], startTs: START + 10 })] });
  await test.time.pass(20);
  const untilNextRun = () => {
    const [state] = test.inspection.jobs();
    return Math.round(state!.nextRun! - test.time.now() / 1000);
  };
  assertEquals(untilNextRun(), 50);
  test.time.sleep(-7200);
  assertEquals(untilNextRun(), 50);
  await test.time.pass(20);
  assertEquals(untilNextRun(), 30);
  test.time.sleep(7200);
  assertEquals(untilNextRun(), 30);
});

Deno.test("inspectCollector finds the devices of a job again when these have changed", async () => {
  const { sandbox, account, bot, credential, addDevice } = grafolean();
  const first = addDevice([60], "first");
  const second = sandbox.addEntity(account, { name: "second" });
  const both = job("both", { jobParams: [{ entityId: first.id }, { entityId: second.id }] });
  await using test = running({
    token: bot.token,
    refresh: 60,
    jobs: async function* (bot) {
      for await (const _ of bot.fetchJobConfigs(PROTOCOL));
      yield both;
    },
    options: { fetch: sandbox.fetch },
  });
  const entityIds = () => Array.from(test.inspection.jobs(), ({ entityIds }) => entityIds);
  await test.time.pass(5);
  const before = entityIds();
  assertEquals(before, [[first.id]]);
  assertStrictEquals(entityIds()[0], before[0]);
  const sensors = [sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval: 60 })];
  sandbox.updateEntity(account, second, {
    protocols: { [PROTOCOL]: { credential, bot, sensors } },
  });
  await test.time.pass(70);
  assertEquals(entityIds(), [[first.id, second.id]]);
});

Deno.test("inspectCollector lists the jobs of the last run after the end, without their next run", async () => {
  const bot = new TestBot({ jobs: () => [job("1")] });
  await bot.runOnce();
  const [state] = inspectCollector(bot).jobs();
  assertEquals([state?.jobId, state?.state, state?.nextRun], ["1", "idle", undefined]);
});

Deno.test("inspectCollector lists the devices with their accounts, and why some are not polled", async () => {
  const { sandbox, account, bot, addDevice } = grafolean();
  const router = addDevice([60], "Router");
  const printer = sandbox.addEntity(account, { name: "Printer" });
  sandbox.addEntity(account, { name: "eth0", entityType: "interface", parent: router.id });
  const collector = new TestBot({
    token: bot.token,
    jobs: jobsOfDevices,
    options: { fetch: sandbox.fetch },
  });
  const inspection = inspectCollector(collector);
  assertEquals([...inspection.devices()], []);
  await collector.runOnce();
  const devices = [...inspection.devices()].sort((a, b) => b.name.localeCompare(a.name));
  assertEquals(
    devices.map(({ id, name, account, protocol, leftOut }) => [
      id,
      name,
      account,
      protocol,
      leftOut?.reason,
    ]),
    [
      [router.id, "Router", { id: account.id, name: "Home" }, PROTOCOL, undefined],
      [printer.id, "Printer", { id: account.id, name: "Home" }, PROTOCOL, "protocol off"],
    ],
  );
  assertEquals(devices[0]?.info?.entityId, router.id);
  assertEquals(devices[1]?.info, undefined);
});

Deno.test("inspectCollector lists a device without an interval as left out, unless the bot has a job for it", async () => {
  const { sandbox, account, bot, credential, addDevice } = grafolean();
  const sensors = [sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval: null })];
  const protocols = { [PROTOCOL]: { credential, bot, sensors } };
  addDevice([60], "without job");
  sandbox.addEntity(account, { name: "idle", protocols });
  sandbox.addEntity(account, { name: "polled", protocols });
  const collector = new TestBot({
    token: bot.token,
    jobs: async function* (bot) {
      for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
        if (device.name === "polled") yield job("own interval", { jobParams: device });
        if (device.name === "idle") yield job("idle", { intervals: [], jobParams: device });
      }
    },
    options: { fetch: sandbox.fetch },
  });
  await collector.runOnce();
  const states = Array.from(
    inspectCollector(collector).devices(),
    ({ name, info, leftOut }) => `${name}: ${info?.name ?? leftOut?.reason}`,
  );
  assertEquals(states.sort(), [
    "idle: without interval",
    "polled: polled",
    "without job: without job",
  ]);
});
