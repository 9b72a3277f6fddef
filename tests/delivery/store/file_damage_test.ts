// Everything that can happen to an outbox file, to a bot that runs and is killed.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import fc from "fast-check";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FULL } from "../../full.ts";
import { until } from "../../until.ts";
import { writeFirstFormat } from "./first_format.ts";
import { assertHolds, Folder, JournalBot, Opened } from "./harness.ts";
import { values } from "./values.ts";

const WINDOWS = Deno.build.os === "windows";

const COUNT = 5000;

const KILLS = FULL ? 50 : 5;

interface Damage {
  readonly name: string;
  /** What somebody does to the files. */
  readonly damage: (folder: Folder) => void;
  /** What makes the file usable again, where it is not. */
  readonly repair?: (folder: Folder) => void;
  /** Values of others that are in the file then. */
  readonly foreign?: number;
  /** Whether the bot that is killed later is tried in the short form of the tests, too. */
  readonly short?: true;
  /** What is logged at the start if the bot is killed before it notices. Otherwise nothing may be lost. */
  readonly reported?: string;
  /** Whether the bot can go on with the file as it is. */
  readonly isHarmless?: boolean;
}

const FOREIGN = 1_000_000;

function overwrite(file: string, at: number, length: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, new Uint8Array(length).fill(0x5a), 0, length, at);
  closeSync(descriptor);
}

function replaceByForeign(folder: Folder, put: (other: string) => void): void {
  const other = `${folder.path}/other.db`;
  {
    using opened = new Opened(other);
    opened.add(values(FOREIGN, 300), 7);
  }
  put(other);
}

const DAMAGES: readonly Damage[] = [
  {
    name: "its file is deleted",
    short: true,
    damage: ({ file }) => rmSync(file),
    reported: "",
  },
  { name: "the journal is deleted", damage: ({ file }) => rmSync(`${file}-journal`) },
  {
    name: "both are deleted",
    damage: ({ file }) => [file, `${file}-journal`].forEach((each) => rmSync(each)),
    reported: "",
  },
  {
    name: "its file is emptied",
    damage: ({ file }) => truncateSync(file),
    reported: "is empty: if values waited in it, they are lost",
  },
  {
    name: "its file is deleted and an empty one made",
    damage: ({ file }) => {
      rmSync(file);
      writeFileSync(file, "");
    },
    reported: "is empty: if values waited in it, they are lost",
  },
  {
    name: "its file is cut in the middle",
    damage: ({ file }) => truncateSync(file, Math.round(statSync(file).size / 2)),
    reported: "more may be lost",
  },
  {
    name: "its file is cut within the first page",
    damage: ({ file }) => truncateSync(file, 1000),
    reported: "more may be lost",
  },
  {
    name: "the start of its file is overwritten",
    damage: ({ file }) => overwrite(file, 0, 4096),
    reported: "more may be lost",
  },
  {
    name: "the middle of its file is overwritten",
    short: true,
    damage: ({ file }) => overwrite(file, Math.round(statSync(file).size / 2), 20_000),
    reported: "more may be lost",
  },
  {
    name: "the end of its file is overwritten",
    damage: ({ file }) => overwrite(file, statSync(file).size - 10_000, 10_000),
    reported: "more may be lost",
  },
  {
    name: "something is appended to its file",
    damage: ({ file }) => overwrite(file, statSync(file).size, 10_000),
  },
  {
    name: "its file is touched",
    damage: ({ file }) => utimesSync(file, new Date(), new Date(1_700_000_000_000)),
  },
  {
    name: "its file is made read-only",
    damage: ({ file }) => chmodSync(file, 0o000),
    isHarmless: true,
  },
  {
    name: "its file is replaced by that of another bot",
    short: true,
    damage: (folder) => replaceByForeign(folder, (other) => renameSync(other, folder.file)),
    foreign: 300,
    reported: "",
  },
  {
    name: "its file is overwritten with that of another bot",
    damage: (folder) => replaceByForeign(folder, (other) => copyFileSync(other, folder.file)),
    foreign: 300,
    reported: "",
  },
  {
    name: "its file is replaced by one of format 1",
    damage: ({ file, path }) => {
      const other = `${path}/other.db`;
      writeFirstFormat(other, values(FOREIGN, 300).map((value) => ({ account: 7, ...value })));
      renameSync(other, file);
    },
    foreign: 300,
    reported: "",
  },
  {
    name: "its file is replaced by an old copy",
    damage: ({ file, path }) => renameSync(`${path}/copy.db`, file),
    reported: "",
  },
  {
    name: "its file is replaced by a text",
    short: true,
    damage: ({ file, path }) => {
      writeFileSync(`${path}/text`, "This is no database.");
      renameSync(`${path}/text`, file);
    },
    reported: "is no outbox",
  },
  {
    name: "its file is replaced by a database of another program",
    damage: ({ file, path }) => {
      using db = new DatabaseSync(`${path}/other`);
      db.exec("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)");
      copyFileSync(`${path}/other`, `${path}/same`);
      renameSync(`${path}/other`, file);
    },
    repair: ({ file, path }) => {
      assertEquals(readFileSync(file), readFileSync(`${path}/same`));
      renameSync(file, `${path}/other`);
    },
    reported: "is a database of something else",
  },
  {
    name: "its directory is moved away",
    short: true,
    damage: ({ data }) => renameSync(data, `${data}.away`),
    repair: ({ data }) => renameSync(`${data}.away`, data),
  },
  {
    name: "its directory is deleted",
    damage: ({ data }) => rmSync(data, { recursive: true }),
    repair: ({ data }) => Deno.mkdirSync(data),
    reported: "",
  },
];

/** A bot with values in its file. A part was delivered, and a copy of the file is older than that. */
async function start(folder: Folder): Promise<JournalBot> {
  const bot = await JournalBot.start(folder);
  await bot.tell(`add ${COUNT + 1050}`);
  copyFileSync(folder.file, `${folder.path}/copy.db`);
  const { durable } = await bot.tell("remove 1050");
  assert(durable);
  await delay(20); // The times of files are as fine as a tick of the kernel.
  return bot;
}

const EXPECTED = values(1050, COUNT);

for (const { name, damage, repair, foreign = 0, short, isHarmless } of DAMAGES) {
  // There is nothing to wait for.
  if (isHarmless || !FULL && !short) continue;
  Deno.test(`FileJournal loses nothing when ${name}, and the bot is killed later`, {
    ignore: WINDOWS,
  }, async () => {
    using folder = new Folder();
    await using bot = await start(folder);
    damage(folder);
    let report = await bot.tell("report");
    await until(async () => (report = await bot.tell("report")).lines.length > 0);
    if (repair !== undefined) {
      assert(!report.durable);
      assertEquals(report.open.length, 1, report.lines.join("\n"));
      repair(folder);
    }
    await until(async () => (report = await bot.tell("report")).durable);
    assertEquals([report.open, report.values], [[], COUNT + foreign]);
    await bot.kill();
    assertHolds(folder.file, [...EXPECTED, ...values(FOREIGN, foreign)]);
  });
}

for (const { name, damage, repair, foreign = 0, reported, isHarmless = false } of DAMAGES) {
  if (repair === undefined) {
    Deno.test(
      `FileJournal loses nothing when ${name}, and the bot is killed after the next value`,
      {
        ignore: WINDOWS,
      },
      async () => {
        using folder = new Folder();
        await using bot = await start(folder);
        damage(folder);
        const { durable, lines } = await bot.tell("add 1");
        assert(durable, lines.join("\n"));
        assertEquals(lines.length > 0, !isHarmless);
        await bot.kill();
        using opened = new Opened(folder.file);
        assertEquals(opened.waiting.values, COUNT + 1 + foreign, opened.log);
        assertEquals(opened.log, "");
      },
    );
  }

  Deno.test(`FileJournal reports what may be lost when ${name}, and the bot is killed at once`, {
    ignore: WINDOWS,
  }, async () => {
    using folder = new Folder();
    await using bot = await start(folder);
    await bot.kill();
    damage(folder);
    if (reported === undefined) {
      repair?.(folder);
      assertHolds(folder.file, EXPECTED);
      return;
    }
    let log = "";
    try {
      using opened = new Opened(folder.file);
      log = opened.log;
      opened.add(values(FOREIGN + 1000, 1));
      // Except where just nothing is there, as at the first start.
      assert(opened.journal.durable || !existsSync(folder.data), log);
    } catch (error) {
      log = String(error);
    }
    if (reported !== "") assertStringIncludes(log, reported);
  });
}

for (
  const [what, at, length, least] of [
    ["its first page", 0, 4096, 1],
    ["a page in the middle", 0.5, 4096, 0.98],
    ["many pages in the middle", 0.4, 0.2, 0.75],
    ["its last pages", 0.9, 0.1, 0.85],
  ] as const
) {
  Deno.test(`FileJournal takes over what is left of a file that lost ${what}`, () => {
    using folder = new Folder();
    const count = 100_000;
    {
      using opened = new Opened(folder.file);
      opened.add(values(0, count));
    }
    const { size } = statSync(folder.file);
    const bytes = (part: number): number => part <= 1 ? Math.round(part * size) : part;
    overwrite(folder.file, bytes(at), bytes(length));
    {
      using opened = new Opened(folder.file);
      const found = opened.all();
      assert(found.length >= least * count, `${found.length} of ${count} values: ${opened.log}`);
      const all = new Map(values(0, count).map((value) => [value.t, value]));
      for (const value of found) assertEquals(value, all.get(value.t));
      assertStringIncludes(opened.log, `${found.length} values were taken over from it`);
      assertStringIncludes(opened.log, "more may be lost");
      assert(opened.journal.durable);
    }
    using again = new Opened(folder.file);
    assertEquals(again.log, "");
  });
}

Deno.test("FileJournal takes over what is between two places that are destroyed", () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    for (let at = 0; at < 20_000; at++) opened.waiting.add(1, values(at, 1));
    opened.journal.commit();
  }
  const { size } = statSync(folder.file);
  overwrite(folder.file, Math.round(size * 0.3), 20_000);
  overwrite(folder.file, Math.round(size * 0.6), 20_000);
  using opened = new Opened(folder.file);
  const found = opened.all().filter(({ p }) => Number(p.split(".")[1]) % 100 === 0);
  assert(found.length > 190, `${found.length} of 200: ${opened.log}`);
});

Deno.test("FileJournal takes over every row that was not touched, and nothing else", () => {
  const count = 20_000;
  const originals = new Map(values(0, count).map((value) => [value.t, value]));
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, count));
  }
  const bytes = readFileSync(folder.file);
  const pages = bytes.length / 4096;
  const place = fc.tuple(fc.nat(pages - 1), fc.integer({ min: 1, max: 9000 }));
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 5 }), (places) => {
      const damaged = Uint8Array.from(bytes);
      for (const [page, length] of places) {
        damaged.subarray(page * 4096 + 7).subarray(0, length).fill(0);
      }
      writeFileSync(folder.file, damaged);
      using opened = new Opened(folder.file);
      // A page holds the starts of eight rows at most.
      const lost = places.reduce((sum, [, length]) => sum + 8 * (2 + length / 4096), 0);
      const found = opened.all();
      assert(found.length >= count - lost * 100, `${found.length} values: ${opened.log}`);
      for (const value of found) assertEquals(value, originals.get(value.t));
      assert(opened.journal.durable);
    }),
    { numRuns: 25 },
  );
});

Deno.test("FileJournal takes nothing over from a damaged file that was delivered", () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, 20_000));
    opened.waiting.remove([...opened.waiting.rows()].flatMap((row) => row.values).slice(0, 15_000));
    opened.journal.commit();
  }
  overwrite(folder.file, 0, 4096);
  assertHolds(folder.file, values(15_000, 5000));
});

Deno.test("FileJournal takes over half of a file that was cut in half", () => {
  using folder = new Folder();
  {
    using opened = new Opened(folder.file);
    opened.add(values(0, 100_000));
  }
  truncateSync(folder.file, Math.round(statSync(folder.file).size / 2));
  using opened = new Opened(folder.file);
  assert(opened.waiting.values > 45_000, opened.log);
  assertStringIncludes(opened.log, `${opened.waiting.values} values were taken over from it`);
});

Deno.test("FileJournal has everything that was committed when a bot is killed while it writes", async () => {
  using folder = new Folder();
  for (let kill = 0; kill < KILLS; kill++) {
    await using bot = await JournalBot.start(folder);
    const { first, end } = await bot.churn(3 + 7 * kill);
    await bot.kill();
    {
      using opened = new Opened(folder.file);
      assertEquals(opened.log, "");
      const found = opened.all();
      // One commit may be there that was not reported.
      const start = values(first, 1651).findIndex(({ p }) => p === found[0]!.p);
      assert([0, 1650].includes(start) || found.length === 0, `${start}`);
      assert([end, end + 1700].includes(first + start + found.length), `${found.length}`);
      assertEquals(found, values(first + start, found.length));
    }
    rmSync(folder.file);
  }
});

Deno.test("FileJournal never writes over a file that another bot holds", {
  ignore: WINDOWS,
}, async () => {
  using folder = new Folder();
  await using first = await start(folder);
  const other = new Folder();
  await using second = await JournalBot.start(other);
  await second.tell("add 10");
  // Otherwise it could look first where its file is, and leave this one to the first bot.
  second.signal("SIGSTOP");
  renameSync(other.file, folder.file);
  let report = await first.tell("report");
  await until(async () => !(report = await first.tell("report")).durable);
  assertStringIncludes(report.open.join(), "is in use by another bot");
  await first.tell("add 1");
  second.signal("SIGCONT");
  assertEquals((await second.tell("report")).values, 10);
  await second.kill();
  await until(async () => (report = await first.tell("report")).durable);
  assertEquals(report.values, COUNT + 1 + 10);
  assertEquals(report.open, []);
  await first.kill();
  using opened = new Opened(folder.file);
  assertEquals(opened.waiting.values, COUNT + 1 + 10);
  other[Symbol.dispose]();
});
