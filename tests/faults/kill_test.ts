// A bot is killed again and again while it works against a failing backend.

// The figures are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import type { Action } from "./front.ts";
import { compare, table } from "./ledger.ts";
import { ProcessStage } from "./process_stage.ts";

const KILLS = FULL ? 50 : 8;
/** Faults of all kinds, for a third of the requests with values. */
function failing(): (arrival: { readonly body: string }) => Action {
  const faults: readonly Action[] = [
    { status: 503 },
    { reset: "after-body", processed: true },
    { status: 500, body: "Internal Server Error" },
    { reset: "mid-answer", processed: true },
    { status: 502, body: "<html>" },
    { reset: "after-body" },
  ];
  let n = 0;
  return ({ body }) => body !== "" && ++n % 3 === 0 ? faults[(n / 3) % faults.length]! : "pass";
}

async function killAgainAndAgain(delivery: "post" | "put", kills: number) {
  await using stage = await ProcessStage.open(delivery);
  const { sandbox, front } = stage;
  front.decide = failing();
  let atWork = 0;
  for (let n = 0; n < kills; n++) {
    const before = sandbox.countValues();
    const bot = stage.start();
    // Between before it is ready and the middle of its work, which it reaches every other time on any machine.
    if (n % 2 === 1) await sandbox.waitForValues(before + 1, { timeout: 120 });
    await delay(50 + Math.random() * 700);
    if (n % 4 === 3) {
      // Sometimes while values wait that are stored already, but whose answer is missing.
      const stored = sandbox.countValues();
      front.decide = ({ body }) => body === "" ? "pass" : { stall: "silent", processed: true };
      await until(async () => sandbox.countValues() > stored && await stage.missing() > 0);
      front.decide = failing();
    }
    bot.kill("SIGKILL");
    await Promise.all([bot.stderr.cancel(), bot.status]);
    if (await stage.missing() > 0) atWork++;
  }
  front.decide = () => "pass";
  const last = await stage.start({ ONCE: "1" }).output();
  assertEquals(last.code, 0, new TextDecoder().decode(last.stderr));
  return {
    delivery,
    kills,
    "with values waiting": atWork,
    ...compare(await stage.accepted(), sandbox),
  };
}

Deno.test("runBot with an outbox file loses nothing to kill -9, and doubles nothing by PUT", async () => {
  const rows = await Promise.all([
    killAgainAndAgain("put", KILLS / 2),
    killAgainAndAgain("post", KILLS / 2),
  ]);
  console.log(table(rows));
  for (const row of rows) {
    assertGreater(row.accepted, KILLS);
    // Otherwise it was not killed at work.
    assertGreater(row["with values waiting"], row.kills / 5);
    assertEquals([row.lost, row.wrongTime], [0, 0], row.delivery);
    if (row.delivery === "put") assertEquals([row.doubled, row.reordered], [0, 0]);
  }
});

Deno.test("runBot stops in time during an outage, logs what is left, and delivers that at its next start", async () => {
  await using stage = await ProcessStage.open("put");
  const { sandbox, front } = stage;
  const bot = stage.start();
  await sandbox.waitForValues(20, { timeout: 120 });
  front.decide = ({ body }) => body === "" ? "pass" : { status: 503 };
  await until(async () => await stage.missing() > 0);
  const before = Date.now();
  bot.kill("SIGTERM");
  const { code, stderr } = await bot.output();
  const seconds = (Date.now() - before) / 1000;
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  // Without the limit it would not stop before the outage ends.
  assert(seconds < 60, `it took ${seconds} s`);
  assertStringIncludes(said, "for the next start");
  assert(compare(await stage.accepted(), sandbox).lost > 0);

  front.decide = () => "pass";
  const next = await stage.start({ ONCE: "1" }).output();
  assertEquals(next.code, 0);
  assertStringIncludes(new TextDecoder().decode(next.stderr), "left in");
  const { lost, doubled, wrongTime } = compare(await stage.accepted(), sandbox);
  assertEquals({ lost, doubled, wrongTime }, { lost: 0, doubled: 0, wrongTime: 0 });
});
