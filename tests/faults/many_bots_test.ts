// Many bots lose the same backend, and come back to it together.

// The figures are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { Sandbox } from "../../src/testing/mod.ts";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import { Control } from "./control.ts";
import { DrivenBot } from "./driven_bot.ts";
import { Front } from "./front.ts";

/** How soon values of all accounts must flow again, in seconds. */
const SOON = 5;
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
  sandbox.onValues((values) => {
    const now = performance.now();
    for (const { accountId, p, v } of values) {
      missing.delete(`${accountId} ${p} ${v}`);
      if (now > ended && !firstStored.has(accountId)) firstStored.set(accountId, now - ended);
    }
  });
  const control = new Control();
  const began = performance.now();
  const stopAt = performance.now() + 1000 * (2 + BOTS_AWAY + SOON + 3);
  const streaming = Promise.all(accounts.map(async (accountId, number) => {
    const bot = bots[number % BOTS]!;
    await delay(BOT_PERIOD_MS * number / accounts.length);
    for (let v = 0; performance.now() < stopAt; v++) {
      missing.add(`${accountId} job.0 ${v}`);
      await bot.send(accountId, { "job.0": v });
      await delay(BOT_PERIOD_MS);
    }
  }));
  await delay(2000);
  front.decide = () => ({ status: 503, body: "<html>" });
  await delay(BOTS_AWAY * 1000);
  front.mostAtOnce = 0;
  ended = performance.now();
  front.decide = () => "pass";
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
  const { worst } = await control.end();
  assertEquals(firstStored.size, accounts.length);
  assert(slowest <= SOON + 10 * worst, `the slowest account took ${slowest} s`);
});
