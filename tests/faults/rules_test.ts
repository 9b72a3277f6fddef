// Rules of delivery that cost no value when they are broken, and those of the end.

import { assert, assertEquals, assertGreater } from "@std/assert";
import { until } from "../until.ts";
import { Books } from "./books.ts";
import type { Arrival } from "./front.ts";
import { Stage } from "./stage.ts";

const OUTAGE = { status: 503, body: "<html>" };

/** The account of a request. */
const accountOf = ({ path }: Arrival) => Number(/\/accounts\/(\d+)\//.exec(path)?.[1]);

Deno.test("Collector waits as long as Retry-After asks for, and only with the account that was asked", async () => {
  await using stage = await Stage.open({ accounts: 2 });
  const { front, accounts: [told, other] } = stage;
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
  assert(worst < 2.5, `the other account was ${worst} s late`);
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
    collector: { maxWaitingValues: 100, fetch: books.fetch, requestTimeout: 1, logSink: () => {} },
  });
  using _watching = books.watch(stage);
  stage.onSend = books.check;
  const { front, sandbox, accepted } = stage;
  // What is under way while it is dropped is stored in the end.
  let n = 0;
  front.decide = ({ body }) =>
    body === "" ? "pass" : ++n % 3 === 0 ? { stall: "silent", processed: true } : OUTAGE;
  await stage.stream({ jobs: 4, perRun: 5, periodMs: 50, forMs: 3000 });
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
  await stage.stream({ jobs: 12, perRun: 5, periodMs: 50, forMs: 2000 });
  assertEquals(await stage.missing(), 0);
  assertGreater(front.audit.requests, 30);
  assert(front.mostAtOnce <= 3, `${front.mostAtOnce} at once`);
  assertEquals(front.audit.problems, []);
});
