import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import type { Fault } from "../../src/testing/mod.ts";
import { VirtualTime } from "../virtual_time.ts";
import {
  grafolean,
  job,
  PROTOCOL,
  sending,
  START,
  TestBot,
  type TestBotOptions,
} from "./collector_kit.ts";

/** A job for each device, which sends its name at its intervals. */
const jobs: TestBotOptions["jobs"] = async function* (bot) {
  for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
    yield job(`${device.entityId}`, {
      intervals: intervalsOf(device),
      startTs: START + 5,
      performJob: (_affecting, _params, { sendResults }) =>
        sendResults(device.accountId, { [device.name]: 1 }),
    });
  }
};

const AWAY: Record<string, [Fault, RegExp]> = {
  "is away": [{ drop: "before-body" }, /cannot be reached/],
  "answers HTML": [
    { status: 200, body: "<html>login</html>" },
    /with HTML: check that the backend URL/,
  ],
  "answers half of its JSON": [{ drop: "mid-response" }, /broke off its answer/],
  "hangs": [{ hang: true }, /did not answer within 30 s/],
  "has no database": [
    { status: 500, body: "Could not validate access" },
    /Could not validate access/,
  ],
};

for (const [what, [fault, expected]] of Object.entries(AWAY)) {
  Deno.test(`Collector waits at the start for a backend that ${what}, and logs why`, async () => {
    using time = new VirtualTime(START);
    const { sandbox, bot: { token }, addDevice } = grafolean();
    addDevice([10], "kitchen");
    const trouble = sandbox.faults.add(fault);
    const collector = new TestBot({ token, jobs, options: { fetch: sandbox.fetch } });
    const stop = new AbortController();
    const work = collector.execute({ signal: stop.signal });
    await time.pass(120, 200);
    assertEquals(collector.stats().refresh.ok, false);
    const [error = "", ...more] = collector.logged("error");
    assertStringIncludes(error, "Cannot list the jobs, trying again: Grafolean at");
    assertMatch(error, expected);
    assertEquals(more, []); // logged only once
    trouble.remove();
    await time.pass(200, 200);
    assert(sandbox.values(undefined, "kitchen").length > 5);
    stop.abort();
    await time.until(work);
  });

  Deno.test(`Collector loses no value to a backend that ${what} later`, async () => {
    using time = new VirtualTime(START);
    const { sandbox, bot: { token }, addDevice } = grafolean();
    addDevice([10], "kitchen");
    const collector = new TestBot({ token, jobs, options: { fetch: sandbox.fetch } });
    const stop = new AbortController();
    const work = collector.execute({ signal: stop.signal });
    await time.pass(30);
    const trouble = sandbox.faults.add(fault);
    await time.pass(300, 200);
    trouble.remove();
    await time.pass(300, 200);
    stop.abort();
    await time.until(work);
    const { runs, values } = collector.stats();
    assertEquals(runs.ok, 63);
    assertEquals(values.waiting, 0);
    const times = new Set(sandbox.values(undefined, "kitchen").map(({ t }) => Math.round(t)));
    assertEquals(times.size, 63);
  });
}

Deno.test("Collector merges the slots missed during sleep into one run and keeps its phase", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const runs: [number, readonly number[]][] = [];
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("a", {
        intervals: [60, 600, 86_400],
        startTs: START + 5,
        performJob: async (affecting, _params, { scheduledAt, sendResults }) => {
          runs.push([scheduledAt - START, affecting]);
          await sendResults(account.id, { a: 1 });
        },
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(70);
  time.sleep(3600);
  await time.pass(70);
  assertEquals(runs, [[5, [60, 600, 86_400]], [65, [60]], [3665, [60, 600]], [3725, [60]]]);
  assertStringIncludes(collector.logged("warn").join("\n"), "No job could start for 36");
  assertEquals(collector.stats().values.waiting, 0);
  stop.abort();
  await time.until(work);
});

Deno.test("Collector keeps its intervals when the clock is set back by an hour", async () => {
  using time = new VirtualTime(START);
  let runs = 0;
  const collector = new TestBot({
    options: {},
    jobs: () => [job("a", { intervals: [10], startTs: START + 5, performJob: () => void runs++ })],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(30);
  time.sleep(-3600);
  await time.pass(30);
  assertEquals(runs, 6);
  stop.abort();
  await time.until(work);
});

Deno.test("Collector warns once of values that it cannot send, and sends the others", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("odd", {
        intervals: [10],
        startTs: START + 5,
        performJob: async (_affecting, _params, { sendResults }) => {
          await sendResults(account.id, {});
          await sendResults(account.id, { good: 1, nan: NaN, text: "abc", "a b": 1 });
        },
      }),
      job("wrong account", {
        startTs: START + 5,
        performJob: (_affecting, _params, { sendResults }) =>
          sendResults("12" as unknown as number, { x: 1 }),
      }),
      job("no values", {
        startTs: START + 5,
        performJob: (_affecting, _params, { sendResults }) => sendResults(account.id, 5 as never),
      }),
      job("another account", {
        startTs: START + 5,
        performJob: (_affecting, _params, { sendResults }) => sendResults(account.id + 1, { x: 1 }),
      }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(60);
  assertEquals(sandbox.values(account).map(({ p }) => p), Array(6).fill("good"));
  assertEquals(collector.stats().values.refused, 18);
  const logged = collector.logged("warn", "error").map((line) =>
    line.replace(/ Failed after .* s: /, " ").replace(/ \([a-z_]+\.ts:.*/, "").replaceAll(
      /account \d+/g,
      "account N",
    )
  );
  assertEquals(logged.slice(0, 5), [
    '[wrong account] TypeError: Cannot send values to the account "12": use the accountId of the entity',
    "[no values] TypeError: Cannot send 5: values are an object, a Map or a list of { p, v }",
    '[odd] Value at "nan" is refused: NaN is not a number that can be stored',
    '[odd] Value at "text" is refused: "abc" is not a decimal number',
    '[odd] Value at "a b" is refused: a path is segments of a-z, A-Z, 0-9, _, -, %2e and %3a joined by dots: pathPart() converts any text to a segment',
  ]);
  assertStringIncludes(logged.slice(5).join("\n"), "grant this bot PUT on accounts/");
  stop.abort();
  await time.until(work);
});

Deno.test("Collector accepts 50,000 values at once without blocking the event loop", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const values: Record<string, number> = {};
  for (let n = 0; n < 50_000; n++) values[`entity.${n}.demo.value`] = n;
  let turns = 0;
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: () => [
      job("many", {
        performJob: async (_affecting, _params, { sendResults }) => {
          const timer = setInterval(() => turns++);
          await sendResults(account.id, values);
          clearInterval(timer);
        },
      }),
    ],
  });
  const report = await collector.runOnce();
  assertEquals([report.sent, report.waiting], [50_000, 0]);
  assertEquals(sandbox.countValues(account), 50_000);
  assert(turns > 20, `${turns} turns`);
});

Deno.test("Collector delivers the values of devices that answer on time while most do not answer", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const dead = job("dead", {
    intervals: [10],
    startTs: START + 5,
    performJob: () =>
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error("no answer")), 5000)),
  });
  const collector = new TestBot({
    token,
    options: { fetch: sandbox.fetch, maxConcurrentJobs: 4 },
    // The dead ones alone would fill all places all the time.
    jobs: () => [
      ...Array.from({ length: 8 }, (_, n) => ({ ...dead, jobId: `dead ${n}` })),
      sending("kitchen", account.id, { startTs: START + 7 }),
      sending("cellar", account.id, { startTs: START + 7 }),
    ],
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(70);
  const values = sandbox.values(account).filter(({ t }) => t > START + 20);
  assertEquals(
    values.map(({ p, t }) => `${p} ${Math.floor(t) - START}`).sort(),
    ["cellar", "kitchen"].flatMap((p) => [27, 37, 47, 57, 67].map((t) => `${p} ${t}`)),
  );
  const { jobs, runs } = collector.stats();
  assertEquals(jobs.failing, 8);
  assert(jobs.waiting > 0 && runs.skipped > 0);
  // Only in the first round: nobody knows yet which devices are dead.
  assertEquals(collector.logged("warn").length, 1);
  assertStringIncludes(collector.logged("warn").join(), "raise maxConcurrentJobs (4)");
  stop.abort();
  await time.until(work);
});
