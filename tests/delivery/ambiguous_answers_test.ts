import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { WaitingValue } from "../../src/delivery/store/waiting_values.ts";
import { random as randomOf } from "../faults/random.ts";
import { AMBIGUOUS, Bench, holds, sizeOf, STORED } from "./account_bench.ts";

Deno.test("AccountQueue repeats a batch four times before it splits it", () => {
  const bench = new Bench();
  bench.add(64);
  bench.run(() => AMBIGUOUS, 6);
  assertEquals(bench.requests.map(({ values }) => values.length), [64, 64, 64, 64, 64, 32]);
});

Deno.test("AccountQueue repeats a batch more often where the backend fails at random", () => {
  const bench = new Bench("put");
  const random = randomOf(1);
  bench.run(() => STORED, 0);
  for (let n = 0; n < 100; n++) {
    bench.add(1);
    bench.run(() => random() < 0.7 ? AMBIGUOUS : STORED);
  }
  const before = bench.requests.length;
  bench.add(64);
  bench.run((request) => sizeOf(request) === 64 ? AMBIGUOUS : STORED);
  const repeated = bench.requests.slice(before).filter(({ values }) => values.length === 64);
  assert(repeated.length > 8 && repeated.length <= 17, `${repeated.length}`);
});

Deno.test("AccountQueue isolates the path of a value that fails alone while others are stored", () => {
  const bench = new Bench();
  const isBad = ({ p }: WaitingValue) => p === "p7";
  const answer = (request: QueuedRequest) => holds(request, isBad) ? AMBIGUOUS : STORED;
  bench.add(20);
  bench.runUntil(() => bench.queue.quarantined > 0, answer);
  assertEquals([bench.queue.quarantined, bench.stored.length], [1, 19]);
  assertEquals(bench.queue.quarantinedPaths(bench.now, 10_000), []);
  bench.wait();
  const isolated = bench.request();
  // The value that is being sent is still in quarantine.
  assertEquals([bench.queue.quarantined, bench.queue.isOnlyQuarantine], [1, true]);
  bench.settle(isolated, AMBIGUOUS);
  assertEquals([bench.queue.failure, bench.queue.isOnlyQuarantine], [undefined, true]);

  const before = bench.requests.length;
  bench.add(20);
  assertEquals(bench.queue.isOnlyQuarantine, false);
  bench.send(STORED);
  assertEquals(bench.requests[before]!.values.length, 19, "the path is left out");
  assertEquals(bench.queue.quarantined, 2);
  bench.now += 10_000;
  assertEquals(bench.queue.quarantinedPaths(bench.now, 10_000), ["p7"]);

  // It is stored at last, and everything of its path with it.
  bench.run(() => STORED);
  assertEquals([bench.queue.quarantined, bench.stored.length], [0, 40]);
  bench.add(20);
  assertEquals(sizeOf(bench.send(STORED)), 20);
});

Deno.test("AccountQueue isolates no path while nothing else is stored", () => {
  const bench = new Bench();
  bench.add(1);
  bench.run(() => AMBIGUOUS, 300);
  assertEquals([bench.queue.quarantined, bench.queue.failure?.kind], [0, "ambiguous"]);
});

Deno.test("AccountQueue has not failed because of a value in quarantine, though nothing else is sent", () => {
  const bench = new Bench();
  bench.add(2);
  const answer = (request: QueuedRequest) =>
    holds(request, ({ p }) => p === "p1") ? AMBIGUOUS : STORED;
  bench.run(answer, 100);
  assertEquals([bench.queue.quarantined, bench.queue.failure], [1, undefined]);
  assertGreater(bench.queue.nextTry(bench.time) - bench.now, 500_000);
  bench.add(1);
  assertEquals(bench.send(STORED).method, "POST");
});

Deno.test("AccountQueue spends at most a fifth of the time on values in quarantine", () => {
  const bench = new Bench();
  const isBad = ({ p }: WaitingValue) => p.startsWith("bad");
  let isolatedMs = 0;
  let start = 0;
  for (let n = 0; n < 2000; n++) {
    if (n === 1000) start = bench.now;
    bench.add(5, (k) => `good.${k}`);
    if (n < 300) bench.add(1, (k) => `bad.${n % 30}.${k}`);
    bench.wait();
    const request = bench.request();
    bench.settle(request, holds(request, isBad) ? AMBIGUOUS : STORED, 100);
    if (n >= 1000 && request.isolated !== undefined) isolatedMs += 100;
  }
  const allMs = bench.now - start;
  assertGreater(isolatedMs, 0);
  assert(isolatedMs <= allMs / 4, `${isolatedMs} of ${allMs} ms`);
  assert(bench.stored.filter(({ value }) => !isBad(value)).length > 9900);
});

Deno.test("AccountQueue has not failed because of one value, however often it fails", () => {
  const bench = new Bench();
  for (let n = 0; n < 200; n++) {
    bench.add(1, () => `good.${n}`);
    bench.add(1, () => "bad");
    bench.run((request) => holds(request, ({ p }) => p === "bad") ? AMBIGUOUS : STORED, 3);
    assertEquals(bench.queue.failure, undefined);
    bench.now += 100;
  }
});

Deno.test("AccountQueue delivers what comes after a value that fails, though there is nothing else", () => {
  const bench = new Bench();
  bench.add(1, () => "bad");
  const answer = (request: QueuedRequest) =>
    holds(request, ({ p }) => p === "bad") ? AMBIGUOUS : STORED;
  bench.run(answer, 10);
  bench.add(1, () => "good");
  bench.run(answer, 10);
  // One bad value says nothing about the backend, so the good one did not have to wait.
  assertEquals(bench.stored.map(({ method }) => method), ["POST"]);
});

Deno.test("AccountQueue loses no good value to a backend that fails at random", () => {
  const share = fc.double({ min: 0.1, max: 0.8, noNaN: true });
  fc.assert(
    fc.property(fc.integer(), share, (seed, failing) => {
      const bench = new Bench();
      const random = randomOf(seed);
      bench.add(600);
      bench.run(() => random() < failing ? AMBIGUOUS : STORED, 50_000);
      assertEquals(bench.refused.length, 0);
      assertEquals(new Set(bench.stored.map(({ value }) => value)).size, 600);
    }),
    { numRuns: 50 },
  );
});
