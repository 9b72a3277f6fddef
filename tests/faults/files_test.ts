// The outbox file is damaged while a bot works with it, and seconds later the bot is killed.

// The figures are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater } from "@std/assert";
import { delay } from "@std/async/delay";
import { basename, dirname, join } from "node:path";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import { compare, table } from "./ledger.ts";
import { ProcessStage } from "./process_stage.ts";

/** How long a bot has to make the damage good, in milliseconds, and how many calls it must have answered meanwhile. */
const REPAIR_MS = 4000;
const REPAIR_CALLS = 40;
/** The values that all jobs together hand over at a time. */
const HAND_OVERS = 4 * 5;

type Damage = (file: string) => Promise<void>;

async function remove(...paths: string[]): Promise<void> {
  for (const path of paths) await Deno.remove(path).catch(() => {});
}

/** Everything that belongs to an outbox file. */
const all = (file: string) => ["", "-journal", "-wal", "-shm"].map((end) => file + end);

async function overwrite(file: string, from: number): Promise<void> {
  using opened = await Deno.open(file, { write: true });
  const { size } = await opened.stat();
  await opened.seek(Math.floor(size * from), Deno.SeekMode.Start);
  await opened.write(crypto.getRandomValues(new Uint8Array(4096)));
}

/** A file that is no outbox belongs to somebody: it gets another name. */
const FOREIGN = "replaced by a foreign file";
const FOREIGN_TEXT = "no database at all\n".repeat(1000);

/** Whether the foreign file is still there, beside the outbox. */
async function isForeignSafe(file: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(dirname(file))) {
    if (!name.startsWith(`${basename(file)}.damaged-`)) continue;
    if (await Deno.readTextFile(join(dirname(file), name)) === FOREIGN_TEXT) return true;
  }
  return false;
}

/** The last step of each replaces the file or what is in it, since the bot may make good what was done in an earlier one. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  removed: (file) => remove(file),
  "all removed": (file) => remove(...all(file).reverse()),
  "journal removed": (file) => remove(`${file}-journal`, `${file}-wal`),
  "replaced by an empty file": async (file) => {
    await Deno.writeFile(`${file}.new`, new Uint8Array());
    await Deno.rename(`${file}.new`, file);
  },
  "emptied": (file) => Deno.truncate(file),
  "cut in half": async (file) => {
    const { size } = await Deno.stat(file);
    await Deno.truncate(file, size >> 1);
  },
  "start overwritten": (file) => overwrite(file, 0),
  "middle overwritten": (file) => overwrite(file, 0.5),
  "replaced by an old copy": async (file) => {
    await Deno.copyFile(file, `${file}.copy`);
    await delay(300);
    await Deno.rename(`${file}.copy`, file);
  },
  [FOREIGN]: async (file) => {
    await Deno.writeTextFile(`${file}.new`, FOREIGN_TEXT);
    await Deno.rename(`${file}.new`, file);
  },
  "moved away": (file) => Deno.rename(file, `${file}.away`),
};

/**
 * What nobody notices if it falls into a commit, as it cannot be told from what the bot itself writes. The commit makes good
 * what it rewrites; of what waited before, the rest may be lost.
 */
const QUIET = [
  "journal removed",
  "emptied",
  "cut in half",
  "start overwritten",
  "middle overwritten",
];

/** When the damage happens: while nothing gets through, or while values come and go. */
type Moment = "outage" | "work";

async function play(name: string, moment: Moment, delivery: "post" | "put") {
  await using stage = await ProcessStage.open(delivery);
  const { sandbox, front, file } = stage;
  const outage = () => front.decide = ({ body }) => body === "" ? "pass" : { status: 503 };
  const bot = stage.start();
  const stderr = new Response(bot.stderr).text();
  await sandbox.waitForValues(50, { timeout: 120 });
  if (moment === "outage") {
    outage();
    await until(async () => await stage.missing() > 50);
  }
  await DAMAGES[name]!(file);
  // Each job may have been within a hand-over.
  const written = (await stage.accepted()).length;
  await until(async () => (await stage.accepted()).length > written + HAND_OVERS);
  const atRisk = await stage.missing();
  if (moment === "work") outage();
  const before = (await stage.accepted()).length;
  const since = performance.now();
  await until(
    async () =>
      performance.now() - since > REPAIR_MS &&
      (await stage.accepted()).length > before + 5 * REPAIR_CALLS,
    () => Math.floor(performance.now() / 1000),
  );
  bot.kill("SIGKILL");
  await bot.status;
  const waited = await stage.missing();
  front.decide = () => "pass";
  const next = await stage.start({ ONCE: "1" }).output();
  const { accepted, lost, doubled } = compare(await stage.accepted(), sandbox);
  return {
    file: name,
    while: moment,
    delivery,
    accepted,
    waited,
    atRisk,
    lost,
    doubled,
    code: next.code,
    logged: (await stderr).split("\n").filter((line) => /The outbox file .*outbox\.db"/.test(line))
      .length,
    foreign: await isForeignSafe(file) ? "safe" : "",
  };
}

const PLAYS: readonly (readonly [string, Moment, "post" | "put"])[] = FULL
  ? Object.keys(DAMAGES).flatMap((name) => [
    [name, "outage", "put"] as const,
    [name, "work", "post"] as const,
  ])
  : [
    ["removed", "outage", "put"],
    ["journal removed", "work", "post"],
    ["replaced by an empty file", "outage", "post"],
    ["cut in half", "work", "put"],
    ["start overwritten", "outage", "put"],
    [FOREIGN, "work", "put"],
  ];

Deno.test({
  name: "runBot makes damage to its outbox file good within seconds, so that a kill costs nothing",
  ignore: Deno.build.os === "windows",
  async fn() {
    const rows: Awaited<ReturnType<typeof play>>[] = [];
    const queue = [...PLAYS];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        rows.push(await play(...next));
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    console.log(table(rows));
    for (const row of rows) {
      const about = `${row.file}, ${row.while}`;
      assertGreater(row.waited, 100, about);
      assertEquals(row.foreign, row.file === FOREIGN ? "safe" : "", about);
      const isUnnoticed = QUIET.includes(row.file) && row.logged === 0;
      assert(row.lost <= (isUnnoticed ? row.atRisk : 0), `${about}: ${row.lost} lost`);
      assertEquals(row.code, 0, about);
      if (row.delivery === "put") assertEquals(row.doubled, 0, about);
      if (!QUIET.includes(row.file)) assertGreater(row.logged, 0, `${about}: nothing logged`);
    }
  },
});
