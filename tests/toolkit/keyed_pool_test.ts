import { assertEquals, assertRejects } from "@std/assert";
import { KeyedPool } from "../../src/toolkit/keyed_pool.ts";
import { VirtualTime } from "../virtual_time.ts";

interface Session {
  readonly address: string;
  readonly n: number;
}

function sessions(options: { idleAfter?: number } = {}) {
  const log: string[] = [];
  let n = 0;
  const pool = new KeyedPool<string, Session>({
    open: (address) => {
      const session = { address, n: ++n };
      log.push(`open ${session.n} ${address}`);
      return session;
    },
    close: (session) => void log.push(`close ${session.n}`),
    ...options,
  });
  return { pool, log };
}

function latch(): { promise: Promise<void>; open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => open = resolve);
  return { promise, open };
}

Deno.test("KeyedPool opens a resource on first use and keeps it open", async () => {
  const { pool, log } = sessions();
  assertEquals(log, []);
  assertEquals(await pool.use("a", "10.0.0.1", (session) => session.n), 1);
  assertEquals(await pool.use("a", "10.0.0.1", (session) => session.n), 1);
  assertEquals(await pool.use("b", "10.0.0.2", (session) => session.n), 2);
  assertEquals(log, ["open 1 10.0.0.1", "open 2 10.0.0.2"]);
  assertEquals(pool.size, 2);
});

Deno.test("KeyedPool shares a resource between concurrent uses", async () => {
  const opening = latch();
  let opened = 0;
  await using pool = new KeyedPool<string, Session>({
    open: async (address) => {
      await opening.promise;
      return { address, n: ++opened };
    },
    close: () => {},
  });
  const uses = [1, 2, 3].map(() => pool.use("a", "10.0.0.1", (session) => session.n));
  opening.open();
  assertEquals(await Promise.all(uses), [1, 1, 1]);
});

Deno.test("KeyedPool opens a new resource when the config changes, and closes the old one after its last use", async () => {
  const { pool, log } = sessions();
  const slow = latch();
  const first = pool.use("a", "old", () => slow.promise);
  await pool.use("a", "new", (session) => session.n);
  assertEquals(log, ["open 1 old", "open 2 new"]);
  slow.open();
  await first;
  await pool[Symbol.asyncDispose]();
  assertEquals(log, ["open 1 old", "open 2 new", "close 1", "close 2"]);
});

Deno.test("KeyedPool closes idle resources", async () => {
  using time = new VirtualTime(0);
  const { pool, log } = sessions({ idleAfter: 60 });
  await pool.use("a", "1", () => {});
  time.advance(30);
  await pool.use("b", "2", () => {});
  time.advance(30);
  await pool.use("c", "3", () => {});
  assertEquals(log, ["open 1 1", "open 2 2", "open 3 3"]);
  time.advance(0.001);
  await pool.use("c", "3", () => {});
  assertEquals(log.slice(3), ["close 1"]);
  assertEquals(pool.size, 2);
  await pool.use("a", "1", () => {});
  assertEquals(log.at(-1), "open 4 1");
});

Deno.test("KeyedPool does not close a resource in use, however long that takes", async () => {
  using time = new VirtualTime(0);
  const { pool, log } = sessions({ idleAfter: 60 });
  const slow = latch();
  const use = pool.use("a", "1", () => slow.promise);
  time.advance(1000);
  await pool.use("b", "2", () => {});
  assertEquals(log, ["open 1 1", "open 2 2"]);
  slow.open();
  await use;
});

Deno.test("KeyedPool.drop removes a resource, but not a newer one", async () => {
  const { pool, log } = sessions();
  const first = await pool.use("a", "1", async (session) => {
    await pool.drop("a", session);
    assertEquals(log, ["open 1 1"]);
    return session;
  });
  assertEquals(log, ["open 1 1", "close 1"]);
  await pool.use("a", "1", () => {});
  await pool.drop("a", first);
  await pool.use("a", "1", (session) => assertEquals(session.n, 2));
});

Deno.test("KeyedPool rethrows an error of open, and tries again at the next use", async () => {
  let broken = true;
  await using pool = new KeyedPool<string, string>({
    open: (address) => {
      if (broken) throw new RangeError(`no ${address}`);
      return address;
    },
    close: () => {},
  });
  await assertRejects(() => pool.use("a", "1", () => {}), RangeError, "no 1");
  assertEquals(pool.size, 0);
  broken = false;
  assertEquals(await pool.use("a", "1", (address) => address), "1");
});

Deno.test("KeyedPool keeps the resource after an error of the work", async () => {
  const { pool } = sessions();
  await assertRejects(
    () =>
      pool.use("a", "1", () => {
        throw new RangeError("work");
      }),
    RangeError,
    "work",
  );
  assertEquals(await pool.use("a", "1", (session) => session.n), 1);
});

Deno.test("KeyedPool.closeAll closes all resources, and the next use opens new ones", async () => {
  const { pool, log } = sessions();
  const slow = latch();
  const use = pool.use("a", "1", () => slow.promise);
  await pool.use("b", "2", () => {});
  await pool.closeAll();
  assertEquals(log.slice(2), ["close 1", "close 2"]);
  assertEquals(pool.size, 0);
  await pool.use("a", "1", () => {});
  slow.open();
  await use;
  await pool.closeAll();
  assertEquals(log.slice(4), ["open 3 1", "close 3"]);
});

Deno.test("KeyedPool closes all resources when disposed, waits for that, and refuses later uses", async () => {
  const closed: string[] = [];
  const pool = new KeyedPool<string, string>({
    open: (address) => address,
    close: async (address) => {
      await Promise.resolve();
      closed.push(address);
      if (address === "2") throw new Error("already gone");
    },
  });
  const slow = latch();
  const use = pool.use("a", "1", () => slow.promise);
  await pool.use("b", "2", () => {});
  await pool.use("c", "3", () => {});
  await pool[Symbol.asyncDispose]();
  assertEquals(closed.toSorted(), ["1", "2", "3"]);
  assertEquals(pool.size, 0);
  await assertRejects(() => pool.use("a", "1", () => {}), TypeError, "the pool is closed");
  slow.open();
  await use;
  await pool[Symbol.asyncDispose]();
  assertEquals(closed.length, 3);
});
