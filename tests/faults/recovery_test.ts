// How soon values flow again after an outage, for all accounts, and what the backend sees meanwhile.

// The tables are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { Control } from "./control.ts";
import type { Action, Front } from "./front.ts";
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
    "requests/s, away": asked / (seconds / 2),
    "at once, back": front.mostAtOnce,
    "requests/s, back": Math.max(...front.perSecond(ended)),
    lost: missing + refused + dropped,
  };
}

Deno.test("Collector delivers for all accounts within seconds after an outage", async () => {
  const control = new Control();
  const rows = await Promise.all([
    ...Object.keys(AWAY).flatMap((name) => OUTAGES.map((seconds) => play(name, seconds, 1))),
    ...["503", "connection refused"].map((name) => play(name, OUTAGES[0]!, 2)),
  ]);
  const { worst } = await control.end();
  console.log(table(rows.map((row) => ({
    ...row,
    "flows again": row["flows again"].toFixed(2),
    late: row.late.toFixed(2),
    "requests/s, away": row["requests/s, away"].toFixed(1),
  }))));
  const limit = SOON + 10 * worst;
  console.log(`no outage: ${worst.toFixed(2)} s late at worst`);
  for (const row of rows) {
    const about = `${row.away}, ${row.outages}`;
    assertEquals(row.lost, 0, about);
    assert(row["flows again"] <= limit, `${about}: flows again after ${row["flows again"]} s`);
  }
});
