import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import { Outbox } from "../../src/delivery/outbox.ts";
import { openJournal } from "../../src/delivery/store/open_journal.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { random as randomOf } from "../faults/random.ts";
import { FULL } from "../full.ts";
import { settle, VirtualTime } from "../virtual_time.ts";
import { answering, type ValuesRequest } from "./backend.ts";

/** What a backend does with a request, apart from refusing what is bad. */
const BEHAVIORS = [
  "store",
  "store",
  "store",
  "fail",
  "unavailable",
  "store and break off",
  "break off",
  "store and hang",
  "refuse the token",
  "forbid",
  "too large",
  "a login page",
  "a foreign 400",
  "ask for a pause",
] as const;

type Behavior = typeof BEHAVIORS[number];

interface Call {
  readonly account: number;
  readonly count: number;
  /** How many of the values have a time of their own, one of ten. */
  readonly ownTimes: number;
  /** The seconds until the next call. */
  readonly pause: number;
}

interface Case {
  readonly delivery: "post" | "put";
  readonly bound: number;
  readonly calls: readonly Call[];
  /** What may happen; drawn at random, as what comes at regular intervals can hit the same values each time. */
  readonly behaviors: readonly Behavior[];
  readonly seed: number;
}

const READY = { alive: true, db_migration_needed: false, db_version: 30, user_exists: true };

const START = 1_800_000_000;

/** A value that Grafolean refuses, and one on which it fails. */
const isRefused = (p: string) => p.startsWith("refused");
const isFailing = (p: string) => p.startsWith("failing");

/** Plays a case, and checks at every moment that the outbox knows where each value is. */
async function play(
  { delivery, bound, calls, behaviors, seed }: Case,
  file: string | undefined,
): Promise<void> {
  using time = new VirtualTime(START);
  const random = randomOf(seed);
  const draw = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  /** How often each value was stored by POST, and the values by path and time that were stored by PUT. */
  const posted = new Map<number, number>();
  const put = new Map<string, number>();
  const inProgress = new Set<number>();
  let isHealthy = false;
  let isFixed = false;

  const balance = () => {
    const { handedOver, sent, refused, dropped, waiting, quarantined } = outbox.stats();
    assertEquals(sent + refused + dropped + waiting, handedOver);
    assert(quarantined <= waiting);
  };
  const check = ({ method, values }: ValuesRequest) => {
    assert(values.length > 0 && values.length <= (method === "POST" ? 100 : 500));
    assertEquals(method === "PUT", values.every(({ t }) => t !== undefined));
    assert(delivery === "post" || method === "PUT");
    const keys = new Set(values.map(({ p, t = "" }) => `${p} ${t}`));
    assertEquals(keys.size, values.length, "a path and time twice in one request");
  };
  const store = ({ method, accountId, values }: ValuesRequest) => {
    for (const { p, v, t } of values) {
      if (method === "PUT") put.set(`${accountId} ${p} ${t}`, Number(v));
      else posted.set(Number(v), (posted.get(Number(v)) ?? 0) + 1);
    }
  };
  /** What a request has shown; the outbox would take an error for one of the network. */
  const broken: unknown[] = [];
  const verify = (work: () => void) => {
    try {
      work();
    } catch (error) {
      broken.push(error);
    }
  };
  const answer = async (request: ValuesRequest, signal: AbortSignal): Promise<Response> => {
    const { accountId, values } = request;
    verify(() => check(request));
    verify(() => assert(!inProgress.has(accountId), "two requests of one account"));
    inProgress.add(accountId);
    try {
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 100));
      verify(balance);
      const behavior = isHealthy ? "store" : draw(behaviors);
      const refused = values.find(({ p }) => isRefused(p));
      if (refused !== undefined) {
        const names = random() < 0.5 ? `Invalid PathInputValue format: ${refused.p}` : "bad value";
        return new Response(`Input validation failed: ${names}`, { status: 400 });
      }
      if (!isFixed && values.some(({ p }) => isFailing(p))) {
        return new Response("", { status: 500 });
      }
      if (behavior.startsWith("store")) store(request);
      switch (behavior) {
        case "store":
          return new Response(null, { status: 204 });
        case "fail":
          return new Response("Internal Server Error", { status: 500 });
        case "unavailable":
          return new Response("<html>", { status: 503 });
        case "store and hang":
          return await new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason))
          );
        case "refuse the token":
          return new Response("Access denied", { status: 401 });
        case "forbid":
          return new Response("Access to resource denied", { status: 403 });
        case "too large":
          return new Response("<html>", { status: 413 });
        case "a login page":
          return new Response("<html>", { status: 200 });
        case "a foreign 400":
          return new Response("Please use HTTPS!", { status: 400 });
        case "ask for a pause":
          return new Response("busy", { status: 429, headers: { "retry-after": "3" } });
        default:
          throw new TypeError("connection reset");
      }
    } finally {
      inProgress.delete(accountId);
    }
  };
  const fetch = ((input: Request | string, init: RequestInit = {}) => {
    const { signal } = init;
    const probed = () =>
      Promise.resolve(isHealthy ? Response.json(READY) : new Response("", { status: 503 }));
    return answering(probed, (request) => answer(request, signal!))(input, init);
  }) as typeof globalThis.fetch;

  const log = createLogger(() => {});
  const client = new GrafoleanClient("http://x/api", "token", { fetch });
  const outbox = new Outbox({
    ...{ client, log, problems: new ProblemLog(log), delivery, bounds: { values: bound } },
    openJournal: file === undefined ? undefined : ((...args) => openJournal(file, ...args)),
  });
  try {
    let count = 0;
    let refusable = 0;
    /** The last value of each account, path and time. */
    const ownTimes = new Map<string, number>();
    const replaced = new Set<number>();
    const persisted: Promise<void>[] = [];
    for (const { account, count: length, ownTimes: ownTimed, pause } of calls) {
      const points = Array.from({ length }, (_, n) => {
        const kind = n % 20 === 13 ? "refused" : n % 20 === 17 ? "failing" : "p";
        const v = ++count;
        if (kind === "refused") refusable++;
        if (n >= ownTimed) return { p: `${kind}.${n}`, v };
        const p = `p.${n % 7}`;
        const t = START - 1000 - (n % 10);
        if (kind === "refused") refusable--;
        const key = `${account} ${p} ${t}.000000`;
        const before = ownTimes.get(key);
        if (before !== undefined) replaced.add(before);
        ownTimes.set(key, v);
        return { p, v, t };
      });
      // A call has each path and time once.
      const unique = new Map(points.map((point) => [`${point.p} ${point.t}`, point]));
      persisted.push(outbox.accept(account, [...unique.values()]));
      balance();
      await time.pass(pause);
      balance();
      if (broken.length > 0) throw broken[0];
    }
    isHealthy = true;
    await time.pass(30);
    isFixed = true;
    assertEquals(await time.until(outbox.flush(600_000), 700), 0);
    await Promise.all(persisted);
    balance();
    await settle();
    if (broken.length > 0) throw broken[0];

    const { handedOver, sent, refused, dropped } = outbox.stats();
    assertEquals(sent + refused + dropped, handedOver);
    assert(refused <= refusable, `${refused} of ${refusable} bad values were refused`);
    assert(Math.max(0, ...posted.values()) <= 1, "a POST was repeated");
    const stored = new Set([...posted.keys(), ...put.values()]);
    const missing = Array.from({ length: count }, (_, n) => n + 1)
      .filter((v) => !stored.has(v) && !replaced.has(v)).length;
    assert(
      missing <= refused + dropped,
      `${missing} are missing, ${refused} refused, ${dropped} dropped`,
    );
    if (dropped > 0) return;
    assertEquals(refused, refusable);
    for (const [key, v] of ownTimes) assertEquals(put.get(key), v, `the last value of ${key}`);
  } finally {
    await outbox[Symbol.asyncDispose]();
    client[Symbol.dispose]();
  }
}

const someCase: fc.Arbitrary<Case> = fc.record({
  delivery: fc.constantFrom("post", "put"),
  bound: fc.constantFrom(30, 100, 100_000),
  calls: fc.array(
    fc.record({
      account: fc.integer({ min: 1, max: 3 }),
      count: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
        fc.integer({ min: 900, max: 3000 }),
      ),
      ownTimes: fc.oneof(fc.constant(0), fc.nat(40)),
      pause: fc.constantFrom(0.05, 0.1, 0.5, 3, 20),
    }),
    { minLength: 1, maxLength: 15 },
  ),
  behaviors: fc.array(fc.constantFrom(...BEHAVIORS), { minLength: 1, maxLength: 12 }),
  seed: fc.integer(),
});

Deno.test("Outbox accounts for every value, whatever happens, in memory", async () => {
  await fc.assert(fc.asyncProperty(someCase, (each) => play(each, undefined)), {
    numRuns: FULL ? 200 : 20,
  });
});

Deno.test("Outbox accounts for every value, whatever happens, with a file", async () => {
  const directory = await Deno.makeTempDir();
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(someCase, (each) => play(each, join(directory, `${runs++}.db`))),
      { numRuns: FULL ? 100 : 10 },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
