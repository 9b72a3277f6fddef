import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { AccountLane, type LaneStep } from "../../src/delivery/account_lane.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import { MemoryStore } from "../../src/delivery/store/memory_store.ts";
import type { StoredValue } from "../../src/delivery/store/outbox_store.ts";

type Send = Extract<LaneStep, { kind: "send" }>;

/** A lane with a store and a clock, and what the backend would have stored. */
class Bench {
  now = 1_000_000;
  readonly store = new MemoryStore();
  readonly lane: AccountLane;
  readonly stored: { id: number; method: string }[] = [];
  readonly refused: StoredValue[] = [];
  #id = 0;

  constructor(delivery: "post" | "put" = "post") {
    this.lane = new AccountLane(
      1,
      { delivery, backoff: { random: () => 1 }, slowMs: 60_000 },
      0,
    );
  }

  hand(count: number, path = (n: number) => `p${n}`): StoredValue[] {
    const values = Array.from({ length: count }, (_, n): StoredValue => ({
      id: ++this.#id,
      accountId: 1,
      p: path(n),
      v: n,
      t: this.now * 1000 + n,
    }));
    this.store.append(values);
    this.lane.accept(values);
    return values;
  }

  next(): LaneStep {
    const time = { steady: this.now, wall: this.now };
    return this.lane.next(time, (after, limit) => this.store.read(1, after, limit));
  }

  send(): Send {
    const step = this.next();
    assert(step.kind === "send", `expected something to send, got ${step.kind}`);
    return step;
  }

  settle(step: Send, verdict: Verdict, tookMs = 50): void {
    this.now += tookMs;
    if (verdict.kind === "stored") {
      for (const { id } of step.chunk.values) this.stored.push({ id, method: step.method });
    }
    const { done, refused } = this.lane.settle(step, verdict, this.now, tookMs);
    this.store.remove(done);
    if (refused) this.refused.push(refused.value);
  }

  /** Lets the lane work until it has nothing to do, or for so many steps; `answer` is the backend. */
  run(answer: (step: Send) => Verdict, steps = 10_000): void {
    for (let n = 0; n < steps; n++) {
      const step = this.next();
      if (step.kind === "idle") return;
      if (step.kind === "wait") {
        assertGreater(step.until, this.now, "a wait must lie ahead");
        this.now = step.until;
      } else {
        this.settle(step, answer(step));
      }
    }
  }
}

const STORED: Verdict = { kind: "stored" };
const DOUBTFUL: Verdict = { kind: "doubtful" };
const AWAY: Verdict = { kind: "unavailable" };

Deno.test("AccountLane sends fresh values by POST, at most 100 and each path once", () => {
  const bench = new Bench();
  bench.hand(150);
  const first = bench.send();
  assertEquals([first.method, first.chunk.values.length], ["POST", 100]);
  bench.settle(first, STORED);
  bench.hand(10);
  const second = bench.send();
  // The paths of the ten values are not among the fifty that are left.
  assertEquals([second.method, second.chunk.values.length], ["POST", 60]);
  bench.settle(second, STORED);
  bench.hand(1);
  bench.hand(1);
  assertEquals(bench.send().chunk.values.length, 1);
});

Deno.test("AccountLane sends a value that has waited for 2 s by PUT", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.now += 2001;
  assertEquals(bench.send().method, "PUT");
});

Deno.test("AccountLane with delivery put never uses POST", () => {
  const bench = new Bench("put");
  bench.hand(700);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 700);
  assertEquals(new Set(bench.stored.map(({ method }) => method)), new Set(["PUT"]));
});

Deno.test("AccountLane repeats by PUT what had no answer, after a wait that doubles up to a minute", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), AWAY);
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) {
    const step = bench.next();
    assert(step.kind === "wait");
    waits.push(step.until - bench.now);
    bench.now = step.until;
    const send = bench.send();
    assertEquals(send.method, "PUT");
    bench.settle(send, AWAY);
  }
  assertEquals(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

Deno.test("AccountLane waits as long as Retry-After says", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), { kind: "unavailable", retryAfterMs: 30_000 });
  assertEquals(bench.next(), { kind: "wait", until: bench.now + 30_000 });
});

Deno.test("AccountLane tries again at once after the stale answer of a restarted database, once", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), { kind: "unavailable", atOnce: true });
  bench.settle(bench.send(), { kind: "unavailable", atOnce: true });
  assertEquals(bench.next().kind, "wait");
});

Deno.test("AccountLane finds the one bad value of a chunk by halves and delivers the others", () => {
  for (const bad of [0, 57, 99]) {
    const bench = new Bench();
    const values = bench.hand(100);
    const isBad = (step: Send) => step.chunk.values.some(({ p }) => p === `p${bad}`);
    bench.run((step) => isBad(step) ? { kind: "bad-request", reason: "bad" } : STORED);
    assertEquals(bench.refused.map(({ p }) => p), [`p${bad}`]);
    assertEquals(bench.stored.length, values.length - 1);
    assertEquals(bench.store.size().values, 0);
  }
});

Deno.test("AccountLane forgives a 400 that comes once, whichever request it hits", () => {
  fc.assert(fc.property(fc.array(fc.nat(40), { maxLength: 6 }), (hits) => {
    const bench = new Bench();
    bench.hand(250);
    let n = 0;
    // Two requests in a row would be more than a race.
    const race = new Set(hits.filter((hit) => !hits.includes(hit - 1)));
    bench.run(() => race.has(n++) ? { kind: "bad-request", reason: "race" } : STORED);
    assertEquals(bench.refused, []);
    assertEquals(bench.stored.length, 250);
  }));
});

Deno.test("AccountLane halves what is too large, and refuses a value that is too large alone", () => {
  const bench = new Bench();
  bench.hand(100);
  bench.run((step) =>
    step.chunk.values.length > 10 || step.chunk.values.some(({ p }) => p === "p3")
      ? { kind: "too-large" }
      : STORED
  );
  assertEquals(bench.refused.map(({ p }) => p), ["p3"]);
  assertEquals(bench.stored.length, 99);
});

Deno.test("AccountLane keeps everything while the backend chokes on everything", () => {
  const bench = new Bench();
  bench.hand(1500);
  bench.run(() => DOUBTFUL, 3000);
  assertEquals(bench.refused, []);
  assertEquals(bench.store.size().values, 1500);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 1500);
  assertEquals(new Set(bench.stored.map(({ id }) => id)).size, 1500);
});

Deno.test("AccountLane refuses only the values that the backend chokes on while others go through", () => {
  const bench = new Bench();
  bench.hand(1000);
  const bad = new Set(["p0", "p499", "p500", "p999"]);
  const chokes = (step: Send) => step.chunk.values.some(({ p }) => bad.has(p));
  for (let n = 0; n < 300; n++) {
    bench.hand(20, (k) => `later.${n}.${k}`);
    bench.run((step) => chokes(step) ? DOUBTFUL : STORED, 20);
    bench.now += 1000;
  }
  bench.run((step) => chokes(step) ? DOUBTFUL : STORED, 5000);
  assertEquals(new Set(bench.refused.map(({ p }) => p)), bad);
  assertEquals(bench.store.size().values, 0);
  assertEquals(bench.stored.length, 1000 + 300 * 20 - bad.size);
});

Deno.test("AccountLane copes with one bad value in twenty", () => {
  const bench = new Bench();
  const isBad = ({ id }: StoredValue) => id % 20 === 7;
  const answer = (step: Send) => step.chunk.values.some(isBad) ? DOUBTFUL : STORED;
  bench.hand(1000);
  bench.run(answer, 20_000);
  // With fewer than ten stored for each that fails, the last bad ones may still wait: they are never given up early.
  assertEquals(bench.stored.length, 950);
  assert(bench.refused.every(isBad));
});

Deno.test("AccountLane loses no good value to a backend that fails at random", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.1, max: 0.8, noNaN: true }), (seed, share) => {
      const bench = new Bench();
      let state = seed >>> 0;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      bench.hand(600);
      bench.run(() => random() < share ? DOUBTFUL : STORED, 50_000);
      assertEquals(bench.refused, []);
      assertEquals(new Set(bench.stored.map(({ id }) => id)).size, 600);
    }),
    { numRuns: 50 },
  );
});

Deno.test("AccountLane goes on by POST while PUT is forbidden, and keeps what needs PUT", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), AWAY);
  bench.now += 1000;
  bench.settle(bench.send(), { kind: "denied", status: 403 });
  bench.hand(5);
  const fresh = bench.send();
  assertEquals([fresh.method, fresh.chunk.values.length], ["POST", 5]);
  bench.settle(fresh, STORED);
  const wait = bench.next();
  assert(wait.kind === "wait");
  bench.now = wait.until;
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 6);
});

Deno.test("AccountLane sends by PUT what it may not POST", () => {
  const bench = new Bench();
  bench.hand(3);
  bench.run((step) => step.method === "POST" ? { kind: "denied", status: 403 } : STORED);
  assertEquals(bench.stored.map(({ method }) => method), ["PUT", "PUT", "PUT"]);
});

Deno.test("AccountLane keeps everything while the token is refused", () => {
  const bench = new Bench();
  bench.hand(300);
  bench.settle(bench.send(), { kind: "denied", status: 401 });
  assertEquals(bench.next(), { kind: "wait", until: bench.now + 60_000 });
  bench.now += 60_000;
  bench.run(() => ({ kind: "denied", status: 401 }), 20);
  assertEquals(bench.store.size().values, 300);
  bench.lane.hurry();
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 300);
});

Deno.test("AccountLane delivers fresh values between those that had to wait", () => {
  const bench = new Bench();
  bench.hand(20_000);
  bench.run(() => AWAY, 10);
  bench.now += 60_000;
  bench.settle(bench.send(), STORED);
  let waited = 0;
  for (let n = 0; n < 20; n++) {
    const [fresh] = bench.hand(1, () => `fresh.${n}`);
    const since = bench.now;
    while (!bench.stored.some(({ id }) => id === fresh!.id)) {
      const step = bench.next();
      if (step.kind === "wait") bench.now = step.until;
      else if (step.kind === "send") bench.settle(step, STORED, 100 + step.chunk.values.length);
    }
    waited = Math.max(waited, bench.now - since);
  }
  assert(waited < 2000, `a fresh value waited ${waited} ms`);
  assertGreater(bench.stored.length, 2000);
  assertGreater(bench.store.size().values, 2000, "otherwise nothing was in its way");
});

Deno.test("AccountLane sends no more at once than takes about a second", () => {
  const bench = new Bench();
  bench.hand(3000);
  bench.settle(bench.send(), AWAY);
  const sizes: number[] = [];
  for (let n = 0; n < 20; n++) {
    const step = bench.next();
    if (step.kind === "wait") bench.now = step.until;
    else if (step.kind === "send") {
      sizes.push(step.chunk.values.length);
      bench.settle(step, STORED, step.chunk.values.length * 5);
    }
  }
  assertEquals(Math.max(...sizes) * 5 <= 1000, true);
  assertGreater(sizes.at(-1)!, 99);
});

Deno.test("AccountLane delivers each value exactly once, whatever the answers and the restarts", () => {
  const verdict = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Verdict>(STORED) },
    fc.constantFrom<Verdict>(
      AWAY,
      { kind: "unavailable", timedOut: true },
      { kind: "unavailable", retryAfterMs: 5000 },
      { kind: "unavailable", atOnce: true },
      { kind: "too-large" },
      { kind: "denied", status: 401 },
      { kind: "denied", status: 403 },
      { kind: "unexpected" },
      DOUBTFUL,
    ),
  );
  const event = fc.oneof(
    fc.record({ hand: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ wait: fc.nat(5000) }),
    fc.record({ answer: verdict }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), fc.boolean(), (events, put) => {
      const bench = new Bench(put ? "put" : "post");
      let handed = 0;
      for (const each of events) {
        if ("hand" in each) handed += bench.hand(each.hand, (n) => `p${n % 90}`).length;
        else if ("wait" in each) bench.now += each.wait;
        else {
          const step = bench.next();
          if (step.kind === "wait") bench.now = step.until;
          // A value that is too large alone is refused, which is not what is tried here.
          else if (
            step.kind === "send" &&
            !(each.answer.kind === "too-large" && step.chunk.values.length === 1)
          ) {
            bench.settle(step, each.answer);
          } else if (step.kind === "send") bench.settle(step, STORED);
        }
      }
      bench.run(() => STORED);
      assertEquals(bench.refused, []);
      assertEquals(bench.stored.length, handed);
      assertEquals(new Set(bench.stored.map(({ id }) => id)).size, handed);
      assertEquals(bench.store.size().values, 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("AccountLane delivers what comes after a value that the backend chokes on, though there is nothing else", () => {
  const bench = new Bench();
  bench.hand(1, () => "bad");
  const answer = (step: Send): Verdict =>
    step.chunk.values.some(({ p }) => p === "bad") ? DOUBTFUL : STORED;
  bench.run(answer, 40);
  bench.hand(1, () => "good");
  bench.run(answer, 40);
  assertEquals(bench.stored.length, 1);
  // One bad value says nothing about the backend, so the good one did not even have to wait.
  assertEquals(bench.stored[0]!.method, "POST");
});

Deno.test("AccountLane comes to what waits in the store, though all that was tried is bad", () => {
  const bench = new Bench();
  const answer = (step: Send): Verdict =>
    step.chunk.values.some(({ p }) => p.startsWith("bad")) ? DOUBTFUL : STORED;
  for (let n = 0; n < 5; n++) {
    bench.hand(15, (k) => `bad.${n}.${k}`);
    bench.run(answer, 20);
  }
  bench.hand(30, (n) => `good.${n}`);
  bench.run(answer, 1000);
  assertEquals(bench.stored.length, 30);
});

Deno.test("AccountLane does not hammer a backend that says to come back at once", () => {
  const bench = new Bench();
  bench.hand(1);
  for (let n = 0; n < 5; n++) {
    bench.settle(bench.send(), { kind: "unavailable", retryAfterMs: 0 }),
      bench.now += n < 4 ? 60_000 : 0;
  }
  const step = bench.next();
  assert(step.kind === "wait" && step.until >= bench.now + 10_000);
});

Deno.test("AccountLane loses nothing to a proxy that finds everything too large, and recovers from it", () => {
  const bench = new Bench("put");
  bench.hand(100);
  bench.run(() => ({ kind: "too-large" }), 2000);
  assertEquals(bench.refused, []);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 100);
  let largest = 0;
  for (let n = 0; n < 2000; n++) {
    bench.hand(500);
    bench.run((step) => {
      largest = Math.max(largest, step.chunk.values.length);
      return STORED;
    });
  }
  assertEquals(largest, 500);
});

Deno.test("AccountLane sends by PUT what was handed over before the clock was set back", () => {
  const bench = new Bench();
  bench.hand(1);
  const time = { steady: bench.now, wall: bench.now - 3_600_000 };
  const step = bench.lane.next(time, (after, limit) => bench.store.read(1, after, limit));
  assert(step.kind === "send");
  assertEquals(step.method, "PUT");
});

Deno.test("AccountLane waits where a 500 asks for it", () => {
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), { kind: "doubtful", retryAfterMs: 30_000 });
  bench.hand(1);
  assertEquals(bench.next(), { kind: "wait", until: bench.now + 30_000 });
});

Deno.test("AccountLane refuses no value that was answered 400 alone only once", () => {
  const race: Verdict = { kind: "bad-request", reason: "race" };
  const bench = new Bench();
  bench.hand(1);
  bench.settle(bench.send(), race);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 1);

  bench.hand(2);
  const hits = new Map<number, number>();
  bench.run(({ chunk: { values: { length } } }) => {
    hits.set(length, (hits.get(length) ?? 0) + 1);
    // The two together are refused twice, and the first of them once more.
    return hits.get(length)! <= (length === 2 ? 2 : 1) ? race : STORED;
  });
  assertEquals(bench.refused, []);
  assertEquals(bench.stored.length, 3);
});

Deno.test("AccountLane learns how large a request may be", () => {
  const bench = new Bench("put");
  bench.hand(2000, (n) => `${"long".repeat(400)}.${n}`);
  let refused = 0;
  bench.run(({ chunk: { values: { length } } }) => {
    if (length <= 20) return STORED;
    refused++;
    return { kind: "too-large" };
  });
  assertEquals(bench.stored.length, 2000);
  assert(refused < 30, `${refused} requests were too large`);
});

Deno.test("AccountLane tries fewer values after a request had no answer in time", () => {
  const bench = new Bench("put");
  bench.hand(600);
  bench.run(
    ({ chunk: { values: { length } } }) =>
      length > 60 ? { kind: "unavailable", timedOut: true } : STORED,
    500,
  );
  assertEquals(bench.stored.length, 600);
});

Deno.test("AccountLane gives a chance to what was just handed over when the backend began to look sick", () => {
  const bench = new Bench();
  bench.hand(220, (n) => `bad.${n}`);
  bench.hand(1, () => "good");
  bench.run((step) => step.chunk.values.some(({ p }) => p !== "good") ? DOUBTFUL : STORED, 300);
  assertEquals(bench.stored.length, 1);
});

Deno.test("AccountLane does not take all that waits into memory when nothing of it gets through", () => {
  const bench = new Bench();
  bench.hand(20_000);
  bench.settle(bench.send(), AWAY);
  bench.now += 60_000;
  const tried = new Set<number>();
  for (let n = 0; n < 500; n++) {
    bench.hand(1, () => `fresh.${n}`);
    const step = bench.next();
    if (step.kind === "wait") bench.now = step.until;
    if (step.kind !== "send") continue;
    const isFresh = step.chunk.values.some(({ p }) => p.startsWith("fresh"));
    if (!isFresh) { for (const { id } of step.chunk.values) tried.add(id); }
    bench.settle(step, isFresh ? STORED : DOUBTFUL);
  }
  assertGreater(tried.size, 3000);
  assert(tried.size <= 5000, `${tried.size} values were tried`);
});

Deno.test("AccountLane leaves what it could not send soon to the store", () => {
  const bench = new Bench();
  for (let n = 0; n < 30; n++) bench.hand(1000);
  const step = bench.send();
  assertEquals(step.method, "POST");
  assertGreater(step.chunk.values[0]!.id, 20_000);
  bench.settle(step, STORED);
  bench.run(() => STORED);
  assertEquals(bench.stored.length, 30_000);
});
