import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import type { CollectedResults } from "../../src/delivery/collected_results.ts";
import { Intake } from "../../src/delivery/intake.ts";
import { NO_STATS } from "../../src/collector/stats.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import type { Point, Values } from "../../src/values/values.ts";

interface Accepted {
  readonly accountId: number;
  readonly points: readonly Point[];
  readonly time: number;
  readonly persist: () => void;
}

interface SetUpOptions {
  readonly dryRun?: (results: CollectedResults) => void;
  /** Persists all values at once, instead of when the test says so. */
  readonly isFast?: boolean;
}

function setUp({ dryRun, isFast = true }: SetUpOptions = {}) {
  const accepted: Accepted[] = [];
  const logged: string[] = [];
  const outbox = { sent: 0, refused: 0, dropped: 0, waiting: 0, place: "memory" };
  const loggerOf = (jobId?: string) =>
    createLogger(({ level, message }) => {
      if (level !== "debug") logged.push(`${level} ${jobId ? `[${jobId}] ` : ""}${message}`);
    });
  const problems = new ProblemLog(loggerOf());
  const intake = new Intake({
    outbox: {
      accept: (accountId, points, time) =>
        new Promise((resolve) => {
          outbox.waiting += points.length;
          const persist = () => {
            outbox.waiting -= points.length;
            outbox.sent += points.length;
            resolve();
          };
          accepted.push({ accountId, points, time, persist });
          if (isFast) setImmediate(persist);
        }),
      stats: () => ({
        ...NO_STATS.values,
        ...outbox,
        handedOver: outbox.sent + outbox.refused + outbox.dropped + outbox.waiting,
      }),
    },
    dryRun,
    problems,
  });
  const job = (jobId = "job", name?: string) => ({ jobId, name, log: loggerOf(jobId) });
  return { intake, accepted, logged, problems, job };
}

function* range(count: number, v = 1): Generator<{ p: string; v: number }> {
  for (let n = 0; n < count; n++) yield { p: `v.${n}`, v };
}

/** Lets everything come to its end that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
}

Deno.test("Intake passes values on at once, and takes out those that cannot be sent", async () => {
  const { intake, accepted, logged, job } = setUp();
  const before = Date.now();
  const persisted = intake.accept(job(), 7, { a: 1, b: NaN });
  assertEquals(accepted.map(({ accountId, points }) => [accountId, points]), [
    [7, [{ p: "a", v: 1 }]],
  ]);
  assert(accepted[0]!.time >= before * 1000 && accepted[0]!.time < (Date.now() + 2) * 1000);
  assertEquals(logged, [
    'warn [job] Value at "b" is refused: NaN is not a number that can be stored',
  ]);
  await persisted;
  assertEquals(intake.stats(), {
    handedOver: 2,
    sent: 1,
    refused: 1,
    dropped: 0,
    waiting: 0,
    quarantined: 0,
    oldestAge: null,
    durable: false,
    place: "memory",
  });
});

Deno.test("Intake passes on the own times of values", async () => {
  const { intake, accepted, job } = setUp();
  const points = [{ p: "a", v: 1, t: 1_700_000_000 }, { p: "a", v: 2, t: 1_700_000_060.5 }];
  await intake.accept(job(), 7, points);
  assertEquals(accepted[0]?.points, points);
});

Deno.test("Intake refuses an account that is none, and values of no shape", async () => {
  const { intake, accepted, job } = setUp();
  for (const account of [0, -1, 1.5, NaN, "7", null, undefined, {}]) {
    await assertRejects(
      () => intake.accept(job(), account as number, { a: 1 }),
      TypeError,
      "use the accountId of the entity",
    );
  }
  for (const values of [null, undefined, 5, "a", true]) {
    await assertRejects(
      () => intake.accept(job(), 7, values as unknown as Values),
      TypeError,
      "values are an object, a Map or a list",
    );
  }
  assertEquals(accepted, []);
});

Deno.test("Intake resolves once the outbox has persisted the values, and not before", async () => {
  const { intake, accepted, job } = setUp({ isFast: false });
  let isPersisted = false;
  const persisted = intake.accept(job(), 7, { a: 1 }).then(() => isPersisted = true);
  await settle();
  assertEquals(isPersisted, false);
  accepted[0]!.persist();
  await persisted;
});

Deno.test("Intake passes on the parts of a call one after the other, and resolves after the last", async () => {
  const { intake, accepted, job } = setUp({ isFast: false });
  let isPersisted = false;
  const persisted = intake.accept(job(), 7, range(3000)).then(() => isPersisted = true);
  await settle();
  assertEquals(accepted.length, 1);
  accepted[0]!.persist();
  while (accepted.length < 2) await settle();
  assertEquals(isPersisted, false);
  accepted[1]!.persist();
  await persisted;
});

Deno.test("Intake rejects when the outbox does, and counts the values as dropped", async () => {
  const intake = new Intake({
    outbox: {
      accept: () => Promise.reject(new Error("stopped")),
      stats: () => NO_STATS.values,
    },
    problems: new ProblemLog(createLogger(() => {})),
  });
  const { job } = setUp();
  await assertRejects(() => intake.accept(job(), 7, { a: 1 }), Error, "stopped");
  await assertRejects(() => intake.accept(job(), 7, range(5000)), Error, "stopped");
  await settle();
  const { handedOver, dropped, waiting } = intake.stats();
  assertEquals({ handedOver, dropped, waiting }, { handedOver: 2001, dropped: 2001, waiting: 0 });
});

Deno.test("Intake closes the iterator of a call that it does not read to its end", async () => {
  const intake = new Intake({
    outbox: {
      accept: () => Promise.reject(new Error("stopped")),
      stats: () => NO_STATS.values,
    },
    problems: new ProblemLog(createLogger(() => {})),
  });
  let isClosed = false;
  function* logOfDevice(): Generator<{ p: string; v: number }> {
    try {
      yield* range(5000);
    } finally {
      isClosed = true;
    }
  }
  await assertRejects(() => intake.accept(setUp().job(), 7, logOfDevice()), Error, "stopped");
  assert(isClosed);
});

Deno.test("Intake copies up to 2,000 values when it is called", async () => {
  const { intake, accepted, job } = setUp();
  const fill = intake.accept(job(), 7, range(2000));
  const values = Object.fromEntries(Array.from(range(2000), ({ p, v }) => [p, v]));
  const queued = intake.accept(job(), 7, values);
  assertEquals(accepted.length, 1);
  for (const p of Object.keys(values)) values[p] = NaN;
  await Promise.all([fill, queued]);
  assertEquals(accepted[1]?.points, [...range(2000)]);
  assertEquals(intake.stats().refused, 0);
});

for (
  const [shape, values] of [
    ["an object", Object.fromEntries(Array.from(range(9001), ({ p, v }) => [p, v]))],
    ["a Map", new Map(Array.from(range(9001), ({ p, v }) => [p, v]))],
    ["a list", [...range(9001)]],
    ["an iterator", range(9001)],
  ] as const
) {
  Deno.test(`Intake reads and passes on ${shape} of many values in steps`, async () => {
    const { intake, accepted, job } = setUp();
    let turns = 0;
    let isCounting = true;
    const count = () => {
      turns++;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    await intake.accept(job(), 7, values);
    isCounting = false;
    assertEquals(accepted.flatMap(({ points }) => points), [...range(9001)]);
    assertEquals(accepted.map(({ points }) => points.length), [2000, 2000, 2000, 2000, 1001]);
    assert(turns >= 5, `${turns} turns`);
    await settle();
  });
}

Deno.test("Intake gives values of one path different times if many others are between", async () => {
  const { intake, accepted, job } = setUp();
  await intake.accept(job(), 7, [...range(5000, 1), ...range(5000, 2)]);
  const times = new Map<number, number>();
  for (const { points, time } of accepted) {
    assert(points.every(({ v }) => v === 1 || time > times.get(1)!));
    for (const { v } of points) times.set(v as number, time);
  }
  assertEquals(intake.stats().handedOver, 10_000);
});

Deno.test("Intake rejects a call whose iterator fails, and goes on", async () => {
  const { intake, accepted, job } = setUp();
  const failing = function* () {
    yield* range(5000);
    throw new Error("device gone");
  };
  const failed = assertRejects(() => intake.accept(job(), 7, failing()), Error, "device gone");
  const next = intake.accept(job(), 7, { a: 1 });
  await Promise.all([failed, next]);
  assertEquals(accepted.map(({ points }) => points.length), [2000, 2000, 1]);
  const { handedOver, waiting } = intake.stats();
  assertEquals({ handedOver, waiting }, { handedOver: 4001, waiting: 0 });
});

Deno.test("Intake keeps the calls of a job in order, also behind those that are queued", async () => {
  const { intake, accepted, job } = setUp();
  const calls: Promise<void>[] = [];
  for (let account = 1; account <= 200; account++) {
    const count = account % 10 === 0 ? 2500 : account % 7 * 50 + 1;
    calls.push(intake.accept(job(), account, range(count)));
    if (account % 20 === 0) await new Promise((done) => setImmediate(done));
  }
  await Promise.all(calls);
  const order = accepted.map(({ accountId }) => accountId);
  assertEquals(order, [...order].sort((a, b) => a - b));
  assertEquals(new Set(order).size, 200);
});

Deno.test("Intake lets a job that floods wait, and not the others", async () => {
  const { intake, accepted, job } = setUp();
  const flood: Promise<void>[] = [];
  for (let n = 0; n < 5000; n++) flood.push(intake.accept(job("flood"), 1, { a: n }));
  flood.push(intake.accept(job("flood"), 1, range(100_000)));
  let isOver = false;
  const over = Promise.all(flood).then(() => isOver = true);
  let before = 0;
  let calls = 0;
  while (!isOver) {
    await intake.accept(job("other"), 2, { a: 1 });
    calls++;
    const position = accepted.findLastIndex(({ accountId }) => accountId === 2);
    const values = accepted.slice(before, position).reduce(
      (sum, call) => sum + call.points.length,
      0,
    );
    assert(values <= 8000, `${values} values were before one of another job`);
    before = position;
  }
  await over;
  assert(calls >= 5, `${calls} calls`);
});

Deno.test("Intake ends a flood of 10,000 calls, and always knows where every value is", async () => {
  const { intake, job } = setUp();
  const calls = 10_000;
  const flood: Promise<void>[] = [];
  const balance = (handedOver: number) => {
    const stats = intake.stats();
    assertEquals(stats.sent + stats.refused + stats.dropped + stats.waiting, handedOver);
    assertEquals(stats.handedOver, handedOver);
  };
  for (let n = 0; n < calls; n++) {
    flood.push(intake.accept(job(`job ${n % 3}`), 1, { a: n, b: NaN }));
    if (n % 1000 === 0) balance(2 * (n + 1));
  }
  let isOver = false;
  const over = Promise.all(flood).then(() => isOver = true);
  assert(intake.stats().oldestAge! >= 0);
  while (!isOver) {
    balance(2 * calls);
    await settle();
  }
  await over;
  const { sent, refused, oldestAge } = intake.stats();
  assertEquals({ sent, refused, oldestAge }, { sent: calls, refused: calls, oldestAge: null });
});

Deno.test("Intake queues a bounded number of values", async () => {
  const { intake, accepted, job } = setUp();
  const flood = Array.from({ length: 300 }, () => intake.accept(job(), 1, range(2000)));
  await new Promise((done) => setImmediate(done));
  assert(accepted.length >= 50, `${accepted.length} calls were passed on`);
  assert(accepted.length < 300, `${accepted.length} calls were passed on`);
  await Promise.all(flood);
});

Deno.test("Intake passes on a bounded number of values in a turn, however many jobs send large calls", async () => {
  const { intake, accepted, job } = setUp();
  const calls = Array.from({ length: 10 }, (_, n) => intake.accept(job(`${n}`), 1, range(6000)));
  let before = 0;
  while (accepted.length < 30) {
    await new Promise((done) => setImmediate(done));
    assert(accepted.length - before <= 2, `${accepted.length - before} parts in a turn`);
    before = accepted.length;
  }
  await Promise.all(calls);
});

Deno.test("Intake reads values in steps even if all are refused", async () => {
  const { intake, job } = setUp();
  const refused = intake.accept(job(), 1, range(20_000, NaN));
  for (let turn = 1; turn <= 5; turn++) {
    assertEquals(intake.stats().refused, turn * 2000);
    await new Promise((done) => setImmediate(done));
  }
  await refused;
});

Deno.test("Intake.flush() passes on all that is queued", async () => {
  const { intake, accepted, job } = setUp();
  const calls = Array.from({ length: 9 }, (_, n) => intake.accept(job(`${n % 3}`), 1, range(2000)));
  await intake.flush();
  assertEquals(accepted.length, 9);
  await Promise.all(calls);
});

Deno.test("Intake.flush() leaves calls that are still being read", async () => {
  const { intake, accepted, job } = setUp();
  const endless = function* () {
    for (let n = 0;; n++) {
      if (n >= 100_000) throw new Error("enough");
      yield { p: "a", v: n };
    }
  };
  const failed = assertRejects(() => intake.accept(job("a"), 1, endless()), Error, "enough");
  const others = [
    intake.accept(job("a"), 2, { a: 1 }),
    intake.accept(job("b"), 3, range(1000)),
    intake.accept(job("b"), 4, range(1000)),
  ];
  await intake.flush();
  const small = () => accepted.map(({ accountId }) => accountId).filter((id) => id !== 1);
  assertEquals(small(), [3, 4]);
  await Promise.all([failed, ...others]);
  assertEquals(small(), [3, 4, 2]);
});

Deno.test("Intake reports a refused value as a problem of its job until it is valid again", async () => {
  const { intake, logged, problems, job } = setUp();
  await intake.accept(job("a"), 7, { x: NaN, y: 1 });
  await intake.accept(job("a"), 7, { x: NaN, y: 1 });
  await intake.accept(job("a"), 7, { y: 1 });
  await intake.accept(job("b"), 7, { x: 1 });
  assertEquals(problems.open().map(({ scope, kind, times }) => [scope, kind, times]), [
    ["job a", "refused values", 2],
  ]);
  await intake.accept(job("a"), 7, new Map([["x", 1]]));
  assertEquals(problems.open(), []);
  assertEquals(logged.length, 2);
  assertMatch(logged[1]!, /^info \[a\] Resolved after \d+ s \(2 times\): Value at "x" is refused/);
});

Deno.test("Intake names five refused values of a job and counts the others", async () => {
  const { intake, logged, problems, job } = setUp();
  const bad = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`p${n}`, "bad"]));
  await intake.accept(job(), 7, bad);
  assertEquals(logged.map((line) => line.replace(/ is refused:.*/, "")), [
    ...[0, 1, 2, 3, 4].map((n) => `warn [job] Value at "p${n}"`),
    'warn [job] Other refused values: 3; the one at "p5"',
  ]);
  await intake.accept(job(), 7, bad);
  assertEquals(logged.length, 6);
  await intake.accept(job(), 7, { ...bad, p0: 1 });
  assertEquals(problems.open().map(({ key }) => key), [
    ...[1, 2, 3, 4].map((n) => `value p${n}`),
    "other refused values",
    "value p5",
  ]);
  await intake.accept(job(), 7, Object.fromEntries(Object.keys(bad).map((p) => [p, 1])));
  assertEquals(problems.open(), []);
});

Deno.test("Intake ends the problem of a long path when its value is valid again", async () => {
  const { intake, problems, job } = setUp();
  const path = "a".repeat(300);
  await intake.accept(job(), 7, { [path]: NaN });
  assertEquals(problems.open().length, 1);
  await intake.accept(job(), 7, { [path]: 1 });
  assertEquals(problems.open(), []);
});

Deno.test("Intake does not end the problem of a path that is refused at one of its times", async () => {
  const { intake, logged, problems, job } = setUp();
  const values = [{ p: "a", v: 1, t: 1 }, { p: "a", v: 1, t: 1e12 }, { p: "a", v: 1, t: 2 }];
  for (let n = 0; n < 3; n++) await intake.accept(job(), 7, values);
  assertEquals(problems.open().map(({ times }) => times), [3]);
  assertEquals(logged.length, 1);
});

Deno.test("Intake is not loud when everything is refused everywhere", async () => {
  const { intake, logged, job } = setUp();
  for (let n = 0; n < 12_000; n++) await intake.accept(job(`job ${n}`), 7, { "a b": 1 });
  assertEquals(logged.length, 20);
  await intake.accept(job("all"), 7, Array.from(range(50_000), ({ v }) => ({ p: "a b", v })));
  assertEquals(intake.stats().refused, 62_000);
});

Deno.test("Intake passes everything to a dry run instead, and leaves refused values to it", async () => {
  const collected: CollectedResults[] = [];
  const dryRun = (results: CollectedResults) => void collected.push(results);
  const { intake, accepted, logged, problems, job } = setUp({ dryRun });
  const before = Date.now() / 1000;
  await intake.accept(job("7", "kitchen"), 7, { a: 1, "b c": 2 });
  await intake.accept(job("8"), 7, [...range(5000), { p: "b c", v: 1, t: 5 }]);
  assertEquals([accepted, logged, problems.open()], [[], [], []]);
  assertEquals(
    collected.map(({ refused, values, time: _, ...rest }) => [rest, values.length, refused.length]),
    [
      [{ jobId: "7", jobName: "kitchen", accountId: 7 }, 1, 1],
      [{ jobId: "8", accountId: 7 }, 5000, 1],
    ],
  );
  assertEquals(collected[1]?.refused[0]?.t, 5);
  assert(collected.every(({ time }) => time >= before && time <= Date.now() / 1000 + 0.002));
  const { handedOver, sent, refused } = intake.stats();
  assertEquals({ handedOver, sent, refused }, { handedOver: 5003, sent: 5001, refused: 2 });
});

Deno.test("Intake rejects with what the function of a dry run throws", async () => {
  const error = new Error("no room");
  const { intake, job } = setUp({
    dryRun: () => {
      throw error;
    },
  });
  assertStrictEquals(await assertRejects(() => intake.accept(job(), 7, { a: 1 })), error);
  assertStrictEquals(await assertRejects(() => intake.accept(job(), 7, range(5000))), error);
});
