import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type SendOptions,
  type SendReport,
  sendResultsToGrafolean,
} from "../../src/delivery/send_results.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import type { Values } from "../../src/values/values.ts";
import { random as randomOf } from "../faults/random.ts";
import { VirtualTime } from "../virtual_time.ts";
import { answering, internalServerError, type ValuesRequest } from "./backend.ts";

const START = 1_800_000_000;

function setUp(answer?: (request: ValuesRequest) => Response | undefined) {
  const time = new VirtualTime(START);
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  const fetch = answer === undefined ? sandbox.fetch : answering(sandbox.fetch, answer);
  const send = (values: Values, options: SendOptions = {}): Promise<SendReport> => {
    const { id } = account;
    const sent = sendResultsToGrafolean("http://sandbox/api/", bot.token, id, values, {
      fetch,
      ...options,
    });
    return time.until(sent, 3600);
  };
  const stored = () => sandbox.values(account).map(({ p, v }) => [p, v]);
  const requests = () => sandbox.requests.entries.filter(({ path }) => path.endsWith("/values"));
  /** The seconds that have passed. */
  const passed = () => Date.now() / 1000 - START;
  return {
    ...{ time, sandbox, account, bot, send, stored, requests, passed },
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

const many = (count: number) =>
  new Map(Array.from({ length: count }, (_, n) => [`many.${n}`, n] as const));

const holds = ({ values }: ValuesRequest, path: string) => values.some(({ p }) => p === path);

/** What is left of a report if nothing is wrong. */
const allSent = (sent: number): SendReport => ({ sent, refused: [], undelivered: [] });

Deno.test("sendResultsToGrafolean stores values, and lists those that cannot be sent", async () => {
  using it = setUp();
  const { sent, refused, undelivered } = await it.send({ "a.b": 1.5, "a b": 1, "c": NaN });
  assertEquals([sent, refused.map(({ p }) => p), undelivered], [1, ["a b", "c"], []]);
  assertEquals(it.stored(), [["a.b", 1.5]]);
});

Deno.test("sendResultsToGrafolean sends nothing when there is nothing to send", async () => {
  using it = setUp();
  assertEquals(await it.send({}), allSent(0));
  assertEquals((await it.send({ "a b": 1 })).refused.length, 1);
  assertEquals(it.sandbox.requests.count, 0);
});

Deno.test("sendResultsToGrafolean sends 50,000 values, those that cannot wait by POST, in requests of at most 500", async () => {
  using it = setUp();
  assertEquals(await it.send(many(50_000)), allSent(50_000));
  assertEquals(it.sandbox.countValues(it.account), 50_000);
  for (const { method, values } of it.requests()) {
    assert(values <= (method === "POST" ? 100 : 500), `${method} of ${values}`);
  }
});

Deno.test("sendResultsToGrafolean repeats by PUT, with the time of the call, what may have been stored", async () => {
  using it = setUp();
  it.sandbox.faults.add({ times: 1, drop: "after-body" });
  assertEquals(await it.send({ a: 1 }), allSent(1));
  assertEquals(it.requests().map(({ method }) => method), ["POST", "PUT"]);
  assertEquals(it.sandbox.values(it.account).map(({ t }) => Math.floor(t)), [START]);
});

Deno.test("sendResultsToGrafolean repeats nothing by POST, nor its halves", async () => {
  using it = setUp();
  it.sandbox.faults.add({ times: 12, status: 500, processed: true });
  assertEquals(await it.send(many(10)), allSent(10));
  const [first, ...others] = it.requests().map(({ method }) => method);
  assertEquals([first, new Set(others)], ["POST", new Set(["PUT"])]);
  // Once by the POST, and once by all the others.
  assertEquals(it.sandbox.countValues(it.account), 20);
});

Deno.test("sendResultsToGrafolean gives values the time of the call, or their own", async () => {
  using it = setUp();
  const own = [{ p: "b", v: 2, t: 1_500_000_000 }, { p: "b", v: 3, t: 1_500_000_001.25 }];
  await it.send([{ p: "a", v: 1 }, ...own], { time: 1_600_000_000.5 });
  assertEquals(it.sandbox.values(it.account).map(({ p, t, method }) => [p, t, method]), [
    ["b", 1_500_000_000, "PUT"],
    ["b", 1_500_000_001.25, "PUT"],
    ["a", 1_600_000_000.5, "PUT"],
  ]);
});

Deno.test("sendResultsToGrafolean lists the value that Grafolean refuses, and stores the others", async () => {
  for (const named of [true, false]) {
    const reason = `Input validation failed: ${
      named ? "Invalid PathInputValue format: many.7" : "no such thing"
    }`;
    using it = setUp((request) =>
      holds(request, "many.7") ? new Response(reason, { status: 400 }) : undefined
    );
    const { sent, refused, undelivered } = await it.send(many(250));
    assertEquals([sent, refused, undelivered], [249, [{ p: "many.7", v: 7, reason }], []]);
    assertEquals(it.stored().length, 249);
  }
});

Deno.test("sendResultsToGrafolean finds every value that is refused in a long list", async () => {
  const isBad = (n: number) => n % 20 === 3;
  using it = setUp(({ values }) =>
    values.some(({ v }) => isBad(Number(v)))
      ? new Response("Input validation failed: bad", { status: 400 })
      : undefined
  );
  const { sent, refused } = await it.send(many(1000));
  assertEquals(sent, 950);
  const bad = refused.map(({ p }) => Number(p.slice(5))).sort((a, b) => a - b);
  assertEquals(bad, Array.from({ length: 1000 }, (_, n) => n).filter(isBad));
});

Deno.test("sendResultsToGrafolean gives up a value on which Grafolean fails 5 s after the others were stored", async () => {
  using it = setUp((request) => holds(request, "many.7") ? internalServerError() : undefined);
  const { sent, refused, undelivered } = await it.send(many(20));
  assertEquals([sent, refused], [19, []]);
  assertEquals(undelivered.map(({ p, v }) => [p, v]), [["many.7", 7]]);
  assertStringIncludes(undelivered[0]!.reason, "fails with 500 on it");
  assert(it.passed() >= 5 && it.passed() < 10, `${it.passed()} s`);
});

Deno.test("sendResultsToGrafolean stores a value on which Grafolean failed for a moment", async () => {
  let isBad = true;
  using it = setUp((request) =>
    isBad && holds(request, "many.7") ? internalServerError() : undefined
  );
  setTimeout(() => isBad = false, 4000);
  assertEquals(await it.send(many(20)), allSent(20));
});

Deno.test("sendResultsToGrafolean waits for a slow answer", async () => {
  using it = setUp();
  it.sandbox.faults.add({ latency: 9 });
  assertEquals(await it.send({ a: 1 }), allSent(1));
  assertEquals(it.requests().length, 1);
});

Deno.test("sendResultsToGrafolean halves what a proxy finds too large", async () => {
  using it = setUp(({ values }) =>
    values.length > 10 ? new Response("<html>", { status: 413 }) : undefined
  );
  assertEquals(await it.send(many(100)), allSent(100));
});

Deno.test("sendResultsToGrafolean tries until the timeout, 60 s by default, and then throws what was wrong", async () => {
  for (const [timeout, seconds] of [[undefined, 60], [5, 5]] as const) {
    using it = setUp();
    it.sandbox.faults.add({ status: 503, body: "<html>down</html>" });
    const options = timeout === undefined ? {} : { timeout };
    const error = await assertRejects(() => it.send({ a: 1 }, options), GrafoleanError);
    assertEquals(error.status, 503);
    assert(Math.abs(it.passed() - seconds) < 0.2, `${it.passed()} s`);
    assert(it.requests().length > 1 && it.requests().length < 20, `${it.requests().length}`);
    assert(!Deno.inspect(error).includes(it.bot.token));
  }
});

Deno.test("sendResultsToGrafolean throws if there is no answer within the timeout", async () => {
  using it = setUp();
  it.sandbox.faults.add({ hang: true });
  const error = await assertRejects(() => it.send({ a: 1 }, { timeout: 5 }), GrafoleanError);
  assertStringIncludes(error.message, "did not answer within 5 s");
  assert(it.passed() < 5.2, `${it.passed()} s`);
});

Deno.test("sendResultsToGrafolean delivers once the backend is back", async () => {
  using it = setUp();
  const fault = it.sandbox.faults.add({ status: 503 });
  setTimeout(() => fault.remove(), 40_000);
  assertEquals(await it.send({ a: 1 }), allSent(1));
  assert(it.passed() < 46, `${it.passed()} s`);
});

Deno.test("sendResultsToGrafolean lists what it could not deliver, and why, if it has delivered something", async () => {
  let requests = 0;
  using it = setUp(() => requests++ >= 2 ? new Response("", { status: 503 }) : undefined);
  const { sent, refused, undelivered } = await it.send(many(500), { timeout: 5 });
  assertEquals([sent + undelivered.length, refused], [500, []]);
  assert(sent >= 100 && undelivered.length > 0);
  assert(undelivered.every(({ reason }) => reason.includes("503")), undelivered[0]!.reason);
});

Deno.test("sendResultsToGrafolean throws nothing if Grafolean has refused something", async () => {
  let requests = 0;
  using it = setUp((request) => {
    if (requests++ > 0) return new Response("", { status: 503 });
    const { p } = request.values[0]!;
    const reason = `Input validation failed: Invalid PathInputValue format: ${p}`;
    return new Response(reason, { status: 400 });
  });
  const { sent, refused, undelivered } = await it.send(many(2), { timeout: 5 });
  assertEquals([sent, refused.length, undelivered.length], [0, 1, 1]);
});

Deno.test("sendResultsToGrafolean blames no value for a backend that fails on everything", async () => {
  for (const count of [1, 10]) {
    using it = setUp();
    it.sandbox.faults.add({ status: 500 });
    await assertRejects(() => it.send(many(count)), GrafoleanError, "answered 500");
    assert(it.passed() > 59, `${it.passed()} s`);
  }
});

Deno.test("sendResultsToGrafolean loses nothing to a backend that fails at random", async () => {
  const random = randomOf(1);
  using it = setUp(() => random() < 0.3 ? internalServerError() : undefined);
  assertEquals(await it.send(many(3000)), allSent(3000));
});

Deno.test("sendResultsToGrafolean refuses nothing on a 400 that is not of Grafolean", async () => {
  let isWrong = true;
  using it = setUp(() => isWrong ? new Response("Please use HTTPS!", { status: 400 }) : undefined);
  setTimeout(() => isWrong = false, 20_000);
  assertEquals(await it.send(many(300)), allSent(300));
});

Deno.test("sendResultsToGrafolean throws at once what is not allowed, and what to grant", async () => {
  using it = setUp();
  it.sandbox.revoke(it.bot);
  const error = await assertRejects(() => it.send({ a: 1 }), GrafoleanError);
  assertEquals(error.status, 403);
  assertStringIncludes(error.message, `accounts/${it.account.id}/values`);
  assert(it.passed() < 1 && it.requests().length <= 2);
});

Deno.test("sendResultsToGrafolean sends by PUT where POST is forbidden", async () => {
  using it = setUp();
  const prefix = `accounts/${it.account.id}/values`;
  it.sandbox.revoke(it.bot);
  it.sandbox.grant(it.bot, [{ prefix, methods: ["PUT"] }]);
  assertEquals(await it.send(many(150)), allSent(150));
});

Deno.test("sendResultsToGrafolean throws at once where another server answers", async () => {
  using it = setUp();
  it.sandbox.faults.add({ status: 200, body: "<html>Please log in</html>" });
  await assertRejects(() => it.send({ a: 1 }), GrafoleanError);
  assert(it.passed() < 1);
});

Deno.test("sendResultsToGrafolean obeys Retry-After, but not beyond its timeout", async () => {
  {
    using it = setUp();
    it.sandbox.faults.add({ times: 1, status: 503, headers: { "retry-after": "20" } });
    assertEquals(await it.send({ a: 1 }), allSent(1));
    assert(it.passed() >= 20 && it.passed() < 25, `${it.passed()} s`);
  }
  using it = setUp();
  it.sandbox.faults.add({ status: 503, headers: { "retry-after": "3600" } });
  await assertRejects(() => it.send({ a: 1 }), GrafoleanError, "answered 503");
  assertEquals(it.requests().length, 1);
});

Deno.test("sendResultsToGrafolean waits for an answer as long as requestTimeout says", async () => {
  using it = setUp();
  it.sandbox.faults.add({ times: 1, hang: true });
  assertEquals(await it.send({ a: 1 }, { requestTimeout: 2 }), allSent(1));
  assert(it.passed() >= 2 && it.passed() < 5, `${it.passed()} s`);
});

Deno.test("sendResultsToGrafolean ends when its signal aborts, with its reason, and leaves nothing behind", async () => {
  for (const fault of [{ hang: true }, { status: 503 }]) {
    using it = setUp();
    it.sandbox.faults.add(fault);
    const reason = new Error("enough");
    const aborting = new AbortController();
    const { signal } = aborting;
    setTimeout(() => aborting.abort(reason), 5000);
    assertEquals(await assertRejects(() => it.send({ a: 1 }, { signal })), reason);
    assert(it.passed() < 5.2, `${it.passed()} s`);
    const early = new AbortController();
    const sending = it.send({ a: 1 }, { signal: early.signal });
    early.abort(reason);
    assertEquals(await assertRejects(() => sending), reason);
    assert(it.passed() < 5.4, `${it.passed()} s`);
    const requests = it.sandbox.requests.count;
    await it.time.pass(60);
    assertEquals(it.sandbox.requests.count, requests);
    assertEquals(await assertRejects(() => it.send({ a: 1 }, { signal })), reason);
    assertEquals(it.sandbox.requests.count, requests);
  }
});

Deno.test("sendResultsToGrafolean refuses an account or a URL that cannot be, without showing the token", async () => {
  using it = setUp();
  const { token } = it.bot;
  for (
    const [url, botToken, account, what] of [
      ["http://x/api", token, 0, "account"],
      ["http://x/api", token, 1.5, "account"],
      ["ftp://x/api", token, 1, "ftp:"],
      ["http://x/api?b=1", token, 1, "query"],
      ["http://x/api", " \n", 1, "empty"],
    ] as const
  ) {
    const error = await assertRejects(
      () => sendResultsToGrafolean(url, botToken, account, {}),
      TypeError,
      what,
    );
    assert(!Deno.inspect(error).includes(token));
  }
  await assertRejects(() => it.send(5 as never), TypeError);
});

Deno.test("sendResultsToGrafolean refuses options that it could do nothing with", async () => {
  using it = setUp();
  for (
    const [options, what] of [
      [{ time: Date.now() }, "seconds"],
      [{ time: NaN }, "seconds"],
      [{ time: -1 }, "seconds"],
      [{ timeout: 0 }, "timeout 0: expected seconds above 0"],
      [{ timeout: NaN }, "timeout"],
      [{ timeout: Infinity }, "timeout"],
      [{ requestTimeout: NaN }, "requestTimeout NaN: expected seconds above 0"],
      [{ requestTimeout: 0 }, "requestTimeout"],
      [{ requestTimeout: -1 }, "requestTimeout"],
      [{ requestTimeout: 10_000_000 }, "requestTimeout"],
    ] as const
  ) {
    await assertRejects(() => it.send({ a: 1 }, options), RangeError, what);
  }
  assertEquals(it.sandbox.requests.count, 0);
});

Deno.test("sendResultsToGrafolean drops nothing of a list that is longer than an outbox takes", async () => {
  using it = setUp();
  const values = many(2000);
  const long = new Map([...values].map(([p, v]) => [`${"x".repeat(180)}.${p}`, v]));
  assertEquals(await it.send(long), allSent(2000));
});
