import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { ConfigError } from "../../src/config_error.ts";
import { createLogger, type LogRecord } from "../../src/log.ts";
import { MemoryStore } from "../../src/results/memory_store.ts";
import { openStore } from "../../src/results/open_store.ts";
import { byteSize, type OutboxStore, type StoredValue } from "../../src/results/outbox_store.ts";
import { ResilientStore } from "../../src/results/resilient_store.ts";
import { SqliteStore } from "../../src/results/sqlite_store.ts";

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
  assertEquals(file.size().values, 2);
  assertEquals(ids(store.read(1, 0, 10)), [1, 2, 3, 4]);
  assertEquals(ids(store.read(1, 2, 1)), [3]);
  assertEquals(lines.map(({ level }) => level), ["error", "info"]);
  assertStringIncludes(lines[0]!.message, "disk is full");
});

Deno.test("ResilientStore does not show again what it could not delete", () => {
  const file = new Flaky();
  using store = new ResilientStore(file, logger().log, () => 0);
  store.append([value(1), value(2), value(3)]);
  file.broken = true;
  assertEquals(store.remove([value(1), value(2)]), 2);
  file.broken = false;
  assertEquals(ids(store.read(1, 0, 1)), [3]);
  assertEquals(store.size().values, 1);
  assertEquals(store.remove([value(3)]), 1);
  assertEquals(store.size().values, 0);
  assertEquals(file.size().values, 0);
  assert(store.accounts().length === 0);
});
