import { assert, assertEquals, assertRejects } from "@std/assert";
import { settle } from "../virtual_time.ts";
import { answering, internalServerError } from "./backend.ts";
import { points, setUp, START, withFile } from "./outbox_kit.ts";

Deno.test("Outbox flushes what waits, without waiting for its next attempt", async () => {
  await using it = setUp();
  it.sandbox.faults.add({ times: 1, status: 503, headers: {} });
  it.sandbox.faults.add({ times: 1, when: ({ path }) => path === "/status/info", status: 503 });
  await it.outbox.accept(it.account.id, points(5));
  await settle();
  assertEquals([it.requests().length, it.waiting()], [1, 5]);
  const flushed = it.outbox.flush(60_000);
  await settle();
  await settle();
  assertEquals(await it.time.until(flushed), 0);
  assert(Date.now() / 1000 - START < 0.2);
});

Deno.test("Outbox also flushes what is in quarantine", async () => {
  let isBad = true;
  const fetch = (fetch: typeof globalThis.fetch) =>
    answering(
      fetch,
      ({ values }) =>
        isBad && values.some(({ p }) => p === "p3") ? internalServerError() : undefined,
    );
  await using it = setUp({ fetch });
  await it.outbox.accept(it.account.id, points(5));
  await it.time.pass(600);
  assertEquals(it.outbox.stats().quarantined, 1);
  isBad = false;
  assertEquals(await it.time.until(it.outbox.flush(8000)), 0);
});

Deno.test("Outbox returns how much it could not flush in time, and accepts nothing after its end", async () => {
  const it = setUp();
  it.sandbox.faults.add({ status: 503 });
  await it.outbox.accept(it.account.id, points(5));
  assertEquals(await it.time.until(it.outbox.flush(3000)), 5);
  await it[Symbol.asyncDispose]();
  await assertRejects(() => it.outbox.accept(it.account.id, points(1)), Error, "has stopped");
});

Deno.test("Outbox goes on trying to the end of the flush when the values would be lost", async () => {
  await using it = setUp();
  const fault = it.sandbox.faults.add({ status: 503 });
  await it.outbox.accept(it.account.id, points(1));
  await it.time.pass(300);
  const start = Date.now();
  const flushed = it.outbox.flush(60_000);
  await it.time.pass(50);
  fault.remove();
  assertEquals(await it.time.until(flushed), 0);
  assert(Date.now() - start < 51_000);
});

Deno.test("Outbox does not wait for a backend that is away once each account has tried and the values are in the file", async () => {
  await withFile(async (file) => {
    await using it = setUp({ file });
    const fault = it.sandbox.faults.add({
      when: ({ path }) => path.endsWith("/values"),
      status: 503,
      latency: 0.2,
    });
    await it.outbox.accept(it.account.id, points(1));
    await it.outbox.accept(it.other.id, points(1));
    await it.time.pass(300);
    // No request is in progress.
    await it.until(() => it.requests().at(-1)!.at < Date.now() / 1000 - 0.5);
    const hits = fault.hits;
    const start = Date.now();
    assertEquals(await it.time.until(it.outbox.flush(60_000)), 2);
    const waited = Date.now() - start;
    assert(waited >= 200 && waited < 1000, `${waited} ms`);
    assert(fault.hits >= hits + 2, "each was tried once more");
  });
});

Deno.test("Outbox does not take a request that was in progress for an attempt of its flush", async () => {
  await withFile(async (file) => {
    await using it = setUp({ file });
    const fault = it.sandbox.faults.add({ times: 1, status: 503, latency: 1 });
    await it.outbox.accept(it.account.id, points(1));
    await it.time.pass(0.5);
    assertEquals([fault.hits, it.waiting()], [1, 1]);
    assertEquals(await it.time.until(it.outbox.flush(60_000)), 0);
  });
});

Deno.test("Outbox ends at once even while requests hang, and keeps in the file what was just accepted", async () => {
  await withFile(async (file) => {
    {
      await using it = setUp({ file });
      it.sandbox.faults.add({ hang: true });
      await it.outbox.accept(1, points(5));
      await it.time.pass(1);
      assertEquals(it.requests().length, 1);
      const persisted = it.outbox.accept(1, points(2500, "last"));
      await it.outbox[Symbol.asyncDispose]();
      await persisted;
      assertEquals(Date.now() / 1000, START + 1);
    }
    await using it = setUp({ file });
    assertEquals(it.outbox.stats().handedOver, 2505);
  });
});

Deno.test("Outbox does not wait at its end for what it may not send, when that is in the file", async () => {
  const answers = {
    "PUT is forbidden": () => new Response(null, { status: 403 }),
    "Retry-After": () => new Response(null, { status: 503, headers: { "retry-after": "100" } }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    await withFile(async (file) => {
      const fetch = (fetch: typeof globalThis.fetch) => answering(fetch, answer);
      await using it = setUp({ file, fetch });
      void it.outbox.accept(it.account.id, [{ p: "a", v: 1, t: START }]);
      await it.time.pass(30);
      const before = it.time.now();
      assertEquals(await it.time.until(it.outbox.flush(8000)), 1);
      assert(it.time.now() - before <= 100, `${name}: ${it.time.now() - before} ms`);
    });
  }
});
