import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { MemoryStore } from "../../../src/delivery/store/memory_store.ts";
import { openStore } from "../../../src/delivery/store/open_store.ts";
import {
  byteSize,
  type DroppedValues,
  type OutboxStore,
  type StoredValue,
  type StoreSize,
} from "../../../src/delivery/store/outbox_store.ts";
import { ResilientStore } from "../../../src/delivery/store/resilient_store.ts";
import { SqliteStore } from "../../../src/delivery/store/sqlite_store.ts";
import { ValueQueue } from "../../../src/delivery/store/value_queue.ts";
import { ConfigError } from "../../../src/util/errors.ts";
import { createLogger, type LogRecord } from "../../../src/util/log.ts";

/** A directory that is gone at the end of the test. */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "outbox-"));
  readonly file = join(this.path, "outbox.db");

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function value(id: number, accountId = 1, p = `p${id}`, v: number | string = id): StoredValue {
  return { id, accountId, p, v, t: 1795452484000000 + id };
}

function logger() {
  const lines: LogRecord[] = [];
  return { lines, log: createLogger((record) => void lines.push(record)) };
}

const ids = (values: readonly StoredValue[]) => values.map(({ id }) => id);

type Operation =
  | { readonly append: number; readonly account: number }
  | { readonly remove: number }
  | { readonly trim: number };

/** Every store must behave like a plain list. */
function behavesLikeAList(make: () => OutboxStore): void {
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 40 }), account: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ remove: fc.nat(200) }),
    fc.record({ trim: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), fc.nat(100), (operations, after) => {
      using store = make();
      let list: StoredValue[] = [];
      let id = 0;
      for (const each of operations) {
        if ("append" in each) {
          const values = Array.from({ length: each.append }, () => value(++id, each.account));
          store.append(values);
          list.push(...values);
        } else if ("remove" in each) {
          const gone = list.filter(({ id }) => id % 7 === each.remove % 7);
          assertEquals(store.remove([...gone, value(9999)]), gone.length);
          list = list.filter((value) => !gone.includes(value));
        } else {
          const dropped = store.trim({ values: each.trim, bytes: Infinity });
          const many = Math.max(0, list.length - each.trim);
          assertEquals(dropped.values, many);
          if (many > 0) assertEquals(dropped.lastId, list[many - 1]!.id);
          list = list.slice(many);
        }
        assertEquals(store.size(), {
          values: list.length,
          bytes: list.reduce((sum, value) => sum + byteSize(value), 0),
        });
      }
      for (const account of [1, 2, 3]) {
        const mine = list.filter((value) => value.accountId === account && value.id > after);
        assertEquals(store.read(account, after, 1000), mine);
        assertEquals(store.read(account, after, 3), mine.slice(0, 3));
        assertEquals(store.read(account, after, 0), []);
      }
      assertEquals(
        store.accounts().sort(),
        [...new Set(list.map(({ accountId }) => accountId))].sort(),
      );
    }),
    { numRuns: 40 },
  );
}

Deno.test("MemoryStore behaves like a list", () => behavesLikeAList(() => new MemoryStore()));

Deno.test("SqliteStore behaves like a list", () => {
  behavesLikeAList(() => new SqliteStore(":memory:", sqlite));
});

Deno.test("ResilientStore behaves like a list while its file works", () => {
  behavesLikeAList(() => new ResilientStore(new SqliteStore(":memory:", sqlite), logger().log));
});

Deno.test("MemoryStore trims by bytes, too", () => {
  using store = new MemoryStore();
  store.append([value(1), value(2), value(3)]);
  const two = byteSize(value(2)) + byteSize(value(3));
  assertEquals(store.trim({ values: 10, bytes: two }), { values: 1, lastId: 1 });
});

Deno.test("SqliteStore finds everything again, exactly", () => {
  using folder = new Folder();
  const values = [value(1, 5, "a.b", 1.5), value(2, 5, "a.c", "1.50"), value(3, 6, "a.b", -1e300)];
  {
    using store = new SqliteStore(folder.file, sqlite);
    store.append(values);
    store.remove([value(2)]);
  }
  using store = new SqliteStore(folder.file, sqlite);
  assertEquals(store.lastId, 3);
  assertEquals(store.size().values, 2);
  assertEquals([...store.read(5, 0, 9), ...store.read(6, 0, 9)], [values[0], values[2]]);
});

Deno.test("openStore makes the file readable for its owner alone", () => {
  using folder = new Folder();
  writeFileSync(folder.file, "", { mode: 0o666 });
  chmodSync(folder.file, 0o666);
  using store = openStore(folder.file, logger().log);
  store.append([value(1)]);
  for (const file of [folder.file, `${folder.file}-wal`]) {
    if (Deno.build.os !== "windows") assertEquals(statSync(file).mode & 0o777, 0o600, file);
  }
});

Deno.test("openStore refuses a file that another bot uses", () => {
  using folder = new Folder();
  using first = new SqliteStore(folder.file, sqlite);
  first.append([value(1)]);
  const error = assertThrows(() => new SqliteStore(folder.file, sqlite, 10), Error);
  assertStringIncludes(error.message, "in use by another bot");
  const config = assertThrows(
    () => openStore(folder.file, logger().log, () => sqlite, 10),
    ConfigError,
  );
  assertStringIncludes(config.message, folder.file);
});

Deno.test("openStore goes on in memory where another program holds the file for a while", () => {
  using folder = new Folder();
  new SqliteStore(folder.file, sqlite)[Symbol.dispose]();
  using other = new sqlite.DatabaseSync(folder.file);
  other.exec("BEGIN IMMEDIATE");
  const { lines, log } = logger();
  using store = openStore(folder.file, log, () => sqlite, 10);
  assertEquals(store.place, "memory");
  assertStringIncludes(lines[0]!.message, "locked");
});

Deno.test("openStore goes on in memory, and says why, where the file cannot be used", () => {
  using folder = new Folder();
  const text = join(folder.path, "notes.txt");
  writeFileSync(text, "this is no database, but it is longer than the header of one. ".repeat(50));
  const other = join(folder.path, "other.db");
  {
    using db = new sqlite.DatabaseSync(other);
    db.exec("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)");
  }
  for (const file of [text, other, join(folder.path, "missing", "outbox.db"), folder.path]) {
    const { lines, log } = logger();
    using store = openStore(file, log);
    assertEquals(store.durable, false);
    assertEquals(lines.map(({ level }) => level), ["error"]);
    assertStringIncludes(lines[0]!.message, file);
    store.append([value(1)]);
  }
  // What belongs to somebody else is left as it was.
  assertStringIncludes(readFileSync(text, "utf8"), "this is no database");
  using db = new sqlite.DatabaseSync(other);
  assertEquals({ ...db.prepare("SELECT a FROM precious").get() }, { a: 1 });
});

Deno.test("openStore says so where the runtime has no SQLite", () => {
  const { lines, log } = logger();
  using store = openStore("outbox.db", log, () => undefined);
  assertEquals(store.place, "memory");
  assertStringIncludes(lines[0]!.message, "Node from 22");
});

Deno.test("SqliteStore throws on a full disk and keeps what it had", () => {
  using folder = new Folder();
  using store = new SqliteStore(folder.file, sqlite, 10, { maxPages: 20 });
  let kept = 0;
  const error = assertThrows(() => {
    for (let id = 1; id < 100_000; id += 100) {
      store.append(Array.from({ length: 100 }, (_, n) => value(id + n)));
      kept = store.size().values;
    }
  }, Error);
  assertStringIncludes(error.message, "full");
  assert(kept > 0);
  assertEquals(store.size().values, kept);
  assertEquals(store.read(1, 0, 100_000).length, kept);
});

/** A store whose medium fails on command. */
class Flaky extends MemoryStore {
  broken = false;

  #check(): void {
    if (this.broken) throw new Error("database or disk is full");
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

  override trim(size: StoreSize): DroppedValues {
    this.#check();
    return super.trim(size);
  }
}

Deno.test("ResilientStore keeps in memory what the file does not take, in order", () => {
  const file = new Flaky();
  let now = 0;
  const { lines, log } = logger();
  using store = new ResilientStore(file, log, () => now);
  store.append([value(1)]);
  file.broken = true;
  store.append([value(2)]);
  assertEquals(ids(store.read(1, 0, 10)), [2]); // The file cannot be read either.
  assertEquals(store.size().values, 2);
  file.broken = false;
  assertEquals(ids(store.read(1, 0, 10)), [1, 2]);
  store.append([value(3)]); // The file is left alone for a while.
  assertEquals(file.size().values, 1);
  now += 31_000;
  store.append([value(4)]);
  assertEquals(file.size().values, 4);
  assertEquals(ids(store.read(1, 0, 10)), [1, 2, 3, 4]);
  assertEquals(ids(store.read(1, 2, 1)), [3]);
  assertEquals(lines.map(({ level }) => level), ["error", "info"]);
  assertStringIncludes(lines[0]!.message, "disk is full");
});

Deno.test("ResilientStore does not show again what it could not delete", () => {
  const file = new Flaky();
  let now = 0;
  using store = new ResilientStore(file, logger().log, () => now);
  store.append([value(1), value(2), value(3)]);
  file.broken = true;
  assertEquals(store.remove([value(1), value(2)]), 2);
  file.broken = false;
  assertEquals(ids(store.read(1, 0, 1)), [3]);
  assertEquals(store.size().values, 1);
  now += 31_000; // The file is left alone for a while.
  assertEquals(store.remove([value(3)]), 1);
  assertEquals(store.size().values, 0);
  assertEquals(file.size().values, 0);
  assert(store.accounts().length === 0);
});

Deno.test("ValueQueue takes no room for what went through, while its first value stays", () => {
  const queue = new ValueQueue();
  queue.push(value(1));
  for (let id = 2; id < 100_000; id++) {
    queue.push(value(id));
    if (id > 100) assertEquals(queue.delete(id - 50)?.id, id - 50);
  }
  assert(queue.places < 5000, `it takes ${queue.places} places`);
  assertEquals(ids(queue.read(0, 2)), [1, 2]);
});

Deno.test("SqliteStore trims by bytes, too, in few transactions", () => {
  using store = new SqliteStore(":memory:", sqlite);
  store.append(Array.from({ length: 5000 }, (_, n) => value(n + 1)));
  const kept = Array.from({ length: 100 }, (_, n) => value(n + 4901));
  const bytes = kept.reduce((sum, each) => sum + byteSize(each), 0);
  assertEquals(store.trim({ values: 10_000, bytes }), { values: 4900, lastId: 4900 });
  assertEquals(store.size(), { values: 100, bytes });
});

Deno.test("SqliteStore knows its size again, and reads what it cannot make sense of", () => {
  using folder = new Folder();
  const values = [value(1, 5, "a.b", 1.5), value(2, 5, "a.c", "1.50"), value(3, 6, "a.b", -1e300)];
  const make = () => new SqliteStore(folder.file, sqlite);
  {
    using store = make();
    store.append(values);
  }
  {
    using store = make();
    assertEquals(store.size(), {
      values: 3,
      bytes: values.reduce((sum, each) => sum + byteSize(each), 0),
    });
  }
  {
    using db = new sqlite.DatabaseSync(folder.file);
    db.exec("UPDATE waiting SET v = 'scrambled' WHERE id = 1");
  }
  using store = make();
  assertEquals(ids(store.read(5, 0, 9)), [1, 2]);
});

Deno.test("SqliteStore does not go on as if nothing was when its file is deleted", () => {
  using folder = new Folder();
  using store = new SqliteStore(folder.file, sqlite);
  store.append([value(1)]);
  if (Deno.build.os === "windows") return; // There it cannot be deleted.
  rmSync(folder.file);
  assertThrows(() => store.append([value(2)]), Error, "was deleted");
  assertEquals(ids(store.read(1, 0, 9)), [1]);
});

Deno.test("SqliteStore gives the room back when all is delivered", () => {
  using folder = new Folder();
  using store = new SqliteStore(folder.file, sqlite);
  const size = () =>
    [folder.file, `${folder.file}-wal`].reduce((sum, file) => sum + statSync(file).size, 0);
  for (let id = 1; id < 50_000; id += 1000) {
    store.append(
      Array.from({ length: 1000 }, (_, n) => value(id + n, 1, `${"long".repeat(20)}.${n}`)),
    );
  }
  const full = size();
  for (let found = store.read(1, 0, 1000); found.length > 0; found = store.read(1, 0, 1000)) {
    store.remove(found);
  }
  assert(size() < full / 2, `${size()} of ${full} bytes are left`);
});

Deno.test("ResilientStore counts right what it could not delete, in memory and in the file", () => {
  const file = new Flaky();
  let now = 0;
  using store = new ResilientStore(file, logger().log, () => now);
  store.append([value(1), value(2)]);
  file.broken = true;
  store.append([value(3), value(4)]);
  assertEquals(store.size().values, 4);
  assertEquals(store.remove([value(2), value(3)]), 2);
  assertEquals(store.size(), { values: 2, bytes: byteSize(value(1)) + byteSize(value(4)) });
  file.broken = false;
  now += 60_000;
  // What was delivered is not dropped once more.
  assertEquals(store.trim({ values: 1, bytes: Infinity }), { values: 1, lastId: 1 });
  assertEquals(store.size().values, 1);
  assertEquals(store.remove([value(1)]), 0);
  assertEquals(store.remove([value(4)]), 1);
  assertEquals(store.size(), { values: 0, bytes: 0 });
});

Deno.test("ResilientStore moves what is in memory to the file when that works again", () => {
  const file = new Flaky();
  let now = 0;
  const store = new ResilientStore(file, logger().log, () => now);
  file.broken = true;
  store.append([value(1, 1), value(2, 2)]);
  assertEquals([store.place, store.durable], ["memory and memory", false]);
  file.broken = false;
  now += 60_000;
  store.append([value(3)]);
  assertEquals(file.size().values, 3);
  assertEquals(ids(store.read(1, 0, 9)), [1, 3]);
  file.broken = true;
  store.append([value(4)]);
  file.broken = false;
  store[Symbol.dispose]();
  assertEquals(file.size().values, 4);
});

Deno.test("ResilientStore says what is lost when the file stays broken to the end", () => {
  const file = new Flaky();
  const { lines, log } = logger();
  const store = new ResilientStore(file, log, () => 0);
  file.broken = true;
  store.append([value(1), value(2)]);
  store[Symbol.dispose]();
  assertStringIncludes(lines.at(-1)!.message, "Lost 2 values");
});

Deno.test("ResilientStore says once that a disk is full, though other things can be done with it", () => {
  class Full extends MemoryStore {
    full = true;
    override append(values: readonly StoredValue[]): void {
      if (this.full) throw new Error("database or disk is full");
      super.append(values);
    }
  }
  const file = new Full();
  let now = 0;
  const { lines, log } = logger();
  using store = new ResilientStore(file, log, () => now);
  for (let id = 1; id < 100; id++) {
    store.append([value(id)]);
    store.remove([value(id)]);
    now += 20_000;
  }
  assertEquals(lines.length, 1);
  file.full = false;
  now += 60_000;
  store.append([value(100)]);
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[1]!.message, "works again");
});

Deno.test("ResilientStore tells that it could not read everything", () => {
  const file = new Flaky();
  using store = new ResilientStore(file, logger().log, () => 0);
  store.append([value(1)]);
  file.broken = true;
  assertEquals(store.read(1, 0, 9), []);
  assertEquals(store.missedSome, true);
  file.broken = false;
  assertEquals(ids(store.read(1, 0, 9)), [1]);
  assertEquals(store.missedSome, false);
});

Deno.test("ResilientStore behaves like a list while its file fails now and then", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.boolean(), fc.nat(50)), { maxLength: 40 }),
      (events) => {
        const file = new Flaky();
        let now = 0;
        using store = new ResilientStore(file, logger().log, () => now);
        let list: StoredValue[] = [];
        let dropped = 0;
        let id = 0;
        for (const [what, broken, n] of events) {
          file.broken = broken;
          now += n * 2000;
          if (what === 0) {
            const values = Array.from({ length: n }, () => value(++id, 1 + id % 3));
            store.append(values);
            list.push(...values);
          } else if (what === 1) {
            const gone = list.filter(({ id }) => id % 7 === n % 7);
            assertEquals(store.remove(gone), gone.length);
            list = list.filter((value) => !gone.includes(value));
          } else if (what === 2) {
            dropped += store.trim({ values: 60, bytes: Infinity }).values;
            file.broken = false;
            const left = new Set([1, 2, 3].flatMap((account) => ids(store.read(account, 0, 999))));
            list = list.filter(({ id }) => left.has(id));
          }
          file.broken = false;
          for (const account of [1, 2, 3]) {
            const mine = list.filter((value) => value.accountId === account);
            assertEquals(ids(store.read(account, 0, 1000)), ids(mine));
            assertEquals(ids(store.read(account, 0, 2)), ids(mine).slice(0, 2));
          }
          assertEquals(store.size(), {
            values: list.length,
            bytes: list.reduce((sum, value) => sum + byteSize(value), 0),
          });
          void dropped;
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("SqliteStore is as it was when it could not keep something, and goes on", () => {
  using store = new SqliteStore(":memory:", sqlite);
  store.append([value(1)]);
  assertThrows(() => store.append([value(2), value(1)]), Error, "UNIQUE");
  assertEquals(store.size().values, 1);
  store.append([value(3)]);
  assertEquals(ids(store.read(1, 0, 9)), [1, 3]);
});

Deno.test("ResilientStore keeps the order while it moves more to the file than it does at once", () => {
  const file = new Flaky();
  let now = 0;
  using store = new ResilientStore(file, logger().log, () => now);
  file.broken = true;
  for (let id = 1; id <= 1500; id++) store.append([value(id)]);
  file.broken = false;
  now += 31_000;
  store.append([value(1501)]);
  assertEquals(file.size().values, 1000);
  assertEquals(ids(store.read(1, 0, 2000)), Array.from({ length: 1501 }, (_, n) => n + 1));
  store.append([value(1502)]);
  assertEquals(file.size().values, 1502);
});

Deno.test("ResilientStore drops the right number while it still has to delete what was delivered", () => {
  const file = new Flaky();
  let now = 0;
  using store = new ResilientStore(file, logger().log, () => now);
  const values = Array.from({ length: 3000 }, (_, n) => value(n + 1));
  store.append(values);
  file.broken = true;
  store.remove(values.slice(0, 2500));
  file.broken = false;
  now += 31_000;
  let dropped = 0;
  for (let n = 0; n < 5; n++) {
    dropped += store.trim({ values: 100, bytes: Infinity }).values;
    assertEquals(store.size().values, 500 - dropped);
  }
  assertEquals(dropped, 400);
  assertEquals([store.size().values, file.size().values], [100, 100]);
});
