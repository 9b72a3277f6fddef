import { assert, assertEquals, assertGreater, assertStrictEquals } from "@std/assert";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import type { WaitingValue } from "../../src/delivery/store/waiting_values.ts";
import { AMBIGUOUS, Bench, holds, REFUSED, sizeOf, STORED } from "./account_bench.ts";

Deno.test("AccountValues sends fresh values by POST, at most 100 and each path once", () => {
  const bench = new Bench();
  bench.add(150);
  assertEquals(sizeOf(bench.send(STORED)), 100);
  bench.add(10);
  // The paths of the ten values are not among the fifty that are left.
  assertEquals(sizeOf(bench.send(STORED)), 60);
  assertEquals(new Set(bench.requests.map(({ method }) => method)), new Set(["POST"]));
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 160);
});

Deno.test("AccountValues gathers fresh values for 300 ms after a request", () => {
  const bench = new Bench();
  let oldest = 0;
  for (let n = 0; n < 300; n++) {
    const [value] = bench.add(1, () => `p${n}`);
    bench.now += 10;
    if (bench.queue.nextTry(bench.time) > bench.now) continue;
    const request = bench.send(STORED, 0);
    oldest = Math.max(oldest, (value!.t - request.batch.values[0]!.t) / 1000);
  }
  // The first is sent at once, the others in three seconds.
  assertEquals(bench.requests.length, 1 + 9);
  assertEquals([bench.requests[0]!.values.length, oldest], [1, 290]);
});

Deno.test("AccountValues gathers no longer when a request is full, or everything is to be sent", () => {
  const bench = new Bench();
  bench.add(1, () => "first");
  bench.send(STORED);
  bench.add(99);
  assertEquals(bench.next(), undefined);
  bench.add(1, () => "last");
  assertEquals(sizeOf(bench.send(STORED)), 100);
  bench.add(1);
  assertEquals(bench.next(), undefined);
  bench.queue.retryNow();
  assertEquals(sizeOf(bench.send(STORED)), 1);
});

Deno.test("AccountValues sends values of one path together by PUT, or one by one where that is forbidden", () => {
  const bench = new Bench();
  bench.add(1);
  bench.add(1);
  const { method, batch } = bench.send({ kind: "denied", status: 403 });
  assertEquals([method, batch.values.length], ["PUT", 2]);
  bench.add(1);
  bench.add(1);
  for (let n = 0; n < 2; n++) {
    const { method, batch } = bench.send(STORED);
    assertEquals([method, batch.values.length], ["POST", 1]);
  }
});

Deno.test("AccountValues sends by PUT what is older than 2 s, or newer than the clock", () => {
  for (
    const [ageMs, method] of [[2000, "POST"], [2001, "PUT"], [-100, "POST"], [-101, "PUT"]] as const
  ) {
    const bench = new Bench();
    bench.add(1, () => "p");
    if (ageMs > 0) bench.now += ageMs;
    else bench.ahead = ageMs;
    assertEquals(bench.request().method, method, `${ageMs}`);
  }
});

Deno.test("AccountValues with delivery put never uses POST", () => {
  const bench = new Bench("put");
  bench.add(700);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 700);
  assertEquals(new Set(bench.stored.map(({ method }) => method)), new Set(["PUT"]));
});

Deno.test("AccountValues keeps the newest 200 values fresh when more come at once", () => {
  const bench = new Bench();
  bench.add(30_000, (n) => `p${n}`);
  const first = bench.send(STORED);
  assertEquals([first.method, first.batch.values[0]!.p], ["POST", "p29800"]);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 30_000);
  assertEquals(bench.stored.filter(({ method }) => method === "POST").length, 200);
});

Deno.test("AccountValues takes turns between fresh and late values", () => {
  const bench = new Bench();
  bench.add(20_000, (n) => `late.${n}`, false);
  let waited = 0;
  for (let n = 0; n < 20; n++) {
    const since = bench.now;
    bench.add(1, () => `fresh.${n}`);
    while (!bench.stored.some(({ value }) => value.p === `fresh.${n}`)) {
      bench.settle(bench.request(), STORED, 400);
    }
    waited = Math.max(waited, bench.now - since);
  }
  assert(waited <= 800, `a fresh value waited ${waited} ms`);
  assertGreater(bench.waiting.values, 2000, "otherwise nothing was in its way");
});

Deno.test("AccountValues gathers other values while four batches are retried", () => {
  const bench = new Bench();
  bench.add(8);
  // Halved three times, which leaves 1, 1, 2 and 4 values.
  for (let n = 0; n < 3; n++) bench.send(REFUSED);
  bench.add(1, () => "new");
  assertEquals(
    [bench.send(STORED), bench.send(STORED)].map((
      { method, batch: { values } },
    ) => [method, values[0]!.p]),
    [
      ["PUT", "p0"],
      ["POST", "new"],
    ],
  );
});

Deno.test("AccountValues waits while four batches are retried, however much could be sent", () => {
  const bench = new Bench();
  bench.add(500, undefined, false);
  for (let n = 0; n < 4; n++) bench.send(AMBIGUOUS, 1);
  bench.add(1);
  assertEquals(bench.next()?.method, undefined);
  // 20 ms after the first has failed.
  assertEquals(bench.queue.nextTry(bench.time), bench.now - 3 + 20);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 501);
});

Deno.test("AccountValues has more than its quarantine while another value is being sent", () => {
  const bench = new Bench();
  bench.add(2);
  const first = bench.request();
  assertEquals(bench.queue.isOnlyQuarantine, false);
  bench.settle(first, STORED);
  assertEquals(bench.queue.isOnlyQuarantine, true);
});

Deno.test("AccountValues learns how large a request may be", () => {
  const bench = new Bench("put");
  bench.add(2000, (n) => `${"long".repeat(400)}.${n}`);
  let tooLarge = 0;
  bench.run((request) => {
    if (sizeOf(request) <= 20) return STORED;
    tooLarge++;
    return { kind: "too-large" };
  });
  assertEquals(bench.stored.length, 2000);
  assert(tooLarge < 30, `${tooLarge} requests were too large`);
});

Deno.test("AccountValues sends fewer values after a request was not answered in time", () => {
  const bench = new Bench("put");
  bench.add(600);
  const msPerValue = 30;
  let timeouts = 0;
  while (bench.waiting.values > 0) {
    bench.wait();
    const request = bench.request();
    const isTimeout = sizeOf(request) > 60;
    if (isTimeout) timeouts++;
    const verdict: Verdict = isTimeout ? { kind: "unavailable", isTimeout } : STORED;
    bench.settle(request, verdict, Math.min(2000, sizeOf(request) * msPerValue));
  }
  assertEquals(timeouts, 1);
});

Deno.test("AccountValues sends no more at once than takes about 0.7 s", () => {
  const bench = new Bench("put");
  bench.add(3000);
  for (let n = 0; n < 20; n++) {
    const request = bench.request();
    bench.settle(request, STORED, sizeOf(request) * 5);
  }
  const sizes = bench.requests.map(({ values }) => values.length);
  assertEquals(sizes.slice(0, 4), [100, 140, 140, 140]);
});

Deno.test("AccountValues sends single values, each time another, while nothing is stored", () => {
  for (const count of [1, 100, 300, 1000]) {
    const bench = new Bench();
    bench.add(count);
    bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
    bench.run(() => AMBIGUOUS, count * 1.1 + 1);
    const probes = bench.requests.slice(-Math.floor(count * 1.1) - 1);
    assert(probes.every(({ values, method }) => values.length === 1 && method === "PUT"));
    assertEquals(new Set(probes.map(({ values }) => values[0]!.p)).size, count);
  }
});

Deno.test("AccountValues soon tries what comes while nothing is stored", () => {
  const bench = new Bench();
  bench.add(300);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  bench.run(() => AMBIGUOUS, 10);
  bench.add(1, () => "good");
  bench.run((request) => holds(request, ({ p }) => p === "good") ? STORED : AMBIGUOUS, 2);
  assertEquals(bench.stored.length, 1);
  assertEquals(bench.queue.failure, undefined);
});

Deno.test("AccountValues soon tries another path while nothing is stored, however many values of a bad one wait before it", () => {
  const bench = new Bench();
  bench.add(3000, () => "bad", false);
  bench.add(10, (n) => `good.${n}`, false);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  // The newest value.
  bench.run(() => AMBIGUOUS, 1);
  bench.run((request) => holds(request, ({ p }) => p === "bad") ? AMBIGUOUS : STORED, 2);
  assertEquals(bench.stored.length, 1);
});

Deno.test("AccountValues also tries what came first while newer values, which are bad, keep coming", () => {
  const bench = new Bench();
  bench.add(100, (n) => `good.${n}`);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  for (let n = 0; n < 20 && bench.stored.length === 0; n++) {
    bench.add(5, () => "bad");
    bench.run((request) => holds(request, ({ p }) => p === "bad") ? AMBIGUOUS : STORED, 1);
  }
  assertEquals(bench.stored.length, 1);
});

Deno.test("AccountValues sends nothing that was dropped while nothing is stored", () => {
  const bench = new Bench();
  bench.add(300);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  for (let n = 0; n < 20; n++) {
    const values = bench.add(2, () => "new");
    bench.waiting.remove(values.slice(1));
    if (n === 10) {
      bench.waiting.remove([...bench.waiting.rows()].flatMap(({ values }) => values).slice(0, 200));
    }
    bench.run(() => AMBIGUOUS, 1);
  }
});

Deno.test("AccountValues sends nothing that was dropped, wherever it waits", () => {
  const bench = new Bench();
  const isBad = ({ p }: WaitingValue) => p === "p0";
  const answer = (request: QueuedRequest) => holds(request, isBad) ? AMBIGUOUS : STORED;
  bench.add(10);
  bench.runUntil(() => bench.queue.quarantined > 0, answer);
  bench.add(2, (n) => `p${n}`);
  bench.send(STORED, 0);
  assertEquals(bench.queue.quarantined, 2);
  bench.add(300);
  bench.add(300, (n) => `late.${n}`, false);
  bench.run(() => AMBIGUOUS, 1);
  const all = [...bench.waiting.rows()].flatMap(({ values }) => values);
  assertGreater(all.length, 500);
  const [kept, ...dropped] = all.toReversed();
  bench.waiting.remove(dropped);
  // The bench checks each request.
  bench.run(() => STORED);
  assertStrictEquals(bench.stored.at(-1)!.value, kept);
  assertEquals(bench.queue.nextTry(bench.time), Infinity);
});
