import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import type { WaitingValue } from "../../src/delivery/store/waiting_values.ts";
import {
  AMBIGUOUS,
  Bench,
  FORBIDDEN,
  holds,
  REFUSED,
  sizeOf,
  STORED,
  UNAVAILABLE,
} from "./account_bench.ts";

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
