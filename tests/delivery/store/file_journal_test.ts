import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { delay } from "@std/async/delay";
import fc from "fast-check";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import type { UnwrittenValue, WaitingValue } from "../../../src/delivery/store/waiting_values.ts";
import { ConfigError } from "../../../src/util/errors.ts";
import { until } from "../../until.ts";
import { VirtualTime } from "../../virtual_time.ts";
import {
  assertHolds,
  canMount,
  type Connection,
  Folder,
  Impatient,
  JournalBot,
  mountSmall,
  Opened,
  unmount,
} from "./harness.ts";
import { writeFirstFormat } from "./first_format.ts";
import { T0, values } from "./values.ts";

const FIRST_FORMAT_BOT = new URL("./first_format_bot.ts", import.meta.url).pathname;
const WINDOWS = Deno.build.os === "windows";

/** A file that cannot have more pages of 4 KiB, as on a full disk. */
function withPages(count: number): Connection {
  return class extends Impatient {
    constructor(file: string) {
      super(file);
      super.exec(`PRAGMA max_page_count = ${count}`);
    }
  };
}

Deno.test("FileJournal restores what waited, in order, with paths, values and times as they were", () => {
  using folder = new Folder();
  const odd: UnwrittenValue[] = [
    { p: "a", v: 1e300, t: T0 },
    { p: "ä\0\ud800\"'\\", v: "\ud800 \u2028 𝄞", t: T0 + 1 },
    { p: "a", v: "1.50", t: T0 - 86_400_000_000 },
    { p: "a", v: -0.1, t: Number.MAX_SAFE_INTEGER },
    { p: "a", v: "", t: 1 },
  ];
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, 250));
    opened.add(odd, 2);
    assert(opened.journal.durable);
    assert(opened.journal.fileBytes > 0);
  }
  using again = new Opened(folder.file);
  assertEquals(again.all(), [...values(0, 250), ...odd]);
  assertEquals([...again.waiting.rows()].map(({ id, accountId }) => [id, accountId]), [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
  ]);
  assertEquals(again.add(values(300, 1))[0]!.id, 5);
  assertEquals(again.log, "");
});

Deno.test("FileJournal holds at each moment what WaitingValues hold", () => {
  const step = fc.record({
    account: fc.integer({ min: 1, max: 3 }),
    add: fc.integer({ min: 0, max: 250 }),
    removeFrom: fc.nat(400),
    remove: fc.nat(300),
    reopen: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      using folder = new Folder();
      let opened = new Opened(folder.file);
      let next = 0;
      try {
        for (const { account, add, removeFrom, remove, reopen } of steps) {
          opened.waiting.add(account, values(next, add));
          next += add;
          const all: WaitingValue[] = [...opened.waiting.rows()].flatMap((row) => row.values);
          opened.waiting.remove(all.slice(removeFrom, removeFrom + remove));
          opened.journal.commit();
          assert(opened.journal.durable);
          if (!reopen) continue;
          const before = opened.all();
          opened[Symbol.dispose]();
          opened = new Opened(folder.file);
          assertEquals(opened.all(), before);
          assertEquals(opened.log, "");
        }
      } finally {
        opened[Symbol.dispose]();
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("FileJournal keeps its files for their owner alone", { ignore: WINDOWS }, () => {
  using folder = new Folder();
  writeFileSync(folder.file, "");
  chmodSync(folder.file, 0o666);
  using opened = new Opened(folder.file);
  opened.add(values(0, 1));
  assertEquals(folder.names(), ["outbox.db", "outbox.db-journal"]);
  for (const name of folder.names()) {
    assertEquals(statSync(join(folder.data, name)).mode & 0o777, 0o600, name);
  }
});

Deno.test("FileJournal changes neither content nor mode of a file that is no outbox", {
  ignore: WINDOWS,
}, () => {
  using folder = new Folder();
  const text = join(folder.path, "precious.txt");
  writeFileSync(text, "precious");
  chmodSync(text, 0o640);
  // The user's own link is followed, and what it leads to is looked at first.
  const link = join(folder.path, "link.db");
  symlinkSync(text, link);
  for (const file of [text, link]) {
    assertThrows(() => new Opened(file), ConfigError, "is no outbox");
  }
  assertEquals([readFileSync(text, "utf8"), statSync(text).mode & 0o777], ["precious", 0o640]);
});

Deno.test("FileJournal creates no file where a link leads nowhere", { ignore: WINDOWS }, () => {
  using folder = new Folder();
  symlinkSync(join(folder.path, "missing"), folder.file);
  assertThrows(() => new Opened(folder.file), ConfigError, "a symbolic link that leads nowhere");
  assertEquals(existsSync(join(folder.path, "missing")), false);
});

Deno.test("FileJournal does not follow a link that takes the place of its file while it runs", {
  ignore: WINDOWS,
}, async () => {
  using time = new VirtualTime(T0 / 1e6);
  using folder = new Folder();
  const other = join(folder.path, "other.txt");
  writeFileSync(other, "precious");
  chmodSync(other, 0o644);
  using opened = new Opened(folder.file);
  opened.add(values(0, 1));
  rmSync(folder.file);
  symlinkSync(other, folder.file);
  await time.pass(10);
  assertEquals(opened.journal.durable, false);
  assertStringIncludes(opened.log, "it has become a symbolic link");
  assertEquals([readFileSync(other, "utf8"), statSync(other).mode & 0o777], ["precious", 0o644]);
  rmSync(folder.file);
  await time.pass(10);
  assertEquals(opened.journal.durable, true);
});

Deno.test("FileJournal warns about a file that is there but empty, and not about a new one", () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    assertEquals(opened.log, "");
    assert(statSync(folder.file).size > 0);
  }
  for (
    const [damage, problem] of [
      [() => writeFileSync(folder.file, ""), "is empty"],
      [() => rmSync(folder.file), "is missing beside its -journal"],
    ] as const
  ) {
    damage();
    using opened = new Opened(folder.file);
    assertStringIncludes(opened.log, `${problem}: if values waited in it, they are lost`);
  }
});

Deno.test("FileJournal gives the room back step by step when all is delivered", () => {
  using folder = new Folder();
  using opened = new Opened(folder.file);
  opened.add(values(0, 150_000));
  const full = statSync(folder.file).size;
  const used = opened.journal.fileBytes;
  opened.waiting.remove([...opened.waiting.rows()].flatMap((row) => row.values));
  opened.journal.commit();
  assert(opened.journal.fileBytes < used / 10);
  for (let at = 0; at < 3; at++) opened.add(values(at, 1));
  assert(statSync(folder.file).size < full / 2);
  assert(statSync(`${folder.file}-journal`).size <= 4 * 1024 * 1024);
  assert(opened.journal.durable);
});

Deno.test("FileJournal refuses a file that another outbox of this process uses, without unlocking it", async () => {
  using folder = new Folder();
  const link = join(folder.path, "link.db");
  const hardLink = join(folder.path, "hard.db");
  using first = new Opened(folder.file);
  symlinkSync(folder.file, link);
  linkSync(folder.file, hardLink);
  first.add(values(0, 1));
  for (const file of [folder.file, link, hardLink, join(folder.data, "..", "data", "outbox.db")]) {
    assertThrows(() => new Opened(file), ConfigError, "in use by another bot");
  }
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { DatabaseSync } from "node:sqlite";
       new DatabaseSync(${JSON.stringify(folder.file)}).prepare("SELECT * FROM waiting").all();`,
    ],
    stderr: "piped",
  }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "database is locked");
});

Deno.test("FileJournal keeps its files where a symbolic link leads", { ignore: WINDOWS }, () => {
  using folder = new Folder();
  const link = join(folder.path, "link.db");
  new Opened(folder.file)[Symbol.dispose]();
  symlinkSync(folder.file, link);
  {
    using opened = new Opened(link);
    opened.add(values(0, 10));
    rmSync(folder.file);
    opened.add(values(10, 10));
    assert(opened.journal.durable);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "data",
    "link.db",
  ]);
  assertHolds(link, values(0, 20));
});

Deno.test("FileJournal releases its file when it is disposed of", () => {
  using folder = new Folder();
  for (let run = 0; run < 3; run++) {
    using opened = new Opened(folder.file);
    opened.add(values(run, 1));
  }
  assertHolds(folder.file, values(0, 3));
});

Deno.test("openJournal refuses a file that another process uses, after it has waited for its end", async () => {
  using folder = new Folder();
  {
    await using bot = await JournalBot.start(folder);
    await bot.tell("add 10");
    const { message } = assertThrows(() => new Opened(folder.file), ConfigError);
    assertEquals(
      message,
      `OUTBOX_FILE: "${folder.file}" is in use by another bot: stop that bot, or give each bot its own file`,
    );
    await assertRejects(() => JournalBot.start(folder), Error, "The bot has ended");
    const next = JournalBot.start(folder);
    await delay(300); // So that it has to wait.
    await bot.kill();
    await using successor = await next;
    assertEquals((await successor.tell("report")).values, 10);
  }
  assertHolds(folder.file, values(0, 10));
});

Deno.test("FileJournal waits in memory while another program reads its file", async () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, 10));
  }
  using time = new VirtualTime(1_795_452_484);
  using backup = new sqlite.DatabaseSync(folder.file);
  backup.exec("BEGIN; SELECT * FROM waiting");
  using opened = new Opened(folder.file);
  assertEquals([opened.waiting.values, opened.journal.durable], [0, false]);
  assertStringIncludes(opened.log, "database is locked");
  opened.add(values(100, 1));
  backup.exec("COMMIT");
  await time.pass(5);
  assertEquals([opened.waiting.values, opened.restored.length, opened.journal.durable], [
    11,
    1,
    true,
  ]);
});

Deno.test("openJournal refuses what is no outbox, and leaves it as it is", () => {
  using folder = new Folder();
  const text = join(folder.data, "notes.txt");
  writeFileSync(text, "this is no database, but it is longer than the header of one. ".repeat(500));
  const other = join(folder.data, "other.db");
  {
    using db = new sqlite.DatabaseSync(other);
    db.exec("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)");
  }
  const newer = join(folder.data, "newer.db");
  new Opened(newer)[Symbol.dispose]();
  {
    using db = new sqlite.DatabaseSync(newer);
    db.exec("PRAGMA user_version = 3");
  }
  for (
    const [file, reason] of [
      [text, "is no outbox"],
      [other, "is a database of something else"],
      [newer, "was written by a newer version of this library (format 3"],
      [folder.data, "is a directory"],
      [":memory:", "is no path"],
      ["file:x.db?mode=memory", "is no path"],
      ...(WINDOWS ? [] : [["/dev/null", "is no regular file"]]),
    ] as const
  ) {
    const before = file.startsWith(folder.data) && file !== folder.data && readFileSync(file);
    const error = assertThrows(() => new Opened(file!), ConfigError, reason);
    assertStringIncludes(error.message, `OUTBOX_FILE: "${file}"`);
    if (before) assertEquals(readFileSync(file), before, file);
    // The reservation is gone.
    assertThrows(() => new Opened(file!), ConfigError, reason);
  }
});

Deno.test("openJournal keeps values in memory where there is no SQLite", () => {
  using opened = new Opened("outbox.db", null);
  opened.add(values(0, 1));
  const { place, durable, fileBytes } = opened.journal;
  assertEquals([place, durable, fileBytes], ["memory", false, 0]);
  assertStringIncludes(opened.log, "Node from 22");
});

Deno.test("FileJournal takes over a file of format 1", () => {
  using folder = new Folder();
  const all = values(0, 2500);
  writeFirstFormat(folder.file, all.map((value, index) => ({ account: 1 + index % 2, ...value })));
  {
    using opened = new Opened(folder.file);
    assertEquals(opened.log, "");
    const rows = [...opened.waiting.rows()];
    assertEquals(rows.length, 26);
    const odd = rows.filter(({ accountId }) => accountId === 1).flatMap((row) => row.values);
    assertEquals(odd.map(({ p, v, t }) => ({ p, v, t })), all.filter((_, at) => at % 2 === 0));
  }
  using db = new sqlite.DatabaseSync(folder.file);
  assertEquals({ ...db.prepare("PRAGMA user_version").get() }, { user_version: 2 });
  db.close();
  assertHolds(folder.file, all);
});

Deno.test("FileJournal takes over what a killed bot of format 1 had not moved from its WAL", {
  ignore: WINDOWS,
}, async () => {
  using folder = new Folder();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-write", FIRST_FORMAT_BOT, folder.file],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read(); // All values are in the file.
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
  assert(statSync(`${folder.file}-wal`).size > 0);
  assertHolds(folder.file, values(0, 500));
  assertEquals(folder.names(), ["outbox.db", "outbox.db-journal"]);
  assertHolds(folder.file, values(0, 500));
});

Deno.test("FileJournal takes over the good rows of format 1 where others make no sense", () => {
  using folder = new Folder();
  writeFirstFormat(folder.file, values(0, 500).map((value) => ({ account: 1, ...value })));
  {
    using db = new sqlite.DatabaseSync(folder.file);
    db.exec("UPDATE waiting SET t = 9223372036854775807 WHERE id = 10");
    db.exec("UPDATE waiting SET v = x'00ff' WHERE id = 20");
    db.exec("UPDATE waiting SET v = 'scrambled' WHERE id = 30");
    db.exec("UPDATE waiting SET account = -1 WHERE id = 40");
    db.exec("UPDATE waiting SET p = '' WHERE id = 50");
  }
  const bad = new Set([10, 20, 30, 40, 50]);
  {
    using opened = new Opened(folder.file);
    assertEquals(opened.all(), values(0, 500).filter((_, at) => !bad.has(at + 1)));
    assertStringIncludes(opened.log, "damaged (5 rows make no sense)");
    assertStringIncludes(opened.log, "495 values were taken over from it, and more may be lost");
  }
  assertEquals(folder.names().filter((name) => /\.damaged-\d+T\d+Z$/.test(name)).length, 1);
  using again = new Opened(folder.file);
  assertEquals([again.waiting.values, again.log], [495, ""]);
});

Deno.test("FileJournal takes over the good rows where others make no sense", () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    for (let at = 0; at < 2000; at++) opened.waiting.add(1, values(at, 1));
    opened.journal.commit();
  }
  {
    using db = new sqlite.DatabaseSync(folder.file);
    const accepted = T0;
    const bad = {
      10: `[1,9223372036854775807,"a",1,0]`,
      30: `[1,${accepted},"a",1`,
      40: `[0,${accepted},"a",1,0]`,
      1500: "[]",
      1501: `[1,${accepted},"a",{},0]`,
      1502: `[1,${accepted},"a",1,1e300]`,
      1503: `[1,${accepted},"",1,0]`,
      1504: `[1,${accepted},"a",1]`,
    };
    for (const [id, data] of Object.entries(bad)) {
      db.prepare("UPDATE waiting SET data = ? WHERE id = ?").run(data, Number(id));
    }
    db.exec("UPDATE waiting SET data = x'00ff' WHERE id = 20");
    db.exec("INSERT INTO waiting SELECT 9223372036854775807, data FROM waiting WHERE id = 1");
  }
  const bad = new Set([10, 20, 30, 40, 1500, 1501, 1502, 1503, 1504]);
  {
    using opened = new Opened(folder.file);
    assertEquals(opened.all(), values(0, 2000).filter((_, at) => !bad.has(at + 1)));
    assertStringIncludes(opened.log, "1991 values were taken over from it, and more may be lost");
  }
  using again = new Opened(folder.file);
  assertEquals([again.waiting.values, again.log], [1991, ""]);
});

Deno.test("FileJournal goes on in memory while the disk is full, and makes good for it", async () => {
  using folder = new Folder();
  using time = new VirtualTime(1_795_452_484);
  using opened = new Opened(folder.file, withPages(40));
  let next = 0;
  while (opened.journal.durable) {
    opened.add(values(next, 100));
    next += 100;
  }
  assertEquals(opened.problems.open().map(({ level, scope }) => [level, scope]), [
    ["error", undefined],
  ]);
  assertStringIncludes(opened.log, "database or disk is full");
  opened.add(values(next, 100));
  await time.pass(5);
  assert(!opened.journal.durable);
  opened.waiting.remove(
    [...opened.waiting.rows()].slice(0, 10).flatMap((row) => row.values),
  );
  opened.journal.commit();
  await time.pass(5);
  assert(opened.journal.durable, opened.log);
  assertEquals(opened.problems.open(), []);
  opened[Symbol.dispose]();
  assertHolds(folder.file, values(1000, next + 100 - 1000));
});

Deno.test("FileJournal pauses after a failure, the longer the more time it took", async () => {
  using folder = new Folder();
  using time = new VirtualTime(1_795_452_484);
  const { now } = performance;
  let took = 0;
  performance.now = () => now() + took;
  let attempts = 0;
  class Slow extends sqlite.DatabaseSync {
    constructor(file: string) {
      super(file);
      this.close();
      attempts++;
      took += 500;
      throw new Error("disk I/O error");
    }
  }
  using opened = new Opened(folder.file, Slow);
  for (let at = 0; at < 200; at++) opened.add(values(at, 1));
  assertEquals(attempts, 1);
  await time.pass(60);
  assert(attempts > 5 && attempts < 16, `${attempts} attempts`);
  assertStringIncludes(opened.log, "disk I/O error");
  assertEquals(opened.records.filter(({ level }) => level !== "debug").length, 1);
});

Deno.test("FileJournal makes good for what a failing disk did not write", async () => {
  using folder = new Folder();
  using time = new VirtualTime(1_795_452_484);
  let fails = false;
  class Flaky extends sqlite.DatabaseSync {
    override exec(sql: string): void {
      if (fails && sql === "COMMIT") throw new Error("disk I/O error");
      super.exec(sql);
    }
  }
  using opened = new Opened(folder.file, Flaky);
  opened.add(values(0, 1000));
  fails = true;
  opened.waiting.remove([...opened.waiting.rows()].slice(0, 5).flatMap((row) => row.values));
  opened.add(values(1000, 500));
  assertEquals([opened.journal.durable, opened.journal.fileBytes], [false, 0]);
  await time.pass(20);
  opened.add(values(1500, 500));
  assertStringIncludes(opened.problems.open()[0]!.message, "disk I/O error");
  fails = false;
  await time.pass(5);
  assertEquals([opened.journal.durable, opened.problems.open()], [true, []]);
  // Nothing was taken for values of others.
  assertEquals([opened.restored, opened.waiting.values], [[], 1500]);
  opened[Symbol.dispose]();
  assertHolds(folder.file, values(500, 1500));
});

Deno.test(
  "FileJournal notices that its file goes away while it writes",
  { ignore: WINDOWS },
  async () => {
    const damages: readonly ((file: string) => void)[] = [
      (file) => rmSync(file),
      (file) => rmSync(`${file}-journal`),
      (file) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ];
    for (const damage of damages) {
      using folder = new Folder();
      using time = new VirtualTime(1_795_452_484);
      let isDue = false;
      class Sabotaged extends sqlite.DatabaseSync {
        override exec(sql: string): void {
          if (isDue && sql === "COMMIT") {
            isDue = false;
            damage(folder.file);
          }
          super.exec(sql);
        }
      }
      using opened = new Opened(folder.file, Sabotaged);
      opened.add(values(0, 5000));
      await time.pass(2);
      isDue = true;
      opened.add(values(5000, 1));
      await time.pass(10);
      assertStringIncludes(opened.log, "it was written anew");
      assertEquals([opened.journal.durable, opened.problems.open()], [true, []]);
      opened[Symbol.dispose]();
      assertHolds(folder.file, values(0, 5001));
    }
  },
);

Deno.test("FileJournal remembers little of what it cannot write", async () => {
  using folder = new Folder();
  using time = new VirtualTime(1_795_452_484);
  using opened = new Opened(folder.file, withPages(10));
  opened.add(values(0, 2000));
  assert(!opened.journal.durable);
  for (let at = 0; at < 50_000; at++) {
    const rows = opened.waiting.add(1, values(at, 1));
    opened.waiting.remove(rows[0]!.values);
    opened.journal.commit();
  }
  opened.waiting.remove([...opened.waiting.rows()].flatMap((row) => row.values).slice(10));
  opened.journal.commit();
  await time.pass(20);
  assert(opened.journal.durable, opened.log);
  opened[Symbol.dispose]();
  assertHolds(folder.file, values(0, 10));
});

Deno.test("FileJournal uses a file that cannot be opened at the start as soon as it can", async () => {
  using folder = new Folder();
  const elsewhere = `${folder.data}.away`;
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, 150), 2);
  }
  renameSync(folder.data, elsewhere);
  using time = new VirtualTime(1_795_452_484);
  using opened = new Opened(folder.file);
  assertStringIncludes(
    opened.log,
    "check that its directory exists, the disk, and the permissions",
  );
  const [row] = opened.add(values(1000, 1));
  await time.pass(10);
  assertEquals([opened.journal.durable, opened.problems.open().length], [false, 1]);
  renameSync(elsewhere, folder.data);
  await time.pass(5);
  assertEquals([opened.journal.durable, opened.problems.open()], [true, []], opened.log);
  assertEquals(opened.restored.map(({ accountId, values }) => [accountId, values.length]), [
    [2, 100],
    [2, 50],
  ]);
  assert(opened.restored.every(({ id }) => id > row!.id));
  opened[Symbol.dispose]();
  assertHolds(folder.file, [...values(0, 150), ...values(1000, 1)]);
});

Deno.test("FileJournal needs no permission but for its file, except to set it aside", {
  ignore: WINDOWS,
}, async () => {
  using folder = new Folder();
  const flags = [`--allow-read=${folder.file}`, `--allow-write=${folder.file}`];
  {
    await using bot = await JournalBot.start(folder, flags);
    assertEquals((await bot.tell("add 3000")).durable, true);
    rmSync(folder.file);
    assertEquals((await bot.tell("add 1000")).durable, true);
  }
  assertHolds(folder.file, values(0, 4000));
  const { size } = statSync(folder.file);
  writeFileSync(folder.file, readFileSync(folder.file).fill(0x5a, size / 2, size / 2 + 4096));
  await using bot = await JournalBot.start(folder, flags);
  const damaged = await bot.tell("report");
  assert(damaged.values > 3000, damaged.lines.join());
  assertEquals(damaged.durable, false);
  assertStringIncludes(damaged.open.join(), "it is damaged");
  assertStringIncludes(damaged.open.join(), "cannot be renamed");
  // It is tried again; nothing is taken over twice.
  await until(async () => (await bot.tell("add 0")).lines.length > 1);
  renameSync(folder.file, `${folder.file}.old`);
  let report = damaged;
  await until(async () => (report = await bot.tell("report")).durable);
  assertEquals([report.values, report.open], [damaged.values, []]);
});

Deno.test("FileJournal writes at the end what is not in the file", () => {
  using folder = new Folder();
  using opened = new Opened(folder.file);
  opened.add(values(0, 10));
  if (!WINDOWS) rmSync(folder.file);
  opened.waiting.add(1, values(10, 5));
  opened[Symbol.dispose]();
  assertHolds(folder.file, values(0, 15));
});

Deno.test("FileJournal loses nothing on a disk that is really full (needs the right to mount)", {
  ignore: !canMount(),
}, async () => {
  using folder = new Folder();
  mountSmall(folder.data);
  try {
    using time = new VirtualTime(1_795_452_484);
    using opened = new Opened(folder.file);
    let next = 0;
    for (; opened.journal.durable; next += 100) opened.add(values(next, 100));
    assertStringIncludes(opened.log, "database or disk is full");
    opened.waiting.remove([...opened.waiting.rows()].slice(0, -10).flatMap((row) => row.values));
    opened.journal.commit();
    await time.pass(10);
    assert(opened.journal.durable, opened.log);
    assertEquals(opened.problems.open(), []);
    opened[Symbol.dispose]();
    assertHolds(folder.file, values(next - 1000, 1000));
  } finally {
    unmount(folder.data);
  }
});
