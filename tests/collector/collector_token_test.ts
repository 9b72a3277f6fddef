import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { inspect } from "node:util";
import { GrafoleanError } from "../../src/util/errors.ts";
import { assertHides } from "../grafolean/shown.ts";
import { VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, START, TestBot, type TestBotOptions } from "./collector_kit.ts";

/** A job for each device, which sends its name every 10 seconds. */
const jobs: TestBotOptions["jobs"] = async function* (bot) {
  for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
    yield job(`${device.entityId}`, {
      intervals: [10],
      startTs: START + 5,
      performJob: (_affecting, _params, { sendResults }) =>
        sendResults(device.accountId, { [device.name]: 1 }),
    });
  }
};

for (const way of ["execute", "runOnce"] as const) {
  Deno.test(`Collector.${way} throws if Grafolean does not know the token`, async () => {
    const { sandbox } = grafolean();
    const token = "5b8c1f0e-9d2a-4c3b-8e7f-0123456789ab";
    const collector = new TestBot({ token, jobs, options: { fetch: sandbox.fetch } });
    const error = await assertRejects(
      () => collector[way](),
      GrafoleanError,
      "unknown bot token",
    );
    assertEquals(error.status, 401);
    assertHides(error, token);
  });
}

Deno.test("Collector treats a token refused later as an outage: it goes on, keeps the values and logs that", async () => {
  using time = new VirtualTime(START);
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice([10], "kitchen");
  const collector = new TestBot({ token, jobs, options: { fetch: sandbox.fetch } });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(30);
  const refused = sandbox.faults.add({ status: 401 });
  await time.pass(600);
  assertEquals(collector.stats().runs.failed, 0);
  assertEquals(collector.stats().values.sent, 3);
  assertEquals(collector.stats().values.waiting, 60);
  assertEquals(collector.stats().refresh.ok, false);
  assertStringIncludes(collector.stats().refresh.error ?? "", "401");
  const errors = collector.logged("error");
  assertEquals(errors.length, 2, errors.join("\n"));
  assertStringIncludes(errors[0] ?? "", "Cannot deliver");
  assertStringIncludes(
    errors[1] ?? "",
    "Cannot refresh the jobs, keeping the current ones: Grafolean at",
  );
  for (const error of errors) assertStringIncludes(error, "unknown bot token");
  refused.remove();
  await time.pass(180);
  assertEquals(collector.stats().refresh.ok, true);
  assertEquals(sandbox.values(undefined, "kitchen").length, 81);
  stop.abort();
  await time.until(work);
});

Deno.test("Collector reads the token again when it is refused, and continues with the new one", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot, addDevice } = grafolean();
  addDevice([10], "kitchen");
  const other = sandbox.addBot({ protocol: PROTOCOL, account });
  let inFile = bot.token;
  const collector = new TestBot({
    token: bot.token,
    jobs,
    options: {
      fetch: sandbox.fetch,
      rereadToken: () => Promise.resolve(`${inFile}\n`),
    },
  });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  await time.pass(30);
  // The old token is revoked; a new one replaces it a while later.
  sandbox.removeBot(bot);
  await time.pass(60);
  assertEquals(sandbox.values(undefined, "kitchen").length, 3);
  inFile = other.token;
  await time.pass(120);
  assertEquals(sandbox.values(undefined, "kitchen").length, 21);
  assert(collector.logged("info").some((line) => line.includes("Retrying with a new bot token")));
  stop.abort();
  await time.until(work);
  const logged = JSON.stringify(collector.records);
  assert(!logged.includes(bot.token) && !logged.includes(other.token));
});

Deno.test("Collector never shows its token", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const records: string[] = [];
  const collector = new TestBot({
    token,
    refresh: 0.05,
    options: {
      shutdownTimeout: 0.1,
      logSink: (record) => records.push(JSON.stringify(record)),
      // Some runtimes put the URL into their errors.
      fetch: (input, init) =>
        String(input).includes("/values")
          ? Promise.reject(new TypeError(`error sending request for url (${input})`))
          : sandbox.fetch(input, init),
    },
    // A bot that leaks its own token.
    jobs: (bot) => {
      if (bot.stats().jobs.known > 0) throw new Error(`once more: ${token}`);
      return [
        job("leaks", {
          intervals: [1],
          performJob: async (_affecting, _params, { log, sendResults }) => {
            await sendResults(account.id, { x: 1, [`${token} `]: 2 });
            log.warn(`the token is ${token}, or ${encodeURIComponent(token).toUpperCase()}`);
            throw new Error(`http://sandbox/api/profile?b=${token}`);
          },
        }),
      ];
    },
  });
  await collector.runOnce();
  const work = collector.execute();
  while (collector.stats().runs.failed === 0 || collector.stats().refresh.ok !== false) {
    await delay(20);
  }
  await collector[Symbol.asyncDispose]();
  await work;

  const log = records.join("\n");
  for (
    const expected of [
      "Cannot deliver",
      "the token is ***, or ***",
      "once more: ***",
      "profile?b=***",
      'at \\"*** \\" is refused',
    ]
  ) assertStringIncludes(log, expected);
  const shown = [
    log,
    JSON.stringify(collector.stats()),
    JSON.stringify(collector),
    String(collector),
    Deno.inspect(collector, { showHidden: true, depth: 20, getters: true }),
    inspect(collector, { showHidden: true, depth: null, getters: true }),
  ].join("\n");
  assert(!shown.toLowerCase().includes(token.toLowerCase()), shown);
});
