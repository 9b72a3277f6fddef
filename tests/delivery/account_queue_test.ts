import { assert, assertEquals, assertGreater, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { AccountQueue } from "../../src/delivery/account_queue.ts";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import { type WaitingValue, WaitingValues } from "../../src/delivery/store/waiting_values.ts";
import { random as randomOf } from "../faults/random.ts";

const STORED: Verdict = { kind: "stored" };
const AMBIGUOUS: Verdict = { kind: "ambiguous" };
const UNAVAILABLE: Verdict = { kind: "unavailable" };
const FORBIDDEN: Verdict = { kind: "denied", status: 403 };
const REFUSED: Verdict = { kind: "refused", reason: "bad" };

const PAUSE_MS = 500;
const START = 1_800_000_000_000;

/** The queue of an account with a clock, and what the backend has stored. */
class Bench {
  now = 1_000_000;
  /** How far the wall clock is ahead. */
  ahead = 0;
  readonly waiting = new WaitingValues();
  readonly queue: AccountQueue;
  readonly requests: { readonly method: string; readonly values: readonly WaitingValue[] }[] = [];
  readonly stored: { readonly value: WaitingValue; readonly method: string }[] = [];
  readonly refused: WaitingValue[] = [];

  constructor(delivery: "post" | "put" = "post") {
    this.queue = new AccountQueue(delivery);
  }

  get time(): { monotonic: number; wall: number } {
    return { monotonic: this.now, wall: START + this.now + this.ahead };
  }

  add(count: number, path = (n: number) => `p${n}`, isFresh = true): WaitingValue[] {
    const rows = this.waiting.add(
      1,
      Array.from({ length: count }, (_, n) => ({
        p: path(n),
        v: n,
        t: this.time.wall * 1000 + n,
      })),
    );
    const values = rows.flatMap(({ values }) => values);
    this.queue.add(values, isFresh);
    return values;
  }

  next(): QueuedRequest | undefined {
    return this.queue.next(this.time);
  }

  /** The request that can be sent now. */
  request(): QueuedRequest {
    return this.checked(this.next());
  }

  checked(request: QueuedRequest | undefined): QueuedRequest {
    assert(request !== undefined, "expected something to send");
    const { method, batch: { values } } = request;
    this.requests.push({ method, values });
    assert(values.length > 0 && values.length <= (method === "POST" ? 100 : 500));
    assert(values.every(({ row }) => row !== undefined), "what was dropped is not sent");
    if (method === "POST") assertEquals(new Set(values.map(({ p }) => p)).size, values.length);
    return request;
  }

  settle(request: QueuedRequest, verdict: Verdict, tookMs = 50): void {
    const { method, batch } = request;
    this.now += tookMs;
    if (verdict.kind === "stored") {
      for (const value of batch.values) {
        if (value.row !== undefined) this.stored.push({ value, method });
      }
      this.waiting.remove(batch.values);
    }
    const refused = this.queue.settle(request, verdict, this.now, tookMs);
    for (const { value } of refused) this.refused.push(value);
    this.waiting.remove(refused.map(({ value }) => value));
  }

  /** Sends one request. */
  send(verdict: Verdict, tookMs?: number): QueuedRequest {
    const request = this.request();
    this.settle(request, verdict, tookMs);
    return request;
  }

  /** Lets time pass until a request can be sent. */
  wait(): void {
    if (this.queue.failure !== undefined) this.now += PAUSE_MS;
    const at = this.queue.nextTry(this.time);
    assert(at < Infinity, "nothing waits");
    this.now = Math.max(this.now, at);
  }

  /** Sends until a condition holds. */
  runUntil(condition: () => boolean, answer: (request: QueuedRequest) => Verdict): void {
    for (let n = 0; !condition(); n++) {
      assert(n < 1000, `not after ${n} requests: ${condition}`);
      this.run(answer, 1);
    }
  }

  /** Sends everything, or so many requests. */
  run(answer: (request: QueuedRequest) => Verdict, requests = 10_000): void {
    for (let n = 0, inVain = 0; n < requests && this.queue.nextTry(this.time) < Infinity;) {
      this.wait();
      const request = this.next();
      if (request === undefined) {
        // As when all values of a path were dropped; but a sender must not turn in circles.
        assert(++inVain < 5, "nothing can be sent, and nothing is waited for");
        continue;
      }
      inVain = 0;
      n++;
      this.settle(this.checked(request), answer(request));
    }
  }
}

const sizeOf = ({ batch }: QueuedRequest) => batch.values.length;
const holds = ({ batch }: QueuedRequest, test: (value: WaitingValue) => boolean) =>
  batch.values.some(test);

Deno.test("AccountQueue sends fresh values by POST, at most 100 and each path once", () => {
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

Deno.test("AccountQueue gathers fresh values for 300 ms after a request", () => {
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

Deno.test("AccountQueue gathers no longer when a request is full, or everything is to be sent", () => {
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

Deno.test("AccountQueue sends values of one path together by PUT, or one by one where that is forbidden", () => {
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

Deno.test("AccountQueue sends by PUT what is older than 2 s, or newer than the clock", () => {
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

Deno.test("AccountQueue with delivery put never uses POST", () => {
  const bench = new Bench("put");
  bench.add(700);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 700);
  assertEquals(new Set(bench.stored.map(({ method }) => method)), new Set(["PUT"]));
});

Deno.test("AccountQueue never repeats a POST, whatever the answer", () => {
  for (
    const verdict of [
      AMBIGUOUS,
      UNAVAILABLE,
      { kind: "unavailable", isTimeout: true },
      { kind: "unavailable", isBrief: true },
      { kind: "too-large" },
      { kind: "denied", status: 401 },
      FORBIDDEN,
      { kind: "unexpected" },
      REFUSED,
      { kind: "refused", reason: "bad", path: "p3" },
    ] as const satisfies readonly Verdict[]
  ) {
    const bench = new Bench();
    const posted = new Set<WaitingValue>();
    bench.add(80);
    for (const value of bench.send(verdict).batch.values) posted.add(value);
    bench.run(({ method, batch }) => {
      for (const value of batch.values) assert(method === "PUT" || !posted.has(value));
      return STORED;
    });
    assertEquals(bench.stored.length + bench.refused.length, 80, verdict.kind);
  }
});

Deno.test("AccountQueue keeps the newest 200 values fresh when more come at once", () => {
  const bench = new Bench();
  bench.add(30_000, (n) => `p${n}`);
  const first = bench.send(STORED);
  assertEquals([first.method, first.batch.values[0]!.p], ["POST", "p29800"]);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 30_000);
  assertEquals(bench.stored.filter(({ method }) => method === "POST").length, 200);
});

Deno.test("AccountQueue takes turns between fresh and late values", () => {
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

Deno.test("AccountQueue gathers other values while four batches are retried", () => {
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

Deno.test("AccountQueue waits while four batches are retried, however much could be sent", () => {
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

Deno.test("AccountQueue refuses all values of a path that Grafolean names", () => {
  const bench = new Bench();
  bench.add(10, (n) => `p${n % 2}`, false);
  bench.run((request) =>
    holds(request, ({ p }) => p === "p1") ? { kind: "refused", reason: "bad", path: "p1" } : STORED
  );
  assertEquals([bench.refused.length, bench.stored.length], [5, 5]);
  assertEquals(bench.requests.length, 2);
});

Deno.test("AccountQueue finds the one value that is refused by halving, and stores all others", () => {
  for (const bad of [0, 57, 99]) {
    const bench = new Bench();
    bench.add(100);
    bench.run((request) => holds(request, ({ p }) => p === `p${bad}`) ? REFUSED : STORED);
    assertEquals(bench.refused.map(({ p }) => p), [`p${bad}`]);
    assertEquals(bench.stored.length, 99);
    assertEquals(bench.waiting.values, 0);
    assert(bench.requests.length <= 16, `${bench.requests.length} requests`);
  }
});

Deno.test("AccountQueue works again once Grafolean refuses a value, though it names none", () => {
  const bench = new Bench();
  bench.add(100);
  bench.send(UNAVAILABLE);
  bench.send(REFUSED);
  assertEquals(bench.queue.failure, undefined);
});

Deno.test("AccountQueue has more than its quarantine while another value is being sent", () => {
  const bench = new Bench();
  bench.add(2);
  const first = bench.request();
  assertEquals(bench.queue.isOnlyQuarantine, false);
  bench.settle(first, STORED);
  assertEquals(bench.queue.isOnlyQuarantine, true);
});

Deno.test("AccountQueue refuses nothing when Grafolean names a path that was not sent", () => {
  const bench = new Bench();
  bench.add(100);
  const named: Verdict = { kind: "refused", reason: "bad", path: "another" };
  bench.run(() => named, 300);
  assertEquals([bench.refused.length, bench.waiting.values], [0, 100]);
  assertEquals(bench.queue.failure?.kind, "ambiguous");
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 100);
});

Deno.test("AccountQueue halves what is too large, and isolates a value that is too large alone", () => {
  const bench = new Bench();
  bench.add(100);
  bench.run(
    (request) =>
      sizeOf(request) > 10 || holds(request, ({ p }) => p === "p3")
        ? { kind: "too-large" }
        : STORED,
    500,
  );
  assertEquals(bench.refused.length, 0);
  assertEquals([bench.stored.length, bench.queue.quarantined], [99, 1]);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 100);
});

Deno.test("AccountQueue learns how large a request may be", () => {
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

Deno.test("AccountQueue sends fewer values after a request was not answered in time", () => {
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

Deno.test("AccountQueue sends no more at once than takes about 0.7 s", () => {
  const bench = new Bench("put");
  bench.add(3000);
  for (let n = 0; n < 20; n++) {
    const request = bench.request();
    bench.settle(request, STORED, sizeOf(request) * 5);
  }
  const sizes = bench.requests.map(({ values }) => values.length);
  assertEquals(sizes.slice(0, 4), [100, 140, 140, 140]);
});

Deno.test("AccountQueue waits as long as Retry-After says, also when it is told to retry", () => {
  for (const kind of ["unavailable", "ambiguous"] as const) {
    const bench = new Bench();
    bench.add(1);
    bench.send({ kind, retryAfterMs: 30_000 });
    const until = bench.now + 30_000;
    assertEquals(bench.queue.nextTry(bench.time), until);
    bench.queue.retryNow();
    bench.add(1, () => "new");
    assertEquals([bench.queue.nextTry(bench.time), bench.next()?.method], [until, undefined]);
    bench.now = until;
    bench.run(() => STORED);
    assertEquals(bench.stored.length, 2);
  }
});

Deno.test("AccountQueue lets a request go at once after the database was restarted, but only once", () => {
  const bench = new Bench();
  bench.add(1);
  const stale: Verdict = { kind: "unavailable", isBrief: true };
  bench.send(stale);
  assertEquals(bench.queue.failure?.isBrief, true);
  bench.send(stale);
  assertEquals(bench.queue.failure?.isBrief, false);
  bench.send(STORED);
  assertEquals(bench.queue.failure, undefined);
});

Deno.test("AccountQueue sends late what comes while nothing gets through, and what was to be sent then", () => {
  const bench = new Bench();
  bench.add(150);
  bench.send(UNAVAILABLE);
  bench.add(10, (n) => `new.${n}`);
  bench.run(() => STORED);
  assertEquals(new Set(bench.stored.map(({ method }) => method)), new Set(["PUT"]));
  bench.add(1);
  assertEquals(bench.request().method, "POST");
});

Deno.test("AccountQueue knows since when nothing gets through", () => {
  const bench = new Bench();
  bench.add(10);
  bench.send(UNAVAILABLE);
  const since = bench.now;
  bench.run(() => UNAVAILABLE, 5);
  assertEquals(bench.queue.failure?.since, since);
  // The backend is back, and a value may be at fault: the pauses begin anew.
  bench.run(() => AMBIGUOUS, 1);
  const back = bench.now;
  bench.run(() => AMBIGUOUS, 5);
  assertEquals([bench.queue.failure?.since, bench.queue.failure?.kind], [back, "ambiguous"]);
  bench.run(() => UNAVAILABLE, 1);
  assertEquals(bench.queue.failure?.since, back);
});

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

Deno.test("AccountQueue sends single values, each time another, while nothing is stored", () => {
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

Deno.test("AccountQueue soon tries what comes while nothing is stored", () => {
  const bench = new Bench();
  bench.add(300);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  bench.run(() => AMBIGUOUS, 10);
  bench.add(1, () => "good");
  bench.run((request) => holds(request, ({ p }) => p === "good") ? STORED : AMBIGUOUS, 2);
  assertEquals(bench.stored.length, 1);
  assertEquals(bench.queue.failure, undefined);
});

Deno.test("AccountQueue also tries what came first while newer values, which are bad, keep coming", () => {
  const bench = new Bench();
  bench.add(100, (n) => `good.${n}`);
  bench.runUntil(() => bench.queue.failure !== undefined, () => AMBIGUOUS);
  for (let n = 0; n < 20 && bench.stored.length === 0; n++) {
    bench.add(5, () => "bad");
    bench.run((request) => holds(request, ({ p }) => p === "bad") ? AMBIGUOUS : STORED, 1);
  }
  assertEquals(bench.stored.length, 1);
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

Deno.test("AccountQueue sends by PUT what it may not POST, and tries POST again", () => {
  const bench = new Bench();
  const answer = ({ method }: QueuedRequest) => method === "POST" ? FORBIDDEN : STORED;
  bench.add(3);
  bench.run(answer);
  assertEquals(bench.stored.map(({ method }) => method), ["PUT", "PUT", "PUT"]);
  assertEquals(bench.queue.failure, undefined);
  bench.add(1);
  bench.wait();
  assertEquals(bench.send(STORED).method, "PUT");
  bench.now += 5000;
  bench.add(1);
  assertEquals(bench.send(STORED).method, "POST");
});

Deno.test("AccountQueue goes on by POST while it may not PUT, and keeps what needs PUT", () => {
  const bench = new Bench();
  bench.add(1, () => "late", false);
  bench.send(FORBIDDEN);
  assertEquals(bench.queue.failure, undefined);
  bench.add(5);
  const fresh = bench.send(STORED);
  assertEquals([fresh.method, sizeOf(fresh)], ["POST", 5]);
  assertEquals([bench.next()?.method, bench.waiting.values], [undefined, 1]);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 6);
});

Deno.test("AccountQueue goes on by POST also where the first PUT comes after an outage", () => {
  const bench = new Bench();
  bench.add(1, () => "late");
  bench.send(UNAVAILABLE);
  bench.wait();
  bench.send(FORBIDDEN);
  assertEquals(bench.queue.failure, undefined);
  for (let n = 0; n < 100; n++) {
    bench.now += 1000;
    bench.add(5);
    const request = bench.request();
    bench.settle(request, request.method === "PUT" ? FORBIDDEN : STORED);
    if (request.method === "PUT") bench.send(STORED);
  }
  assertEquals(bench.stored.length, 500);
  assertEquals(bench.waiting.values, 1);
});

Deno.test("AccountQueue asks less often for a method that stays forbidden, until it is told to", () => {
  const bench = new Bench();
  bench.add(1, () => "late", false);
  const times: number[] = [];
  while (bench.now < 1_000_000 + 600_000) {
    times.push(bench.now);
    bench.send(FORBIDDEN);
    bench.now = bench.queue.nextTry(bench.time);
  }
  const pauses = times.slice(1).map((time, n) => time - times[n]!);
  assertEquals([pauses[0], pauses.at(-1)], [5050, 60_050]);
  bench.send(FORBIDDEN);
  assertEquals(bench.next()?.method, undefined);
  bench.queue.retryForbidden();
  bench.send(STORED);
});

Deno.test("AccountQueue fails once it may use neither POST nor PUT", () => {
  const bench = new Bench();
  bench.add(10);
  bench.send(FORBIDDEN);
  assertEquals(bench.queue.failure, undefined);
  bench.send(FORBIDDEN);
  assertEquals(bench.queue.failure?.kind, "denied");
  bench.queue.retryNow();
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 10);
  const put = new Bench("put");
  put.add(10);
  put.send(FORBIDDEN);
  assertEquals(put.queue.failure?.kind, "denied");
});

Deno.test("AccountQueue forgets that a method was forbidden once it has been used", () => {
  const bench = new Bench();
  bench.add(1);
  bench.send(FORBIDDEN);
  bench.send(STORED);
  bench.now += 5000;
  bench.add(1);
  assertEquals(bench.send(STORED).method, "POST");
  bench.add(1, undefined, false);
  bench.send(FORBIDDEN);
  assertEquals(bench.queue.failure, undefined);
});

Deno.test("AccountQueue sends nothing that was dropped while nothing is stored", () => {
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

Deno.test("AccountQueue sends nothing that was dropped, wherever it waits", () => {
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

Deno.test("AccountQueue delivers each value exactly once, whatever the answers", () => {
  const verdict = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Verdict>(STORED) },
    fc.constantFrom<Verdict>(
      UNAVAILABLE,
      { kind: "unavailable", isTimeout: true },
      { kind: "unavailable", retryAfterMs: 5000 },
      { kind: "unavailable", isBrief: true },
      { kind: "too-large" },
      { kind: "denied", status: 401 },
      FORBIDDEN,
      { kind: "unexpected" },
      { kind: "refused", reason: "bad", path: "another" },
      AMBIGUOUS,
    ),
  );
  const event = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 120 }), isFresh: fc.boolean() }),
    fc.record({ wait: fc.nat(5000) }),
    fc.record({ drop: fc.nat(200) }),
    fc.record({ retry: fc.boolean() }),
    fc.record({ answer: verdict }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 150 }), fc.boolean(), (events, put) => {
      const bench = new Bench(put ? "put" : "post");
      let count = 0;
      for (const each of events) {
        if ("add" in each) count += bench.add(each.add, (n) => `p${n % 90}`, each.isFresh).length;
        else if ("wait" in each) bench.now += each.wait;
        else if ("drop" in each) {
          const oldest = [...bench.waiting.rows()].flatMap(({ values }) => values);
          count -= bench.waiting.remove(oldest.slice(0, each.drop));
        } else if ("retry" in each) {
          if (each.retry) bench.queue.retryNow();
          else bench.queue.retryForbidden();
        } else bench.run(() => each.answer, 1);
      }
      bench.run(() => STORED);
      assertEquals(bench.refused.length, 0);
      assertEquals(bench.stored.length, count);
      assertEquals(new Set(bench.stored.map(({ value }) => value)).size, count);
      assertEquals(bench.waiting.values, 0);
    }),
    { numRuns: 300 },
  );
});
