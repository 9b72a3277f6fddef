// Faults of all kinds come and go at random, while values come in.

// The figures are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { Books } from "./books.ts";
import { Control } from "./control.ts";
import { FAULT_KINDS, isEarly } from "./fault_kinds.ts";
import type { Action } from "./front.ts";
import { compare, table } from "./ledger.ts";
import { random, SEED } from "./random.ts";
import { Stage } from "./stage.ts";

const FOR_MS = FULL ? 60_000 : 8000;
const STREAM = { jobs: 6, perRun: 5, periodMs: 200 };
const RUNS = FULL ? 8 : 2;
/** All good values must be stored so soon after the last fault, in seconds. */
const SOON = 10;

/** Somebody has to do something about these before it is of use to try again. */
const DENIALS = [
  "401",
  "401 of a proxy",
  "403",
  "404 of a proxy",
  "200 with a login page",
  "a redirect",
];
const KINDS = Object.entries(FAULT_KINDS).filter(([name]) => !DENIALS.includes(name));

/** Switches faults on and off for a while. */
async function plague({ front, sandbox }: Stage, chance: () => number): Promise<void> {
  const pick = () => KINDS[Math.floor(chance() * KINDS.length)]![1];
  const end = performance.now() + FOR_MS;
  while (performance.now() < end) {
    const actions: Action[] = [pick(), pick()];
    const share = chance();
    const kind = chance();
    if (kind < 0.1) await front.down();
    else if (kind < 0.2) sandbox.stopDatabase();
    else {
      front.decide = ({ body }) => {
        const action = actions[Math.floor(chance() * actions.length)]!;
        return chance() < share && (body !== "" || isEarly(action)) ? action : "pass";
      };
    }
    await delay(100 + 900 * chance());
    front.decide = () => "pass";
    sandbox.startDatabase();
    await front.up();
    await delay(500 * chance());
  }
}

async function play(seed: number) {
  const chance = random(seed);
  const delivery = seed % 2 === 0 ? "put" : "post";
  const books = new Books();
  const folder = await Deno.makeTempDir();
  // After the bot has stopped, as it makes a file that vanishes anew.
  await using _folder = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  await using stage = await Stage.open({
    accounts: 3,
    collector: {
      delivery,
      requestTimeout: 2,
      fetch: books.fetch,
      logSink: () => books.check("while it logs"),
      ...(seed % 4 < 2 ? { outboxFile: `${folder}/outbox.db` } : {}),
    },
  });
  stage.onSend = books.check;
  using _watching = books.watch(stage);
  await Promise.all([
    stage.stream({ ...STREAM, forMs: FOR_MS }),
    plague(stage, chance),
  ]);
  const ended = performance.now();
  const missing = await stage.missing();
  const values = await stage.waiting(0);
  const { doubled, wrongTime, reordered } = compare(stage.accepted, stage.sandbox);
  return {
    seed,
    delivery,
    accepted: stage.accepted.length,
    missing,
    ...values,
    doubled,
    wrongTime,
    reordered,
    last: Math.max(...stage.accepted.map((value) => stage.storedAt(value) ?? 0)) - ended,
    checks: books.checks,
    problems: [...books.problems, ...stage.front.audit.problems],
  };
}

Deno.test("Collector stores everything soon after the last of many faults, and its books hold all the time", async () => {
  console.log(`SEED=${SEED}`);
  const control = new Control();
  const rows = await Promise.all(Array.from({ length: RUNS }, (_, n) => play(SEED + n)));
  const { worst } = await control.end();
  console.log(table(rows.map((row) => ({
    seed: row.seed,
    delivery: row.delivery,
    accepted: row.accepted,
    missing: row.missing,
    refused: row.refused,
    dropped: row.dropped,
    waiting: row.waiting,
    doubled: row.doubled,
    "wrong time": row.wrongTime,
    "last after": `${(row.last / 1000).toFixed(2)} s`,
    "checks of the books": row.checks,
  }))));
  const limit = SOON + 10 * worst;
  for (const row of rows) {
    const about = `seed ${row.seed}`;
    assertGreater(row.checks, 1000);
    assertEquals(row.problems.slice(0, 5), [], about);
    const { missing, refused, dropped, waiting, wrongTime } = row;
    assertEquals(
      { missing, refused, dropped, waiting, wrongTime },
      { missing: 0, refused: 0, dropped: 0, waiting: 0, wrongTime: 0 },
      about,
    );
    if (row.delivery === "put") assertEquals([row.doubled, row.reordered], [0, 0], about);
    assert(
      row.last / 1000 <= limit,
      `${about}: the last value ${row.last / 1000} s after the last fault`,
    );
  }
});
