import { assert, assertEquals, assertObjectMatch, assertRejects } from "@std/assert";
import { type CollectedResults, ResultsDesk } from "../../src/delivery/results_desk.ts";
import { createLogger } from "../../src/util/log.ts";
import type { Point, Values } from "../../src/values/values.ts";

function desk({ dry = false, accept }: { dry?: boolean; accept?: () => Promise<void> } = {}) {
  const accepted: [number, readonly Point[]][] = [];
  const collected: CollectedResults[] = [];
  const said: string[] = [];
  const time = { ms: 5_000 };
  const stats = { sent: 3, refused: 1, dropped: 2, waiting: 4, waitingBytes: 99, place: "memory" };
  const desk = new ResultsDesk({
    outbox: {
      accept: (accountId, points) => {
        accepted.push([accountId, points]);
        return accept?.() ?? Promise.resolve();
      },
      stats: () => stats,
    },
    dryRun: dry ? (results) => void collected.push(results) : undefined,
    clock: { now: () => 1_800_000_000_000, monotonic: () => time.ms },
  });
  /** A job that sends values. */
  const job = (jobId = "job", name?: string) => ({
    jobId,
    name,
    log: createLogger(({ level, message }) => {
      if (level !== "debug") said.push(`${level} [${jobId}] ${message}`);
    }),
  });
  return { desk, accepted, collected, said, time, job };
}

/** So many values that they are checked in several turns. */
function many(count: number, v = 1): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`v.${n}`, v]));
}

Deno.test("ResultsDesk passes on what can be sent, at once", () => {
  const { desk: it, job, accepted, said } = desk();
  it.take(job(), 7, { a: 1, b: NaN });
  assertEquals(accepted, [[7, [{ p: "a", v: 1 }]]]);
  assertEquals(said, [
    'warn [job] Value at "b" was refused: NaN is not a number that can be stored',
  ]);
  assertObjectMatch(it.stats(), { sent: 3, refused: 2, dropped: 2, waiting: 4, place: "memory" });
});

Deno.test("ResultsDesk refuses an account that is none, and values of no form", async () => {
  const { desk: it, job, accepted } = desk();
  for (const account of [0, -1, 1.5, NaN, "7", null, undefined, {}]) {
    await assertRejects(
      () => it.take(job(), account as number, { a: 1 }),
      TypeError,
      "use the accountId of the entity",
    );
  }
  for (const values of [null, undefined, 5, "a", true]) {
    await assertRejects(
      () => it.take(job(), 7, values as unknown as Values),
      TypeError,
      "values are an object, a Map or a list",
    );
  }
  assertEquals(accepted, []);
});

Deno.test("ResultsDesk rejects where the outbox does", async () => {
  const { desk: it, job } = desk({ accept: () => Promise.reject(new Error("ended")) });
  await assertRejects(() => it.take(job(), 7, { a: 1 }), Error, "ended");
});

Deno.test("ResultsDesk checks many values in turns, as they were when they were handed in", async () => {
  const { desk: it, job, accepted } = desk();
  const values = many(9000);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const taken = it.take(job(), 7, values);
  for (const p of Object.keys(values)) values[p] = NaN;
  await taken;
  clearInterval(timer);
  assertEquals(accepted.map(([, points]) => points.length), [9000]);
  assert(turns >= 3, `${turns} turns`);
});

Deno.test("ResultsDesk lets nothing overtake", async () => {
  const { desk: it, job, accepted } = desk();
  await Promise.all([
    it.take(job("a"), 1, many(9000)),
    it.take(job("b"), 2, { x: 1 }),
    it.take(job("c"), 3, many(5000)),
    it.take(job("d"), 4, { x: 1 }),
  ]);
  await it.take(job("e"), 5, { x: 1 });
  assertEquals(accepted.map(([account]) => account), [1, 2, 3, 4, 5]);
});

Deno.test("ResultsDesk warns of a value once an hour, and not of everything", async () => {
  const { desk: it, job, said, time } = desk();
  const bad = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`bad ${n}`, 1]));
  await it.take(job(), 7, bad);
  assertEquals(said.map((line) => line.replace(/ was refused:.*/, "")), [
    ...[0, 1, 2, 3, 4].map((n) => `warn [job] Value at "bad ${n}"`),
    "warn [job] 3 more values of this call were refused",
  ]);
  said.length = 0;
  time.ms += 60_000;
  await it.take(job(), 7, bad);
  assertEquals(said, []);
  await it.take(job("other"), 7, { "bad 0": 1 });
  assertEquals(said.length, 1);
  time.ms += 60 * 60_000;
  await it.take(job(), 7, { "bad 0": 1 });
  assertEquals(said.length, 2);
});

Deno.test("ResultsDesk is not loud where everything is wrong everywhere", async () => {
  const { desk: it, job, said, time } = desk();
  for (let n = 0; n < 20_000; n++) await it.take(job(`job ${n}`), 7, { "a b": 1 });
  assertEquals(said.length, 30);
  time.ms += 60_000;
  await it.take(job("last"), 7, { "a b": 1 });
  assertEquals(said.at(-1)?.endsWith("(and 19970 more warnings of this kind)"), true);
  assertEquals(it.stats().refused, 20_002);
});

Deno.test("ResultsDesk hands everything to a dry run instead, and leaves the warnings to it", async () => {
  const { desk: it, job, accepted, collected, said } = desk({ dry: true });
  await it.take(job("7", "kitchen"), 7, { a: 1, "b c": 2 });
  assertEquals(accepted, []);
  assertEquals(said, []);
  assertEquals(collected.map(({ refused, ...rest }) => ({ ...rest, refused: refused.length })), [
    {
      jobId: "7",
      jobName: "kitchen",
      accountId: 7,
      time: 1_800_000_000,
      values: [{ p: "a", v: 1 }],
      refused: 1,
    },
  ]);
  assertEquals(it.stats().sent, 4);
});
