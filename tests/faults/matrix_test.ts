// Every fault between a bot and its backend, over real HTTP: several jobs send values during the fault, which are
// compared with what the backend has in the end.

// The table is part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { Outbox } from "../../src/delivery/outbox.ts";
import { openStore } from "../../src/delivery/store/open_store.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { createLogger } from "../../src/util/log.ts";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import { replaceNow } from "../virtual_time.ts";
import { type Action, type Arrival, Front, POSTED } from "./front.ts";
import { type Accepted, compare, table } from "./ledger.ts";

/** What a scenario acts on. */
interface Stage {
  readonly sandbox: Sandbox;
  readonly front: Front;
  readonly accounts: readonly { readonly id: number }[];
  readonly bot: { readonly id: number; readonly token: string };
  /** Moves the clock of both sides by a number of milliseconds. */
  readonly setClock: (ms: number) => void;
}

type Act = (stage: Stage) => Promise<void>;

interface Scenario {
  readonly name: string;
  readonly sandbox?: SandboxOptions;
  /** Whether the backend is down when the bot starts. */
  readonly downAtStart?: boolean;
  /** Starts the fault and ends it. */
  readonly act?: Act;
  /** Which values the backend refuses or fails on. */
  readonly isBad?: (p: string) => boolean;
  /** What the backend does with a request that contains one of them. */
  readonly badAnswer?: Action;
  /** Whether the clock is set back, so that times are not in the order of acceptance. Such a scenario runs alone. */
  readonly setsBack?: boolean;
  /** The maximum number of waiting values, if it is too low. */
  readonly maxValues?: number;
}

const JOBS = 4;
const ROUNDS = 12;
const PER_ROUND = 15;

/** Applies an action to the first `times` requests with values. */
function first(times: number, action: Action): Act {
  return ({ front }) => {
    let left = times;
    front.decide = ({ body }) => body !== "" && left-- > 0 ? action : "pass";
    return Promise.resolve();
  };
}

/** Applies an action to requests with values for a while. */
function during(ms: number, action: Action): Act {
  return async ({ front }) => {
    front.decide = ({ path, body }) =>
      path.endsWith("/values") && (body !== "" || resetsEarly(action)) ? action : "pass";
    await delay(ms);
    front.decide = () => "pass";
  };
}

function resetsEarly(action: Action): boolean {
  return typeof action === "object" && "reset" in action && action.reset === "before-body";
}

const html = "<html><body><h1>Bad gateway</h1></body></html>";
const internal = { status: 500, body: "Internal Server Error" };
const position = (p: string) => Number(p.split(".")[2]);

const SCENARIOS: readonly Scenario[] = [
  { name: "nothing happens" },
  {
    name: "down at start",
    downAtStart: true,
    act: async ({ front }) => {
      await delay(400);
      await front.up();
    },
  },
  {
    name: "refused for a while",
    act: async ({ front }) => {
      await delay(30);
      await front.down();
      await delay(400);
      await front.up();
    },
  },
  { name: "silent, nothing stored", act: during(500, { stall: "silent" }) },
  { name: "silent, but stored", act: first(4, { stall: "silent", processed: true }) },
  { name: "stalls in the head, stored", act: first(4, { stall: "mid-head", processed: true }) },
  { name: "stalls in the body", act: first(4, { stall: "mid-body" }) },
  { name: "stalls in the body, stored", act: first(4, { stall: "mid-body", processed: true }) },
  { name: "reset before the body was read", act: during(300, { reset: "before-body" }) },
  { name: "reset after the body, nothing stored", act: during(300, { reset: "after-body" }) },
  { name: "reset after the body, stored", act: first(6, { reset: "after-body", processed: true }) },
  { name: "reset in the answer, stored", act: first(6, { reset: "mid-answer", processed: true }) },
  { name: "500 for a while", act: during(300, internal) },
  { name: "500 in HTML for a while", act: during(300, { status: 500, body: html }) },
  { name: "500, but stored", act: first(5, { ...internal, processed: true }) },
  {
    name: "500 with Retry-After",
    act: first(3, { ...internal, headers: { "retry-after": "1" } }),
  },
  {
    name: "500 before anything was done",
    act: during(300, { status: 500, body: "Could not validate access" }),
  },
  ...[429, 502, 503, 504].flatMap((status): Scenario[] => [
    { name: `${status} for a while`, act: during(300, { status, body: html }) },
    {
      name: `${status} with Retry-After`,
      act: first(3, { status, body: html, headers: { "retry-after": "1" } }),
    },
  ]),
  {
    name: "503 with Retry-After: 0",
    act: during(300, { status: 503, headers: { "retry-after": "0" } }),
  },
  { name: "502, but stored", act: first(5, { status: 502, body: html, processed: true }) },
  { name: "408 for a while", act: during(300, { status: 408 }) },
  { name: "425 for a while", act: during(300, { status: 425 }) },
  { name: "401 that heals", act: during(300, { status: 401, body: "Access denied" }) },
  { name: "401 of a proxy that heals", act: during(300, { status: 401, body: html }) },
  { name: "403 that heals", act: during(300, { status: 403, body: "Access to resource denied" }) },
  {
    name: "PUT forbidden for a while",
    act: async ({ front }) => {
      let n = 0;
      front.decide = ({ method, body }) => {
        if (body === "") return "pass";
        if (method === "PUT") return { status: 403, body: "Access to resource denied" };
        return n++ < 3 ? { status: 503 } : "pass";
      };
      await delay(400);
      front.decide = () => "pass";
    },
  },
  { name: "400 of a proxy", act: during(300, { status: 400, body: html }) },
  { name: "404 of a proxy", act: during(300, { status: 404, body: html }) },
  { name: "413 for everything, for a while", act: during(300, { status: 413, body: html }) },
  { name: "200 with a login page", act: during(300, { status: 200, body: html }) },
  {
    name: "redirected for a while",
    act: during(300, { status: 302, headers: { location: "http://127.0.0.1:1/login" } }),
  },
  {
    name: "413 for more than 20 values",
    act: ({ front }) => {
      front.decide = ({ body }) =>
        body.split('"p"').length > 21 ? { status: 413, body: html } : "pass";
      return Promise.resolve();
    },
  },
  {
    name: "database restarted",
    sandbox: { workers: 4 },
    act: async ({ sandbox }) => {
      for (let n = 0; n < 5; n++) {
        sandbox.restartDatabase();
        await delay(60);
      }
    },
  },
  {
    name: "database down for a while",
    act: async ({ sandbox }) => {
      sandbox.stopDatabase();
      await delay(300);
      sandbox.startDatabase();
    },
  },
  { name: "slow answers", sandbox: { cost: { perRequest: 0.03, perValue: 0.0004 } } },
  {
    name: "new paths created side by side",
    sandbox: { newPathRace: true, cost: { perRequest: 0.005 }, workers: 5 },
  },
  {
    name: "fails at random, a third of the time",
    act: async ({ front }) => {
      let n = 0;
      const troubles: readonly Action[] = [
        internal,
        { status: 502, body: html },
        { reset: "after-body" },
        { status: 500, body: "Could not validate access" },
      ];
      front.decide = ({ body }) =>
        body !== "" && ++n % 3 === 0 ? troubles[(n / 3) % troubles.length]! : "pass";
      await delay(1000);
      front.decide = () => "pass";
    },
  },
  {
    name: "clock set forward by 2 h, and back, while it is away",
    setsBack: true,
    act: async ({ front, setClock }) => {
      front.decide = ({ body }) => body === "" ? "pass" : { status: 503 };
      await delay(100);
      setClock(7_200_000);
      await delay(100);
      setClock(-3_600_000);
      await delay(100);
      front.decide = () => "pass";
    },
  },
  ...([
    ["first", (p: string) => p === "job.0.0"],
    ["middle", (p: string) => p === `job.1.${Math.floor(PER_ROUND / 2)}`],
    ["last", (p: string) => p === `job.2.${PER_ROUND - 1}`],
    ["5 % everywhere", (p: string) => (position(p) * 7 + p.length + Number(p[4])) % 20 === 3],
    ["five in a row", (p: string) => /^job\.3\.[5-9]$/.test(p)],
  ] as const).flatMap(([where, isBad]): Scenario[] => [
    {
      name: `400 for a value: ${where}`,
      isBad,
      badAnswer: { status: 400, body: "Input validation failed: no" },
    },
    { name: `500 for a value: ${where}`, isBad, badAnswer: internal },
  ]),
  {
    name: "away longer than the bounds allow",
    maxValues: 200,
    act: during(600, { status: 503 }),
  },
];

interface Row extends Record<string, string | number> {
  scenario: string;
  delivery: string;
  store: string;
  accepted: number;
  stored: number;
  lost: number;
  doubled: number;
  "may double": number;
  refused: number;
  dropped: number;
  "wrong time": number;
  reordered: number;
}

async function play(
  scenario: Scenario,
  delivery: "post" | "put",
  file: string | undefined,
): Promise<Row> {
  let set = 0;
  const { now } = Date;
  using _clock = scenario.setsBack ? replaceNow(() => now() + set) : undefined;
  const sandbox = new Sandbox(scenario.sandbox);
  const accounts = [sandbox.addAccount(), sandbox.addAccount()];
  const bot = sandbox.addBot({ protocol: "x", permissions: "all" });
  await using front = new Front(sandbox);
  await front.up();
  if (scenario.downAtStart) await front.down();
  let heard = 0;
  const counting = async (input: RequestInfo | URL, init?: RequestInit) => {
    const response = await fetch(input, init);
    heard += Number(response.headers.get(POSTED) ?? 0);
    return response;
  };
  const log = createLogger(() => {});
  const outbox = new Outbox({
    client: new GrafoleanClient(front.url, bot.token, { timeoutMs: 1000, fetch: counting }),
    store: openStore(file, log),
    log,
    delivery,
    backoff: { minMs: 10, maxMs: 60 },
    slowMs: 80,
    ...(scenario.maxValues === undefined ? {} : { bounds: { values: scenario.maxValues } }),
  });
  const bad = ({ body }: Pick<Arrival, "body">) =>
    [...body.matchAll(/"p":"([^"]+)"/g)].some(([, p]) => scenario.isBad?.(p!) ?? false);
  if (scenario.badAnswer !== undefined) {
    const answer = scenario.badAnswer;
    front.decide = (arrival) => bad(arrival) ? answer : "pass";
  }
  const accepted: Accepted[] = [];
  let counter = 0;
  const job = async (number: number) => {
    const accountId = accounts[number % accounts.length]!.id;
    for (let round = 0; round < ROUNDS; round++) {
      const points = Array.from(
        { length: PER_ROUND },
        (_, n) => ({ p: `job.${number}.${n}`, v: ++counter }),
      );
      const before = Date.now();
      await outbox.accept(accountId, points);
      const after = Date.now();
      // The clock may have been set in between.
      const [from, to] = [Math.min(before, after), Math.max(before, after)];
      accepted.push(...points.map(({ p, v }) => ({ accountId, p, v, from, to })));
      await delay(25);
    }
  };
  const jobs = Promise.all(Array.from({ length: JOBS }, (_, n) => job(n)));
  await Promise.all([
    jobs,
    scenario.act?.({ sandbox, front, accounts, bot, setClock: (ms) => set += ms }),
  ]);

  const expectedBad = accepted.filter(({ p }) => scenario.isBad?.(p)).length;
  const about = `${scenario.name} (${delivery}, ${file ? "file" : "memory"})`;
  const fails500 = scenario.badAnswer === internal;
  let more = 0;
  await until(async () => {
    if (outbox.stats().waiting === 0) return true;
    // The outbox drops a value that fails with 500 only when enough others of its account have been stored.
    if (fails500) {
      for (const { id } of accounts) await outbox.accept(id, [{ p: "more", v: ++more }]);
    }
    await delay(25);
    return false;
  }, () => {
    const { sent, waiting, refused } = outbox.stats();
    // Where values are added here, only a refusal is progress.
    return `${about}: ${fails500 ? "" : `${sent} sent, ${waiting} waiting, `}${refused} refused`;
  });
  const { refused, dropped } = outbox.stats();
  assertEquals(refused, expectedBad, `${about}: refused`);
  await outbox[Symbol.asyncDispose]();
  const result = compare(accepted, sandbox, ({ p }) => !(scenario.isBad?.(p) ?? false));
  return {
    scenario: scenario.name,
    delivery,
    store: file ? "file" : "memory",
    accepted: result.accepted,
    stored: result.stored,
    lost: result.lost,
    doubled: result.doubled,
    "may double": front.posted - heard,
    refused,
    dropped,
    "wrong time": result.wrongTime,
    reordered: scenario.setsBack ? 0 : result.reordered,
  };
}

Deno.test("Outbox loses nothing under any fault, and doubles nothing by PUT", async () => {
  const folder = await Deno.makeTempDir();
  const plays = SCENARIOS.flatMap((scenario, number) => {
    const variants = (["post", "put"] as const).flatMap((delivery) =>
      [undefined, `${folder}/${number}.${delivery}.db`].map((file) =>
        [scenario, delivery, file] as const
      )
    );
    // The short variant plays each scenario once, in rotating variants; shifted, because scenarios come in pairs.
    return FULL ? variants : [variants[(number + (number >> 2)) % variants.length]!];
  });
  const rows: Row[] = [];
  for (const next of plays.filter(([{ setsBack }]) => setsBack)) rows.push(await play(...next));
  // Several at a time, since they mostly wait; the longest first.
  const queue = plays.filter(([{ setsBack }]) => !setsBack).toSorted(([a], [b]) =>
    Number(b.isBad !== undefined) - Number(a.isBad !== undefined)
  );
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      rows.push(await play(...next));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await Deno.remove(folder, { recursive: true });
  const order = new Map(SCENARIOS.map(({ name }, index) => [name, index]));
  rows.sort((a, b) =>
    order.get(a.scenario)! - order.get(b.scenario)! ||
    `${a.delivery} ${b.store}`.localeCompare(`${b.delivery} ${a.store}`)
  );
  console.log(table(rows));
  const accepted = rows.reduce((sum, row) => sum + row.accepted, 0);
  console.log(`${rows.length} runs, ${accepted} values accepted`);

  for (const row of rows) {
    const about = `${row.scenario} (${row.delivery}, ${row.store})`;
    // Values beyond the bounds are dropped, and each dropped value is counted.
    assertEquals(row.lost, row.dropped, `${about}: lost`);
    assertEquals(row["wrong time"], 0, `${about}: wrong time`);
    assert(row.doubled <= (row.delivery === "put" ? 0 : row["may double"]), `${about}: doubled`);
    if (row.delivery === "put") assertEquals(row.reordered, 0, `${about}: reordered`);
  }
  assert(rows.some(({ dropped }) => dropped > 0));
});
