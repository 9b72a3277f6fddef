import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BotToken } from "../../src/grafolean/bot_token.ts";
import { settle } from "../virtual_time.ts";
import { answering, internalServerError } from "./backend.ts";
import { asIs, points, setUp, START } from "./outbox_kit.ts";

Deno.test("Outbox delivers what it accepts, and knows where every value is", async () => {
  await using it = setUp();
  const persisted = it.outbox.accept(it.account.id, points(2));
  assertEquals(it.outbox.stats(), {
    ...{ handedOver: 2, sent: 0, refused: 0, dropped: 0, waiting: 2, quarantined: 0 },
    ...{ oldestAge: 0, durable: false, place: "memory" },
  });
  await persisted;
  await it.until(() => it.waiting() === 0);
  assertEquals(it.stored(), ["p0=0", "p1=1"]);
  assertEquals(it.outbox.stats(), {
    ...{ handedOver: 2, sent: 2, refused: 0, dropped: 0, waiting: 0, quarantined: 0 },
    ...{ oldestAge: null, durable: false, place: "memory" },
  });
  await it.outbox.accept(it.account.id, []);
  assertEquals(it.outbox.stats().handedOver, 2);
});

Deno.test("Outbox sends values of many jobs together while a request is in progress", async () => {
  await using it = setUp({ sandboxOptions: { cost: { perRequest: 0.2 } } });
  for (let n = 0; n < 20; n++) {
    await it.outbox.accept(it.account.id, points(5, `job${n}.`));
    await it.time.pass(0.01, 10);
  }
  await it.until(() => it.waiting() === 0);
  assertEquals(it.requests().map(({ values }) => values), [5, 95]);
});

Deno.test("Outbox never has two requests of one account in progress, and does not let accounts wait for each other", async () => {
  await using it = setUp({ sandboxOptions: { cost: { perRequest: 0.2 }, workers: 8 } });
  it.sandbox.faults.add({ when: ({ accountId }) => accountId === it.other.id, hang: true });
  await it.outbox.accept(it.other.id, points(1));
  for (let n = 0; n < 50; n++) {
    await it.outbox.accept(it.account.id, points(3, `a${n}.`));
    await it.time.pass(0.05);
  }
  await it.until(() => it.waiting() === 1);
  assertEquals(it.sandbox.requests.maxConcurrent, 2);
  assertEquals(it.stored().length, 150);
});

Deno.test("Outbox says nothing of a database that was restarted", async () => {
  await using it = setUp();
  it.sandbox.faults.add({ times: 1, status: 500, body: "Could not validate access" });
  await it.outbox.accept(it.account.id, points(3));
  await it.time.pass(0.1);
  assertEquals([it.waiting(), it.logged()], [0, []]);
  assertEquals(it.requests().map(({ method, status }) => [method, status]), [
    ["POST", 500],
    ["PUT", 204],
  ]);
});

Deno.test("Outbox names the pause that Grafolean asks for, and keeps it though it is reachable", async () => {
  await using it = setUp();
  it.sandbox.faults.add({ times: 1, status: 503, headers: { "retry-after": "30" } });
  await it.outbox.accept(it.account.id, points(3));
  await it.time.pass(5);
  assertStringIncludes(it.logged()[0]!, "it asks to wait for 30 s");
  await it.client.get("/profile", asIs);
  await it.outbox.accept(it.account.id, points(3, "new"));
  await it.time.pass(24);
  assertEquals(it.requests().length, 1);
  await it.until(() => it.waiting() === 0, 2);
});

Deno.test("Outbox sends at once when a read has succeeded", async () => {
  await using it = setUp();
  // Not even the probe comes through.
  const fault = it.sandbox.faults.add({ status: 503 });
  await it.outbox.accept(it.account.id, points(3));
  await it.outbox.accept(it.other.id, points(3));
  await it.time.pass(120);
  // An account that has failed within the last second is not woken.
  await it.until(() => it.requests().at(-1)!.at < Date.now() / 1000 - 1.1);
  fault.remove();
  const before = it.requests().length;
  await it.client.get("/profile", asIs);
  await settle();
  await settle();
  assertEquals([it.waiting(), it.requests().length], [0, before + 2]);
});

Deno.test("Outbox is back within seconds when the probe succeeds, for all accounts", async () => {
  await using it = setUp();
  const accounts = Array.from({ length: 100 }, () => it.sandbox.addAccount());
  const fault = it.sandbox.faults.add({ status: 503 });
  for (const { id } of accounts) await it.outbox.accept(id, points(2));
  await it.time.pass(300);
  const outage = it.requests().length;
  assert(outage < 3000, `${outage} requests`);
  fault.remove();
  await it.until(() => it.waiting() === 0, 5);
  assertEquals(it.requests().length - outage, 100);
});

Deno.test("Outbox names the permission that is missing once, and goes on by POST", async () => {
  await using it = setUp();
  const { bot, sandbox, account } = it;
  const prefix = `accounts/${account.id}/values`;
  sandbox.revoke(bot);
  sandbox.grant(bot, [{ prefix, methods: ["POST"] }]);
  sandbox.faults.add({ times: 1, status: 503 });
  await it.outbox.accept(account.id, points(1, "old"));
  await it.time.pass(10);
  const errors = () => it.logged().filter((line) => line.startsWith("error"));
  assertEquals(errors().length, 1);
  assertStringIncludes(errors()[0]!, `PUT ${prefix}`);
  assertStringIncludes(errors()[0]!, "that had to wait");
  assertEquals(it.problems.open().map(({ kind }) => kind), ["missing permissions"]);
  for (let n = 0; n < 10; n++) {
    await it.outbox.accept(account.id, points(1, "new"));
    await it.time.pass(10);
  }
  assertEquals([it.stored().length, it.waiting(), errors().length], [10, 1, 1]);
  sandbox.grant(bot, [{ prefix, methods: ["PUT"] }]);
  await it.until(() => it.waiting() === 0, 61);
  assertEquals(it.problems.open(), []);
});

Deno.test("Outbox sends all by PUT where POST is forbidden, and names that once", async () => {
  await using it = setUp();
  const { bot, sandbox, account } = it;
  const prefix = `accounts/${account.id}/values`;
  sandbox.revoke(bot);
  sandbox.grant(bot, [{ prefix, methods: ["PUT"] }]);
  for (let n = 0; n < 100; n++) {
    await it.outbox.accept(account.id, points(1));
    await it.time.pass(2);
  }
  assertEquals(it.stored().length, 100);
  assertEquals(it.logged().length, 1);
  assertStringIncludes(it.logged()[0]!, `warn Sending all values of account ${account.id} by PUT`);
  sandbox.grant(bot, [{ prefix, methods: ["POST"] }]);
  await it.time.pass(60);
  await it.outbox.accept(account.id, points(1));
  await it.time.pass(1);
  assertEquals(it.problems.open(), []);
});

Deno.test("Outbox reads the token again when it is refused, and sends at once with a new one", async () => {
  const source = { token: "" };
  await using it = setUp({
    token: new BotToken(
      "5f0c7a52-0000-4000-8000-000000000000",
      () => Promise.resolve(source.token),
    ),
  });
  for (const { id } of [it.account, it.other]) await it.outbox.accept(id, points(1));
  // By now it rarely tries.
  await it.time.pass(200);
  source.token = `${it.bot.token}\n`;
  const hasToken = () => it.logged().includes("info Retrying with a new bot token");
  await it.until(hasToken, 61);
  await it.until(() => it.waiting() === 0, 2);
  const lines = it.logged();
  assert(!lines.join().includes(it.bot.token));
  assertEquals(it.problems.open(), []);
});

Deno.test("Outbox does not hammer a backend that refuses the only token there is", async () => {
  const unknown = "5f0c7a52-0000-4000-8000-000000000000";
  let rereads = 0;
  await using it = setUp({
    token: new BotToken(unknown, () => (rereads++, Promise.resolve(unknown))),
  });
  await it.outbox.accept(it.account.id, points(1));
  await it.time.pass(600);
  assertEquals(rereads, it.requests().length);
  assert(rereads < 60, `${rereads} requests`);
  const errors = it.logged().filter((line) => line.startsWith("error"));
  assertEquals(errors.length, 1);
});

Deno.test("Outbox gives values the time at which they were accepted", async () => {
  await using it = setUp();
  const fault = it.sandbox.faults.add({ status: 503 });
  await it.outbox.accept(it.account.id, points(1, "a"));
  await it.time.pass(60);
  await it.outbox.accept(it.account.id, points(1, "b"));
  it.time.sleep(-3600); // The clock is set back.
  await it.outbox.accept(it.account.id, points(1, "c"));
  fault.remove();
  await it.until(() => it.waiting() === 0);
  const times = Object.fromEntries(
    it.sandbox.values(it.account).map(({ p, t }) => [p, Math.floor(t * 1000) / 1000]),
  );
  assertEquals(times, { a0: START, b0: START + 60, c0: START + 60 - 3600 });
});

Deno.test("Outbox sends values with their own time by PUT, and others of the same call by POST", async () => {
  await using it = setUp();
  await it.outbox.accept(it.account.id, [
    { p: "a", v: 1 },
    { p: "a", v: 2, t: 1_700_000_000.000123 },
    { p: "b", v: 3, t: 1_700_000_000 },
  ]);
  await it.until(() => it.waiting() === 0);
  const stored = it.sandbox.values(it.account).map(({ p, v, t, method }) =>
    `${method} ${p}=${v} at ${method === "PUT" ? t : "now"}`
  );
  assertEquals(stored.sort(), [
    "POST a=1 at now",
    "PUT a=2 at 1700000000.000123",
    "PUT b=3 at 1700000000",
  ]);
});

Deno.test("Outbox reports a path in quarantine after 10 s, and its end, and counts its values", async () => {
  let isBad = true;
  const fetch = (fetch: typeof globalThis.fetch) =>
    answering(
      fetch,
      ({ values }) =>
        isBad && values.some(({ p }) => p === "p3") ? internalServerError() : undefined,
    );
  await using it = setUp({ fetch });
  const run = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      await it.outbox.accept(it.account.id, points(5));
      await it.time.pass(1);
    }
  };
  await run(9);
  assertEquals(it.logged(), []);
  assert(it.outbox.stats().quarantined >= 7);
  await run(10);
  assertEquals(it.logged().length, 1);
  assertStringIncludes(it.logged()[0]!, `Grafolean fails on values of account`);
  assertStringIncludes(it.logged()[0]!, `"p3"`);
  assertEquals(it.outbox.stats().quarantined, it.waiting());
  await run(60);
  assertEquals(it.logged().length, 1);
  assertEquals(it.problems.open().map(({ kind }) => kind), ["paths in quarantine"]);
  isBad = false;
  await run(30);
  assertEquals([it.waiting(), it.outbox.stats().quarantined], [0, 0]);
  assertEquals(it.problems.open(), []);
  assertEquals(it.logged().length, 2);
});

Deno.test("Outbox logs each value that Grafolean refuses, and why, and counts it", async () => {
  const reason = "Input validation failed: Invalid PathInputValue format: p3";
  const fetch = (fetch: typeof globalThis.fetch) =>
    answering(
      fetch,
      ({ values }) =>
        values.some(({ p }) => p === "p3") ? new Response(reason, { status: 400 }) : undefined,
    );
  const refused: unknown[] = [];
  await using it = setUp({
    fetch,
    onRefused: ({ p, v }, reason) => refused.push([p, v, reason]),
  });
  await it.outbox.accept(it.account.id, points(5));
  await it.until(() => it.waiting() === 0);
  assertEquals(it.logged(), [
    `warn Value 3 at "p3" of account ${it.account.id} was refused by Grafolean: ${reason}`,
  ]);
  assertEquals(refused, [["p3", 3, reason]]);
  const { sent, refused: count } = it.outbox.stats();
  assertEquals([sent, count], [4, 1]);
});

Deno.test("Outbox loses nothing of an account that fails while others are fine", async () => {
  await using it = setUp();
  const fault = it.sandbox.faults.add({
    when: ({ accountId }) => accountId === it.account.id,
    status: 500,
  });
  await it.outbox.accept(it.account.id, points(5));
  for (let n = 0; n < 100; n++) {
    await it.outbox.accept(it.other.id, points(1, `n${n}.`));
    await it.time.pass(1);
  }
  const { sent, refused, waiting } = it.outbox.stats();
  assertEquals([sent, refused, waiting], [100, 0, 5]);
  fault.remove();
  await it.until(() => it.stored().length === 5, 10);
});

Deno.test("Outbox sends four requests at once of accounts that have failed, and sixteen of others", async () => {
  let inProgress = 0;
  let most = 0;
  let status = 503;
  const fetch = (fetch: typeof globalThis.fetch) =>
    answering(fetch, async () => {
      most = Math.max(most, ++inProgress);
      await new Promise((resolve) => setTimeout(resolve, 500));
      inProgress--;
      return new Response(null, { status });
    });
  await using it = setUp({ fetch });
  const accounts = Array.from({ length: 30 }, (_, n) => n + 1);
  for (const id of accounts) await it.outbox.accept(id, points(1));
  await it.time.pass(0.4);
  assertEquals(most, 16);
  await it.time.pass(5);
  most = 0;
  for (let n = 0; n < 10; n++) {
    await it.client.get("/profile", asIs);
    await it.time.pass(2);
  }
  assertEquals(most, 4);
  status = 204;
  await it.until(() => it.waiting() === 0);
  assertEquals(most, 4);
});

Deno.test("Outbox sends at once what was refused with a token that was replaced meanwhile", async () => {
  const old = "00000000-0000-4000-8000-000000000000";
  const source = { token: old };
  const token = new BotToken(old, () => Promise.resolve(source.token));
  const held: (() => void)[] = [];
  let holds = false;
  await using it = setUp({
    token,
    fetch: (fetch) => async (input, init) => {
      const answer = await fetch(input, init);
      if (holds) await new Promise<void>((resolve) => held.push(resolve));
      return answer;
    },
  });
  void it.outbox.accept(it.account.id, points(1));
  await it.time.pass(300);
  holds = true;
  await it.until(() => held.length === 1, 90);
  holds = false;
  source.token = it.bot.token;
  await token.reread();
  held[0]!();
  await it.until(() => it.waiting() === 0, 5);
});

Deno.test("Outbox ends the problems of an account once nothing of it waits, though it was dropped", async () => {
  await using it = setUp({
    bounds: { age: 60 },
    fetch: (fetch) =>
      answering(
        fetch,
        ({ values, accountId }) =>
          accountId === it.other.id || values.some(({ p }) => p === "bad")
            ? internalServerError()
            : undefined,
      ),
  });
  const open = () => it.problems.open(9).map(({ key }) => key);
  void it.outbox.accept(it.other.id, points(1));
  void it.outbox.accept(it.account.id, [{ p: "bad", v: 1 }, { p: "good", v: 1 }]);
  await it.time.pass(30);
  assertEquals(open(), ["delivery", "quarantine"]);
  for (let n = 0; n < 100; n++) {
    void it.outbox.accept(it.account.id, [{ p: "good", v: n }]);
    await it.time.pass(1);
  }
  assertEquals(it.waiting(), 0);
  assertEquals(open(), ["dropped values"]);
});

Deno.test("Outbox is soon back for an account that failed once beside others whose requests hang", async () => {
  let fails = false;
  const fetch = (fetch: typeof globalThis.fetch) =>
    answering(fetch, ({ accountId }) => {
      if (accountId > 1) return new Promise(() => {});
      const status = fails ? 502 : 204;
      fails = false;
      return new Response(null, { status });
    });
  await using it = setUp({ fetch });
  const send = async () => {
    for (let id = 1; id <= 31; id++) void it.outbox.accept(id, points(1));
    await it.time.pass(1);
  };
  for (let seconds = 0; seconds < 60; seconds++) await send();
  await it.until(() => it.outbox.stats().sent === 60, 2);
  fails = true;
  await send();
  await it.until(() => it.outbox.stats().sent === 61, 2);
  assertEquals(fails, false);
});

Deno.test("Outbox logs an outage once, with what to look for, and its end once", async () => {
  await using it = setUp();
  const fault = it.sandbox.faults.add({ status: 503 });
  await it.outbox.accept(it.account.id, points(3));
  await it.time.pass(60);
  await it.outbox.accept(it.account.id, points(3));
  await it.time.pass(60);
  const [line, ...more] = it.logged();
  assertEquals(more, []);
  assertStringIncludes(line!, `warn Cannot deliver values of account ${it.account.id}: `);
  assertStringIncludes(line!, "503");
  assertEquals(it.problems.open().map(({ kind }) => kind), ["accounts without delivery"]);
  fault.remove();
  await it.until(() => it.waiting() === 0, 5);
  assertEquals(it.logged().length, 2);
  assertStringIncludes(it.logged()[1]!, "info Resolved after");
  assertEquals(it.problems.open(), []);
});

Deno.test("Outbox keeps a page of a proxy from counting as delivered", async () => {
  await using it = setUp();
  const fault = it.sandbox.faults.add({ status: 200, body: "<html>Please log in</html>" });
  await it.outbox.accept(it.account.id, points(1));
  await it.time.pass(600);
  assertEquals(it.outbox.stats().sent, 0);
  assertEquals(it.logged().map((line) => line.slice(0, 5)), ["error"]);
  fault.remove();
  await it.until(() => it.outbox.stats().sent === 1, 5);
});

Deno.test("Outbox sends within seconds with a new token that one of its own requests has found, however long it has failed", async () => {
  const source = { token: "00000000-0000-4000-8000-000000000000" };
  await using it = setUp({
    token: new BotToken(source.token, () => Promise.resolve(source.token)),
  });
  void it.outbox.accept(it.account.id, points(1));
  void it.outbox.accept(it.other.id, points(1));
  await it.time.pass(300);
  source.token = it.bot.token;
  const isNew = () => it.logged().includes("info Retrying with a new bot token");
  await it.until(isNew, 90);
  await it.until(() => it.waiting() === 0, 5);
});
