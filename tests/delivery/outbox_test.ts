import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { Outbox, type OutboxOptions } from "../../src/delivery/outbox.ts";
import { MemoryStore } from "../../src/delivery/store/memory_store.ts";
import type { StoredValue } from "../../src/delivery/store/outbox_store.ts";
import { BotToken } from "../../src/grafolean/bot_token.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";
import { until } from "../until.ts";

function setUp(options: Partial<OutboxOptions> = {}, sandboxOptions: SandboxOptions = {}) {
  const sandbox = new Sandbox(sandboxOptions);
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  const lines: LogRecord[] = [];
  const make = (
    token: BotToken | string = bot.token,
    store = new MemoryStore(),
    fetch = sandbox.fetch,
  ) =>
    new Outbox({
      client: new GrafoleanClient("http://sandbox/api", token, {
        fetch,
        // Longer than until() waits, so that no timeout ends what a test waits for.
        timeoutMs: 600_000,
      }),
      store,
      log: createLogger((record) => void lines.push(record)),
      backoff: { minMs: 5, maxMs: 20 },
      slowMs: 30,
      ...options,
    });
  const stored = () => sandbox.values(account).map(({ p, v }) => `${p}=${v}`);
  const said = (level: string) => lines.filter((line) => line.level === level);
  return { sandbox, account, bot, make, stored, said, lines };
}

const points = (count: number, prefix = "p") =>
  Array.from({ length: count }, (_, n) => ({ p: `${prefix}${n}`, v: n }));

Deno.test("Outbox delivers what it takes over", async () => {
  const { make, account, stored } = setUp();
  await using outbox = make();
  await outbox.accept(account.id, points(2));
  await until(() => outbox.stats().sent === 2);
  assertEquals(stored(), ["p0=0", "p1=1"]);
  assertEquals(outbox.stats(), {
    sent: 2,
    refused: 0,
    dropped: 0,
    waiting: 0,
    waitingBytes: 0,
    place: "memory",
  });
});

Deno.test("Outbox lets values of different jobs travel together while a request is under way", async () => {
  const { make, account, sandbox, bot } = setUp();
  const gate = Promise.withResolvers<void>();
  let requests = 0;
  await using outbox = make(bot.token, new MemoryStore(), async (input, init) => {
    requests++;
    await gate.promise;
    return await sandbox.fetch(input, init);
  });
  await outbox.accept(account.id, points(5, "job0."));
  await until(() => requests === 1);
  for (let n = 1; n < 20; n++) await outbox.accept(account.id, points(5, `job${n}.`));
  gate.resolve();
  await until(() => outbox.stats().sent === 100);
  assertEquals(requests, 2);
});

Deno.test("Outbox does not let one account wait for another", async () => {
  const { make, sandbox, account, stored } = setUp();
  const other = sandbox.addAccount();
  sandbox.faults.add({ when: ({ accountId }) => accountId === other.id, hang: true });
  const bot = sandbox.addBot({ protocol: "ping", permissions: "all" });
  await using outbox = make(bot.token);
  await outbox.accept(other.id, points(1));
  await outbox.accept(account.id, points(1));
  await until(() => stored().length === 1);
  assertEquals(outbox.stats().waiting, 1);
});

Deno.test("Outbox never has two requests for one account under way", async () => {
  const { make, sandbox, account } = setUp({}, { cost: { perRequest: 0.005 }, workers: 8 });
  await using outbox = make();
  for (let n = 0; n < 50; n++) {
    await outbox.accept(account.id, points(3, `a${n}.`));
    await delay(1);
  }
  await until(() => outbox.stats().waiting === 0);
  assertEquals(sandbox.requests.maxConcurrent, 1);
});

Deno.test("Outbox says once that the backend is away and once that it is back", async () => {
  const { make, sandbox, account, said } = setUp();
  const fault = sandbox.faults.add({ status: 503 });
  await using outbox = make();
  await outbox.accept(account.id, points(3));
  await until(() => fault.hits > 4);
  fault.remove();
  await until(() => outbox.stats().waiting === 0);
  assertEquals(said("warn").length, 1);
  assertStringIncludes(said("warn")[0]!.message, "answered 503");
  assertStringIncludes(said("warn")[0]!.message, "3 waiting in memory");
  assertEquals(said("info").length, 1);
  assertStringIncludes(said("info")[0]!.message, "Delivering values");
});

Deno.test("Outbox says what to grant when PUT is forbidden, and goes on with POST", async () => {
  const { make, sandbox, account, bot, said, stored } = setUp();
  sandbox.revoke(bot);
  sandbox.grant(bot, [{ prefix: `accounts/${account.id}/values`, methods: ["POST"] }]);
  sandbox.faults.add({ times: 1, status: 503 });
  await using outbox = make();
  await outbox.accept(account.id, points(1, "old"));
  await until(() => said("error").length > 0);
  assertStringIncludes(said("error")[0]!.message, `PUT accounts/${account.id}/values`);
  await outbox.accept(account.id, points(1, "new"));
  await until(() => stored().length === 1);
  await delay(100);
  assertEquals(said("error").length, 1);
  sandbox.grant(bot, [{ prefix: `accounts/${account.id}/values`, methods: ["PUT"] }]);
  await until(() => outbox.stats().waiting === 0);
});

Deno.test("Outbox reads the token again when it is refused", async () => {
  const { make, sandbox, account, stored, lines } = setUp({ slowMs: 60_000 });
  const replaced = sandbox.addBot({ protocol: "ping", account });
  const token = new BotToken(
    "5f0c7a52-0000-4000-8000-000000000000",
    () => Promise.resolve(`${replaced.token}\n`),
  );
  await using outbox = make(token);
  await outbox.accept(account.id, points(1));
  await until(() => stored().length === 1);
  assert(lines.some(({ message }) => message.includes("new bot token")));
});

Deno.test("Outbox drops the oldest when too much waits, says so once, and counts", async () => {
  const { make, sandbox, account, said, stored } = setUp({ bounds: { values: 10 } });
  const fault = sandbox.faults.add({ status: 502 });
  await using outbox = make();
  for (let n = 0; n < 8; n++) await outbox.accept(account.id, points(5, `job${n}.`));
  assertEquals(outbox.stats().waiting, 10);
  assertEquals(outbox.stats().dropped, 30);
  assertEquals(said("error").length, 1);
  fault.remove();
  await until(() => outbox.stats().waiting === 0);
  assertEquals(outbox.stats().sent, 10);
  assertEquals(
    stored(),
    [...points(5, "job6."), ...points(5, "job7.")].map(({ p, v }) => `${p}=${v}`),
  );
});

Deno.test("Outbox gives values the time at which they were handed over", async () => {
  let now = 1_795_000_000_000;
  const { make, sandbox, account } = setUp({ now: () => now });
  const fault = sandbox.faults.add({ status: 503 });
  await using outbox = make();
  await outbox.accept(account.id, points(1, "a"));
  now += 60_000;
  await outbox.accept(account.id, points(1, "b"));
  now -= 3_600_000; // The clock was set back.
  await outbox.accept(account.id, points(1, "c"));
  fault.remove();
  await until(() => outbox.stats().waiting === 0);
  const times = Object.fromEntries(
    sandbox.values(account).map(({ p, t }) => [p, Math.floor(t * 1000) / 1000]),
  );
  assertEquals(times["a0"], 1_795_000_000);
  assertEquals(times["b0"], 1_795_000_060);
});

Deno.test("Outbox delivers what the store held before", async () => {
  const { make, account, stored, bot } = setUp();
  const store = new MemoryStore();
  store.append([{ id: 7, accountId: account.id, p: "old", v: 1, t: 1795452484000000 }]);
  await using outbox = make(bot.token, store);
  await outbox.accept(account.id, points(1));
  await until(() => outbox.stats().waiting === 0);
  assertEquals(stored(), ["old=1", "p0=0"]);
});

Deno.test("Outbox flushes what waits, without waiting for its next try", async () => {
  const { make, sandbox, account } = setUp({
    backoff: { minMs: 3_600_000, maxMs: 3_600_000, random: () => 1 },
  });
  sandbox.faults.add({ times: 1, status: 503 });
  await using outbox = make();
  await outbox.accept(account.id, points(5));
  await until(() => sandbox.requests.count === 1);
  assertEquals(await outbox.flush(60_000), 0);
});

Deno.test("Outbox tells how much it could not flush in time", async () => {
  const { make, sandbox, account } = setUp();
  sandbox.faults.add({ status: 503 });
  const outbox = make();
  await outbox.accept(account.id, points(5));
  assertEquals(await outbox.flush(60), 5);
  await outbox[Symbol.asyncDispose]();
  await assertRejects(() => outbox.accept(account.id, points(1)), Error, "has stopped");
});

Deno.test("Outbox ends at once even while a request hangs", async () => {
  const { make, sandbox, account } = setUp();
  sandbox.faults.add({ hang: true });
  const outbox = make();
  await outbox.accept(account.id, points(5));
  await until(() => sandbox.requests.count === 1);
  await outbox[Symbol.asyncDispose]();
});

Deno.test("Outbox keeps a wrong answer of a proxy from counting as delivered", async () => {
  const { make, sandbox, account, said } = setUp();
  const fault = sandbox.faults.add({ status: 200, body: "<html>Please log in</html>" });
  await using outbox = make();
  await outbox.accept(account.id, points(1));
  await until(() => said("error").length === 1);
  assertEquals(outbox.stats().sent, 0);
  fault.remove();
  await until(() => outbox.stats().sent === 1);
});

Deno.test("Outbox leaves nothing behind when it ends right after it was handed something", async () => {
  class Closed extends MemoryStore {
    closed = false;
    override append(values: readonly StoredValue[]): void {
      assert(!this.closed, "the store is closed");
      super.append(values);
    }
    override [Symbol.dispose](): void {
      this.closed = true;
    }
  }
  const { make, account, bot } = setUp();
  const store = new Closed();
  const outbox = make(bot.token, store);
  const kept = outbox.accept(account.id, points(2500));
  await outbox[Symbol.asyncDispose]();
  await kept;
  assertEquals(store.size().values, 2500);
  await delay(10);
});

Deno.test("Outbox loses nothing of an account that fails while others are fine", async () => {
  const { make, sandbox, account, stored, said } = setUp({
    backoff: { minMs: 1, maxMs: 2, random: () => 1 },
  });
  const other = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", permissions: "all" });
  const fault = sandbox.faults.add({
    when: ({ accountId }) => accountId === account.id,
    status: 500,
    body: "Internal Server Error",
  });
  await using outbox = make(bot.token);
  await outbox.accept(account.id, points(5));
  for (let n = 0; n < 100; n++) {
    await outbox.accept(other.id, points(1, `n${n}.`));
    await delay(2);
  }
  await until(() => outbox.stats().sent === 100 && fault.hits > 20);
  assertEquals(outbox.stats().refused, 0);
  assertEquals(outbox.stats().waiting, 5);
  fault.remove();
  await until(() => stored().length === 5);
  assertEquals(said("error"), []);
});

Deno.test("Outbox comes back to what a store did not give out, though another account is never done", async () => {
  class Unreadable extends MemoryStore {
    override missedSome = false;
    broken = true;
    override read(accountId: number, afterId: number, limit: number) {
      this.missedSome = this.broken;
      return this.broken ? [] : super.read(accountId, afterId, limit);
    }
  }
  const { make, sandbox, account, stored } = setUp({ rescanMs: 20 });
  const other = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", permissions: "all" });
  sandbox.faults.add({ when: ({ accountId }) => accountId === other.id, status: 503 });
  const store = new Unreadable();
  store.append([{ id: 7, accountId: account.id, p: "old", v: 1, t: 1795452484000000 }]);
  await using outbox = make(bot.token, store);
  await outbox.accept(other.id, points(1));
  await outbox.accept(account.id, points(1));
  await until(() => stored().length === 1);
  store.broken = false;
  await until(() => stored().length === 2);
});

Deno.test("Outbox keeps values apart that have the same time because the clock was set back", async () => {
  let now = 1_795_000_000_000;
  const { make, sandbox, account } = setUp({ now: () => now, delivery: "put" });
  await using outbox = make();
  for (let n = 0; n < 20; n++) {
    await outbox.accept(account.id, [{ p: "a", v: n }]);
    now += 3_600_000;
    await outbox.accept(account.id, [{ p: "b", v: n }]);
    now -= 3_600_000;
  }
  await until(() => outbox.stats().waiting === 0);
  // It is left to chance, with one in a thousand for two values of the same millisecond.
  assert(sandbox.values(account).length > 35);
});

Deno.test("Outbox does not hammer a backend that refuses the only token there is", async () => {
  const { make, sandbox, account } = setUp({ slowMs: 60_000 });
  const unknown = "5f0c7a52-0000-4000-8000-000000000000";
  let reread = 0;
  await using outbox = make(new BotToken(unknown, () => (reread++, Promise.resolve(unknown))));
  await outbox.accept(account.id, points(1));
  await until(() => reread > 0);
  await delay(30);
  assertEquals([reread, sandbox.requests.count], [1, 1]);
});

Deno.test("Outbox does not wait for a backend that is away when what waits is safe in a file", async () => {
  class Durable extends MemoryStore {
    override durable = true;
  }
  const { make, sandbox, account, bot } = setUp({ backoff: { minMs: 60_000, random: () => 1 } });
  const fault = sandbox.faults.add({ status: 503 });
  await using outbox = make(bot.token, new Durable());
  await outbox.accept(account.id, points(1));
  await until(() => fault.hits === 1);
  const before = performance.now();
  assertEquals(await outbox.flush(60_000), 1);
  assert(performance.now() - before < 30_000, "it waited though nothing can be lost");
  assertEquals(fault.hits, 2, "it was tried once more");
});

Deno.test("Outbox goes on trying to the end when what waits would be lost", async () => {
  const { make, sandbox, account } = setUp({ backoff: { minMs: 60_000, random: () => 1 } });
  sandbox.faults.add({ times: 3, status: 503 });
  await using outbox = make();
  await outbox.accept(account.id, points(1));
  await until(() => sandbox.requests.count === 1);
  assertEquals(await outbox.flush(60_000), 0);
});

Deno.test("Outbox does not take a request that was under way for a try of its flush", async () => {
  class Durable extends MemoryStore {
    override durable = true;
  }
  const { make, sandbox, account, bot } = setUp({ backoff: { minMs: 60_000, random: () => 1 } });
  const fault = sandbox.faults.add({ times: 1, status: 503, latency: 0.1 });
  await using outbox = make(bot.token, new Durable());
  await outbox.accept(account.id, points(1));
  await until(() => fault.hits === 1);
  assertEquals(await outbox.flush(60_000), 0);
});
