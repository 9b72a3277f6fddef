import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { sendResultsToGrafolean } from "../../src/delivery/send_results.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { poisoned } from "./poison.ts";

function setUp(options: ConstructorParameters<typeof Sandbox>[0] = {}) {
  const sandbox = new Sandbox(options);
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  const send = (values: Parameters<typeof sendResultsToGrafolean>[3], more = {}) =>
    sendResultsToGrafolean("http://sandbox/api/", bot.token, account.id, values, {
      fetch: sandbox.fetch,
      retryDelay: 0.001,
      ...more,
    });
  const stored = () => sandbox.values(account).map(({ p, v }) => [p, v]);
  return { sandbox, account, bot, send, stored };
}

const many = (count: number) =>
  new Map(Array.from({ length: count }, (_, n) => [`many.${n}`, n] as const));

Deno.test("sendResultsToGrafolean stores values and names those that cannot be sent", async () => {
  const { send, stored } = setUp();
  const report = await send({ "a.b": 1.5, "a b": 1, "c": NaN });
  assertEquals(report.sent, 1);
  assertEquals(report.refused.map(({ p }) => p), ["a b", "c"]);
  assertEquals(stored(), [["a.b", 1.5]]);
});

Deno.test("sendResultsToGrafolean sends nothing when there is nothing to send", async () => {
  const { send, sandbox } = setUp();
  assertEquals(await send({}), { sent: 0, refused: [] });
  assertEquals(sandbox.requests.entries.length, 0);
});

Deno.test("sendResultsToGrafolean sends 50,000 values in requests of at most 100", async () => {
  const { send, sandbox, account } = setUp();
  assertEquals((await send(many(50_000))).sent, 50_000);
  assertEquals(sandbox.countValues(account), 50_000);
  assertEquals(sandbox.requests.entries.length, 500);
});

Deno.test("sendResultsToGrafolean repeats by PUT what may or may not have been stored", async () => {
  const { send, sandbox, stored } = setUp();
  sandbox.faults.add({ times: 1, drop: "after-body" });
  assertEquals((await send({ a: 1 })).sent, 1);
  assertEquals(sandbox.requests.entries.map(({ method }) => method), ["POST", "PUT"]);
  assertEquals(stored().at(-1), ["a", 1]);
});

Deno.test("sendResultsToGrafolean gives values the time it is told", async () => {
  const { send, sandbox, account } = setUp();
  await send({ a: 1 }, { time: 1600000000.5 });
  assertEquals(sandbox.values(account).map(({ t, method }) => [t, method]), [[
    1600000000.5,
    "PUT",
  ]]);
});

Deno.test("sendResultsToGrafolean leaves out the value that the backend refuses", async () => {
  const { send, sandbox, stored } = setUp();
  const refusal = "Input validation failed: no such thing";
  const fetch = poisoned(
    sandbox.fetch,
    (body) => body.includes('"many.7"'),
    () => new Response(refusal, { status: 400 }),
  );
  const report = await send(many(250), { fetch });
  assertEquals(report.sent, 249);
  assertEquals(report.refused.map(({ p, reason }) => [p, reason]), [["many.7", refusal]]);
  assertEquals(stored().length, 249);
});

Deno.test("sendResultsToGrafolean leaves out the value that the backend chokes on", async () => {
  const { send, sandbox, stored } = setUp();
  const fetch = poisoned(
    sandbox.fetch,
    (body) => body.includes('"many.7"'),
    () => new Response("Internal Server Error", { status: 500 }),
  );
  const report = await send(many(20), { fetch });
  assertEquals(report.sent, 19);
  assertEquals(report.refused.map(({ p }) => p), ["many.7"]);
  assertEquals(stored().length, 19);
});

Deno.test("sendResultsToGrafolean halves what a proxy finds too large", async () => {
  const { send, sandbox } = setUp();
  const fetch = poisoned(
    sandbox.fetch,
    (body) => body.length > 500,
    () => new Response("<html>", { status: 413 }),
  );
  assertEquals((await send(many(100), { fetch })).sent, 100);
});

Deno.test("sendResultsToGrafolean gives up with a clear error when the backend stays away", async () => {
  const { send, sandbox, bot } = setUp();
  sandbox.faults.add({ status: 503, body: "<html>down</html>" });
  const error = await assertRejects(() => send({ a: 1 }, { maxAttempts: 3 }), GrafoleanError);
  assertEquals(error.status, 503);
  assertEquals(sandbox.requests.entries.length, 3);
  assert(!Deno.inspect(error).includes(bot.token));
});

Deno.test("sendResultsToGrafolean does not blame values for a backend that chokes on everything", async () => {
  const { send, sandbox } = setUp();
  sandbox.faults.add({ status: 500, body: "Internal Server Error" });
  await assertRejects(() => send(many(10)), GrafoleanError, "answered 500");
  await assertRejects(() => send({ a: 1 }), GrafoleanError, "answered 500");
});

Deno.test("sendResultsToGrafolean says at once what is not allowed, and what to grant", async () => {
  const { send, sandbox, account, bot } = setUp();
  sandbox.revoke(bot);
  const error = await assertRejects(() => send({ a: 1 }), GrafoleanError);
  assertStringIncludes(error.message, `POST accounts/${account.id}/values`);
  assertEquals(sandbox.requests.entries.length, 1);
});

Deno.test("sendResultsToGrafolean ends when its signal aborts", async () => {
  const { send, sandbox } = setUp();
  sandbox.faults.add({ hang: true });
  const reason = new Error("enough");
  const aborting = new AbortController();
  setTimeout(() => aborting.abort(reason), 5);
  assertEquals(await assertRejects(() => send({ a: 1 }, { signal: aborting.signal })), reason);
});

Deno.test("sendResultsToGrafolean refuses an account or a URL that cannot be", async () => {
  const { bot } = setUp();
  await assertRejects(
    () => sendResultsToGrafolean("http://x/api", bot.token, 0, {}),
    TypeError,
    "account",
  );
  await assertRejects(
    () => sendResultsToGrafolean("ftp://x/api", bot.token, 1, {}),
    TypeError,
    "ftp:",
  );
  await assertRejects(
    () => sendResultsToGrafolean("http://x/api?b=1", bot.token, 1, {}),
    TypeError,
    "query",
  );
  await assertRejects(
    () => sendResultsToGrafolean("http://x/api", " \n", 1, {}),
    TypeError,
    "empty",
  );
});

Deno.test("sendResultsToGrafolean blames no value for a backend that fails at random", async () => {
  const { send, sandbox } = setUp();
  let n = 0;
  // Mulberry32, so that it is the same each time.
  const random = () => {
    n = (n + 0x6d2b79f5) | 0;
    const mixed = Math.imul(n ^ (n >>> 15), n | 1);
    return ((mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))) >>> 0) / 2 ** 32;
  };
  const fetch = poisoned(
    sandbox.fetch,
    () => random() < 0.3,
    () => new Response("Internal Server Error", { status: 500 }),
  );
  const report = await send(many(3000), { fetch });
  assertEquals([report.sent, report.refused], [3000, []]);
});

Deno.test("sendResultsToGrafolean does not wait for hours because a proxy says so", async () => {
  const { send, sandbox } = setUp();
  sandbox.faults.add({ status: 503, headers: { "retry-after": "3600" } });
  await assertRejects(() => send({ a: 1 }), GrafoleanError, "answered 503");
  assertEquals(sandbox.requests.entries.length, 1);
});

Deno.test("sendResultsToGrafolean refuses options that it could do nothing with", async () => {
  const { send, sandbox } = setUp();
  for (
    const [options, what] of [
      [{ time: Date.now() }, "seconds"],
      [{ time: NaN }, "seconds"],
      [{ time: -1 }, "seconds"],
      [{ maxAttempts: 0 }, "maxAttempts"],
      [{ maxAttempts: NaN }, "maxAttempts"],
      [{ retryDelay: NaN }, "retryDelay NaN: expected seconds, 0 or more"],
      [{ retryDelay: -1 }, "retryDelay"],
      [{ requestTimeout: NaN }, "requestTimeout NaN: expected seconds above 0"],
      [{ requestTimeout: 0 }, "requestTimeout"],
      [{ requestTimeout: Infinity }, "requestTimeout"],
      [{ requestTimeout: 10_000_000 }, "requestTimeout"],
    ] as const
  ) {
    await assertRejects(() => send({ a: 1 }, options), RangeError, what);
  }
  assertEquals(sandbox.requests.entries.length, 0);
});

Deno.test("sendResultsToGrafolean finds every bad value in a long list", async () => {
  const { send, sandbox, account } = setUp();
  const bad = (n: number) => n % 20 === 3;
  for (const status of [400, 500]) {
    const fetch = poisoned(
      sandbox.fetch,
      (body) => [...body.matchAll(/"many\.(\d+)"/g)].some(([, n]) => bad(Number(n))),
      () => new Response("Internal Server Error", { status }),
    );
    const report = await send(many(1000), { fetch });
    assertEquals(report.sent, 950, `${status}`);
    assertEquals(
      report.refused.map(({ p }) => Number(p.slice(5))).sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, n) => n).filter(bad),
    );
  }
  assertEquals(sandbox.countValues(account), 1900);
});

Deno.test("sendResultsToGrafolean sends nothing by POST that was tried before, nor its halves", async () => {
  const { send, sandbox, account } = setUp();
  sandbox.faults.add({ times: 3, status: 500, body: "Internal Server Error", processed: true });
  assertEquals((await send(many(10))).sent, 10);
  assertEquals(sandbox.requests.entries.map(({ method }) => method), [
    "POST",
    ...Array(sandbox.requests.entries.length - 1).fill("PUT"),
  ]);
  // Once by the POST and once by all the others.
  assertEquals(sandbox.countValues(account), 20);
});
