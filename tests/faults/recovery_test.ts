// How soon values flow again after an outage, for all accounts, and what the backend sees meanwhile.

// The tables are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { until } from "../until.ts";
import { DrivenBot } from "./driven_bot.ts";
import { type Action, Front } from "./front.ts";
import { table } from "./ledger.ts";
import { Stage } from "./stage.ts";

/** How soon values of all accounts must flow again, in seconds. */
const SOON = 5;
const ACCOUNTS = FULL ? 50 : 10;
const PERIOD_MS = FULL ? 1000 : 250;
/** How long the outages take, in seconds. */
const OUTAGES = FULL ? [5, 20, 60] : [3];
/** How long the backend is there between two outages that are close together, in seconds. */
const BETWEEN = 1;

/** Ways of being away. */
const AWAY: Readonly<Record<string, Action | "down">> = {
  "connection refused": "down",
  "502": { status: 502, body: "<html>" },
  "503": { status: 503, body: "<html>" },
  "504": { status: 504, body: "<html>" },
  hanging: { stall: "silent" },
  "Could not validate access": { status: 500, body: "Could not validate access" },
};

async function begin(front: Front, away: Action | "down"): Promise<void> {
  if (away === "down") await front.down();
  else front.decide = () => away;
}

async function end(front: Front): Promise<void> {
  front.decide = () => "pass";
  await front.up();
}

/** When all accounts have stored a value that was handed over after a moment, in seconds after it. */
function flowsAgain(stage: Stage, since: number): number {
  const { accepted, accounts } = stage;
  const first = accounts.map(({ id }) =>
    Math.min(
      ...accepted.filter(({ accountId }) => accountId === id)
        .map((value) => stage.storedAt(value) ?? Infinity)
        .filter((time) => time > since),
    )
  );
  return (Math.max(...first) - since) / 1000;
}

async function play(name: string, seconds: number, outages: number) {
  const away = AWAY[name]!;
  await using stage = await Stage.open({
    accounts: ACCOUNTS,
    collector: { requestTimeout: name === "hanging" ? 2 : 10 },
  });
  const { front } = stage;
  const forMs = 1000 * (1 + outages * (seconds + BETWEEN) + SOON + 2);
  const streaming = stage.stream({ jobs: ACCOUNTS, perRun: 2, periodMs: PERIOD_MS, forMs });
  await delay(1000);
  let ended = 0;
  let asked = 0;
  for (let n = 0; n < outages; n++) {
    if (n > 0) await delay(BETWEEN * 1000);
    await begin(front, away);
    await delay(1000 * seconds / 2);
    const before = front.arrivals.length;
    await delay(1000 * seconds / 2);
    asked = Math.max(asked, front.arrivals.length - before);
    await end(front);
    ended = performance.now();
  }
  front.mostAtOnce = 0;
  await streaming;
  const missing = await stage.missing();
  const { refused, dropped } = await stage.waiting(0);
  return {
    away: name,
    outages: `${outages} x ${seconds} s`,
    accounts: ACCOUNTS,
    "flows again": flowsAgain(stage, ended),
    late: stage.lateness().worst,
    "requests/s, away": seconds === 0 ? 0 : asked / (seconds / 2),
    "at once, back": front.mostAtOnce,
    "requests/s, back": Math.max(...front.perSecond(ended)),
    lost: missing + refused + dropped,
  };
}

Deno.test("Collector delivers for all accounts within seconds after an outage", async () => {
  const control = await play("503", 0, 1);
  const rows = await Promise.all([
    ...Object.keys(AWAY).flatMap((name) => OUTAGES.map((seconds) => play(name, seconds, 1))),
    ...["503", "connection refused"].map((name) => play(name, OUTAGES[0]!, 2)),
  ]);
  const all = [control, ...rows];
  console.log(table(all.map((row) => ({
    ...row,
    "flows again": row["flows again"].toFixed(2),
    late: row.late.toFixed(2),
    "requests/s, away": row["requests/s, away"].toFixed(1),
  }))));
  // A busy machine takes longer without an outage, too.
  const limit = SOON + 10 * control.late;
  for (const row of rows) {
    const about = `${row.away}, ${row.outages}`;
    assertEquals(row.lost, 0, about);
    assert(row["flows again"] <= limit, `${about}: flows again after ${row["flows again"]} s`);
  }
});

const BOTS = 50;
const PER_BOT = 4;
const BOT_PERIOD_MS = 4000;
const BOTS_AWAY = FULL ? 30 : 6;

Deno.test("Collector does not stampede a backend that comes back for 50 bots", async () => {
  const sandbox = new Sandbox({ cost: { perRequest: 0.02 }, workers: 5 });
  const { token } = sandbox.addBot({ protocol: "x", permissions: "all" });
  await using front = new Front(sandbox);
  await front.up();
  const bots = Array.from(
    { length: BOTS },
    () => new DrivenBot(front.url, token, { logSink: () => {} }),
  );
  const accounts = Array.from({ length: BOTS * PER_BOT }, () => sandbox.addAccount().id);
  await Promise.all(bots.map((bot) => bot.start()));
  const missing = new Set<string>();
  const firstStored = new Map<number, number>();
  let ended = Infinity;
  const sentAt = new Map<string, number>();
  let late = 0;
  sandbox.onValues((values) => {
    const now = performance.now();
    for (const { accountId, p, v } of values) {
      const key = `${accountId} ${p} ${v}`;
      // Before the outage.
      if (now < began + 2000) late = Math.max(late, now - sentAt.get(key)!);
      missing.delete(key);
      if (now > ended && !firstStored.has(accountId)) firstStored.set(accountId, now - ended);
    }
  });
  const began = performance.now();
  const stopAt = performance.now() + 1000 * (2 + BOTS_AWAY + SOON + 3);
  const streaming = Promise.all(accounts.map(async (accountId, number) => {
    const bot = bots[number % BOTS]!;
    await delay(BOT_PERIOD_MS * number / accounts.length);
    for (let v = 0; performance.now() < stopAt; v++) {
      missing.add(`${accountId} job.0 ${v}`);
      sentAt.set(`${accountId} job.0 ${v}`, performance.now());
      await bot.send(accountId, { "job.0": v });
      await delay(BOT_PERIOD_MS);
    }
  }));
  await delay(2000);
  await begin(front, AWAY["503"]!);
  await delay(BOTS_AWAY * 1000);
  front.mostAtOnce = 0;
  ended = performance.now();
  await end(front);
  await streaming;
  await until(() => missing.size === 0, () => missing.size);
  const slowest = Math.max(...firstStored.values()) / 1000;
  console.log(
    `${BOTS} bots, ${accounts.length} accounts, ${BOTS_AWAY} s of 503: values of all accounts flow after ` +
      `${slowest.toFixed(2)} s; requests in each second from the start: ${
        front.perSecond(began).join(" ")
      }; back after second ${
        ((ended - began) / 1000).toFixed(1)
      }; at most ${front.mostAtOnce} at once`,
  );
  await Promise.all(bots.map((bot) => bot.stop()));
  assertEquals(firstStored.size, accounts.length);
  assert(slowest <= SOON + 10 * late / 1000, `the slowest account took ${slowest} s`);
});
