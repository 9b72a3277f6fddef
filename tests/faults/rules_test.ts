// Rules of delivery that cost no value when they are broken, and those of the end.

import { assert, assertEquals, assertGreater } from "@std/assert";
import { until } from "../until.ts";
import { Books } from "./books.ts";
import { Control } from "./control.ts";
import type { Arrival } from "./front.ts";
import { Stage } from "./stage.ts";

const OUTAGE = { status: 503, body: "<html>" };

/** The account of a request. */
const accountOf = ({ path }: Arrival) => Number(/\/accounts\/(\d+)\//.exec(path)?.[1]);

Deno.test("Collector waits as long as Retry-After asks for, and only with the account that was asked", async () => {
  await using stage = await Stage.open({ accounts: 2 });
  const { front, accounts: [told, other] } = stage;
  const control = new Control();
  const asked: number[] = [];
  front.decide = (arrival) => {
    if (arrival.body === "" || accountOf(arrival) !== told!.id) return "pass";
    asked.push(performance.now());
    return { ...OUTAGE, headers: { "retry-after": "3" } };
  };
  await stage.stream({ jobs: 2, perRun: 1, periodMs: 100, forMs: 5000 });
  front.decide = () => "pass";
  assertEquals(await stage.missing(), 0);
  assertGreater(asked.length, 0);
  for (const [index, time] of asked.slice(1).entries()) {
    assert(time - asked[index]! > 2900, `asked again after ${time - asked[index]!} ms`);
  }
  const { worst } = stage.lateness(({ accountId }) => accountId === other!.id);
  const usual = await control.end();
  assert(worst < 2 + 2 * usual.worst, `the other account was ${worst} s late`);
});

Deno.test("Collector sends at its end what waits", async () => {
  await using stage = await Stage.open({ accounts: 3, collector: { shutdownTimeout: 60 } });
  const { front, accounts, bot, sandbox } = stage;
  front.decide = ({ body }) => body === "" ? "pass" : OUTAGE;
  for (let n = 0; n < 20; n++) {
    for (const { id } of accounts) await stage.send(id, ["job.0", "job.1"]);
  }
  await until(() => front.audit.requests >= 5, () => front.audit.requests);
  front.decide = () => "pass";
  await bot.stop();
  assertEquals(sandbox.countValues(), stage.accepted.length);
  const { handedOver, sent, waiting } = bot.stats().values;
  assertEquals({ handedOver, sent, waiting }, { handedOver: 120, sent: 120, waiting: 0 });
});

Deno.test("Collector drops the oldest values beyond its bound, and counts them", async () => {
  const books = new Books();
  await using stage = await Stage.open({
    accounts: 2,
    latencyMs: 400,
    collector: { maxWaitingValues: 100, fetch: books.fetch, requestTimeout: 1, logSink: () => {} },
  });
  using _watching = books.watch(stage);
  stage.onSend = books.check;
  const { front, sandbox, accepted } = stage;
  // Some values are stored although they were dropped meanwhile, whether or not the answer arrives.
  let n = 0;
  front.decide = ({ body }) =>
    body === "" || ++n % 4 > 1
      ? "pass"
      : n % 4 === 1
      ? { stall: "silent", processed: true }
      : OUTAGE;
  do {
    await stage.stream({ jobs: 4, perRun: 5, periodMs: 50, forMs: 3000 });
  } while (stage.bot.stats().values.dropped <= 500);
  front.decide = () => "pass";
  const { handedOver, sent, dropped, waiting } = await stage.waiting(0);
  assertEquals({ handedOver, waiting }, { handedOver: accepted.length, waiting: 0 });
  assertGreater(dropped, 500);
  assert(sandbox.countValues() >= sent);
  // What is under way is not dropped.
  const newest = accepted.slice(-50).filter((value) => !stage.isStored(value));
  assertEquals(newest, [], "the newest values are kept");
  assertEquals(books.problems.slice(0, 5), []);
  assertGreater(books.checks, 500);
});

Deno.test("Collector keeps one request with values per account under way", async () => {
  await using stage = await Stage.open({ accounts: 3, latencyMs: 30 });
  const { front } = stage;
  while (front.audit.requests <= 15) {
    await stage.stream({ jobs: 12, perRun: 5, periodMs: 50, forMs: 2000 });
  }
  assertEquals(await stage.missing(), 0);
  assert(front.mostAtOnce <= 3, `${front.mostAtOnce} at once`);
  assertEquals(front.audit.problems, []);
});

Deno.test("Collector sends the last of several values with the same path and time of their own", async () => {
  await using stage = await Stage.open();
  const { front, bot, sandbox, accounts: [account] } = stage;
  const now = Math.floor(Date.now() / 1000);
  front.decide = ({ body }) => body === "" ? "pass" : OUTAGE;
  for (let v = 0; v < 5; v++) {
    const values = [0, 1, 2].map((n) => ({ p: `job.${n}`, v: 10 * v + n, t: now - 3600 + n }));
    await bot.send(account!.id, values);
    await bot.send(account!.id, [{ p: "job.0", v: 100 + v, t: now - 60 * v }]);
  }
  front.decide = () => "pass";
  await stage.waiting(0);
  assertEquals(front.audit.problems, []);
  const stored = sandbox.values(account).map(({ p, v, t }) => [p, v, now - t]);
  assertEquals(stored, [
    ["job.0", 40, 3600],
    ["job.1", 41, 3599],
    ["job.2", 42, 3598],
    ...[4, 3, 2, 1, 0].map((v) => ["job.0", 100 + v, 60 * v]),
  ]);
  const { handedOver, sent, waiting } = bot.stats().values;
  assertEquals({ handedOver, sent, waiting }, { handedOver: 8, sent: 8, waiting: 0 });
});
