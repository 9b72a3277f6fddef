import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import * as sqlite from "node:sqlite";
import { answering, internalServerError } from "./backend.ts";
import { points, setUp, withFile } from "./outbox_kit.ts";

Deno.test("Outbox drops the oldest values when too many wait, logs it once, and counts", async () => {
  await using it = setUp({ bounds: { values: 10 } });
  const fault = it.sandbox.faults.add({ status: 502 });
  for (let n = 0; n < 8; n++) {
    await it.outbox.accept(it.account.id, points(5, `job${n}.`));
    await it.time.pass(1);
  }
  const { waiting, dropped } = it.outbox.stats();
  assertEquals([waiting, dropped], [10, 30]);
  const errors = it.logged().filter((line) => line.startsWith("error"));
  assertEquals(errors.length, 1);
  assertStringIncludes(errors[0]!, "Dropping the oldest waiting values");
  fault.remove();
  await it.until(() => it.waiting() === 0);
  assertEquals(it.outbox.stats().sent, 10);
  const last = [...points(5, "job6."), ...points(5, "job7.")].map(({ p, v }) => `${p}=${v}`);
  assertEquals(it.stored().sort(), last.sort());
});

Deno.test("Outbox counts as sent what arrives though it was dropped while it was being sent", async () => {
  await using it = setUp({ bounds: { values: 10 } });
  it.sandbox.faults.add({ times: 1, latency: 5 });
  await it.outbox.accept(it.account.id, points(10, "sending"));
  await it.time.pass(1);
  await it.outbox.accept(it.account.id, points(10, "new"));
  const { waiting, dropped } = it.outbox.stats();
  assertEquals([waiting, dropped], [10, 10]);
  await it.until(() => it.waiting() === 0);
  assertEquals(it.stored().filter((value) => value.startsWith("sending")).length, 10);
  const { sent, dropped: left } = it.outbox.stats();
  assertEquals([sent, left], [20, 0]);
});

Deno.test("Outbox bounds the memory of the values", async () => {
  await using it = setUp({ bounds: { bytes: 20_000 } });
  it.sandbox.faults.add({ status: 502 });
  await it.outbox.accept(it.account.id, points(10, "x".repeat(500)));
  await it.time.pass(1);
  await it.outbox.accept(it.account.id, points(40, "y".repeat(500)));
  const { handedOver, waiting, dropped } = it.outbox.stats();
  assertEquals([handedOver, waiting + dropped], [50, 50]);
  assert(waiting > 20 && waiting < 40, `${waiting}`);
});

Deno.test("Outbox bounds the file, and drops no more than that takes when many jobs send at once", async () => {
  await withFile(async (file) => {
    await using it = setUp({ file, bounds: { fileBytes: 100_000 } });
    it.sandbox.faults.add({ status: 503 });
    while (it.outbox.stats().dropped === 0) await it.outbox.accept(1, points(100));
    const { waiting: before, dropped } = it.outbox.stats();
    assert(before > 1000, `${before}`);
    const calls = Array.from({ length: 100 }, () => it.outbox.accept(1, points(1)));
    await Promise.all(calls);
    const { waiting } = it.outbox.stats();
    assert(waiting > before * 0.85, `${waiting} of ${before} and ${dropped}`);
    for (let n = 0; n < 50; n++) await it.outbox.accept(1, points(100));
    const { size } = await Deno.stat(file);
    assert(size < 150_000, `${size} bytes`);
    assert(it.waiting() > before * 0.6, `${it.waiting()} of ${before}`);
  });
});

Deno.test("Outbox drops nothing for the size of a file that cannot be written, as on a full disk", async () => {
  let isFull = false;
  class Full extends sqlite.DatabaseSync {
    override exec(sql: string): void {
      if (isFull && sql === "COMMIT") throw new Error("database or disk is full");
      super.exec(sql);
    }
  }
  const { getBuiltinModule } = process;
  process.getBuiltinModule = () => ({ ...sqlite, DatabaseSync: Full });
  try {
    await withFile(async (file) => {
      await using it = setUp({ file, bounds: { fileBytes: 100_000 } });
      it.sandbox.faults.add({ status: 503 });
      while (it.outbox.stats().dropped === 0) await it.outbox.accept(1, points(100));
      isFull = true;
      const { dropped } = it.outbox.stats();
      for (let n = 0; n < 50; n++) await it.outbox.accept(1, points(1));
      const stats = it.outbox.stats();
      assertEquals([stats.dropped, stats.durable], [dropped, false]);
      isFull = false;
      await it.until(() => it.outbox.stats().durable);
    });
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

Deno.test("Outbox drops what has waited for too long although nothing else comes", async () => {
  await using it = setUp({
    bounds: { age: 60 },
    fetch: (fetch) => answering(fetch, () => internalServerError()),
  });
  void it.outbox.accept(it.account.id, points(1));
  await it.until(() => it.outbox.stats().dropped === 1, 80);
});

Deno.test("Outbox no longer asks whether Grafolean is up once all that waited was dropped", async () => {
  await using it = setUp({ bounds: { age: 60 } });
  it.sandbox.faults.add({ status: 503 });
  void it.outbox.accept(it.account.id, points(1));
  await it.until(() => it.outbox.stats().dropped === 1, 200);
  await it.time.pass(5);
  const { count } = it.sandbox.requests;
  await it.time.pass(120);
  assertEquals(it.sandbox.requests.count, count);
});
