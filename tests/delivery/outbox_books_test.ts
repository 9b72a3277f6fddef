import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import * as sqlite from "node:sqlite";
import { setImmediate } from "node:timers";
import { Outbox } from "../../src/delivery/outbox.ts";
import { MemoryStore } from "../../src/delivery/store/memory_store.ts";
import type { OutboxStore, StoredValue } from "../../src/delivery/store/outbox_store.ts";
import { ResilientStore } from "../../src/delivery/store/resilient_store.ts";
import { SqliteStore } from "../../src/delivery/store/sqlite_store.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { createLogger } from "../../src/util/log.ts";
import { FULL } from "../full.ts";

/** What the backend does with a request, apart from values that it does not take anyway. */
const BEHAVIOURS = [
  "store",
  "store",
  "store",
  "choke",
  "away",
  "store and break off",
  "break off",
  "refuse the token",
  "forbid",
  "too large",
  "a login page",
  "wait",
] as const;

type Behaviour = typeof BEHAVIOURS[number];

/** A file that fails now and then. */
class Failing extends SqliteStore {
  broken = false;

  #check(): void {
    if (this.broken) throw new Error("disk I/O error");
  }

  override append(values: readonly StoredValue[]): void {
    this.#check();
    super.append(values);
  }

  override read(accountId: number, afterId: number, limit: number): StoredValue[] {
    this.#check();
    return super.read(accountId, afterId, limit);
  }

  override remove(values: readonly StoredValue[]): number {
    this.#check();
    return super.remove(values);
  }
}

interface Case {
  readonly put: boolean;
  readonly bound: number;
  readonly handovers: readonly { readonly account: number; readonly count: number }[];
  /** What may happen; drawn at random, since what comes at regular intervals can hit the same values each time. */
  readonly behaviours: readonly Behaviour[];
  readonly seed: number;
  readonly diskFails: readonly boolean[];
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return ((mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))) >>> 8) / 2 ** 24;
  };
}

async function play(
  { put, bound, handovers, behaviours, seed, diskFails }: Case,
  file: boolean,
): Promise<void> {
  const random = randomOf(seed);
  const draw = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const stored = new Map<number, number>();
  let handed = 0;
  let healthy = false;
  const disk = file ? new Failing(":memory:", sqlite) : undefined;
  let steady = 0;
  const log = createLogger(() => {});
  const store: OutboxStore = disk
    ? new ResilientStore(disk, log, () => steady += 500)
    : new MemoryStore();
  const balance = () => {
    const { sent, refused, dropped, waiting } = outbox.stats();
    assertEquals(sent + refused + dropped + waiting, handed);
  };
  const fetch = async (_input: unknown, init: RequestInit = {}): Promise<Response> => {
    const values: { p: string; v: number }[] = await new Response(init.body).json();
    await new Promise((resolve) => setImmediate(resolve));
    balance();
    const behaviour = healthy ? "store" : draw(behaviours);
    if (disk) disk.broken = !healthy && draw(diskFails);
    if (values.some(({ p }) => p.startsWith("bad"))) return new Response("no", { status: 400 });
    if (behaviour.startsWith("store")) {
      for (const { v } of values) stored.set(v, (stored.get(v) ?? 0) + 1);
    }
    switch (behaviour) {
      case "store":
        return new Response(null, { status: 204 });
      case "choke":
        return new Response("Internal Server Error", { status: 500 });
      case "away":
        return new Response("<html>", { status: 503 });
      case "refuse the token":
        return new Response("Access denied", { status: 401 });
      case "forbid":
        return new Response("Access to resource denied", { status: 403 });
      case "too large":
        return new Response("<html>", { status: 413 });
      case "a login page":
        return new Response("<html>", { status: 200 });
      case "wait":
        return new Response("busy", { status: 429 });
      default:
        throw new TypeError("connection reset");
    }
  };
  const outbox = new Outbox({
    client: new GrafoleanClient("http://x/api", "token", {
      fetch: fetch as typeof globalThis.fetch,
    }),
    store,
    log,
    delivery: put ? "put" : "post",
    bounds: { values: bound },
    backoff: { minMs: 0 },
    slowMs: 0,
    rescanMs: 1,
  });
  let bad = 0;
  for (const { account, count } of handovers) {
    const points = Array.from({ length: count }, (_, n) => {
      const isBad = n % 20 === 13;
      if (isBad) bad++;
      return { p: `${isBad ? "bad" : "p"}.${n}`, v: ++handed };
    });
    const kept = outbox.accept(account, points);
    balance();
    if (count % 2 === 0) await kept;
    balance();
  }
  healthy = true;
  if (disk) disk.broken = false;
  assertEquals(await outbox.flush(60_000), 0);
  balance();
  const { sent, refused, dropped } = outbox.stats();
  await outbox[Symbol.asyncDispose]();
  assert(refused <= bad, `${refused} of ${bad} bad values were refused`);
  assert(stored.size >= sent, "what counts as sent is there");
  assert(handed - stored.size <= refused + dropped, "what is not there was counted");
  if (bound >= handed) assertEquals([dropped, refused, sent], [0, bad, handed - bad]);
}

const someCase: fc.Arbitrary<Case> = fc.record({
  put: fc.boolean(),
  bound: fc.constantFrom(30, 100, 100_000),
  handovers: fc.array(
    fc.record({
      account: fc.integer({ min: 1, max: 3 }),
      count: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }) },
        fc.integer({ min: 900, max: 1200 }),
      ),
    }),
    { minLength: 1, maxLength: 15 },
  ),
  behaviours: fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 1, maxLength: 12 }),
  seed: fc.integer(),
  diskFails: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
});

for (const file of [false, true]) {
  const where = file ? "a file that fails now and then" : "memory";
  Deno.test(`Outbox accounts for every value, whatever happens, in ${where}`, async () => {
    await fc.assert(fc.asyncProperty(someCase, (each) => play(each, file)), {
      numRuns: FULL ? 60 : 15,
    });
  });
}
