import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Outbox } from "../../src/delivery/outbox.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { answering } from "./backend.ts";
import { opening, points, setUp, START, withFile } from "./outbox_kit.ts";

Deno.test("Outbox lets the last of two values of one path and time win, also while the first is being sent and then fails", async () => {
  for (const status of [204, 503, 500]) {
    await using it = setUp();
    const point = (v: number) => [{ p: "a", v, t: 1_700_000_000 }];
    it.sandbox.faults.add({ times: 1, latency: 1, ...(status === 204 ? {} : { status }) });
    await it.outbox.accept(it.account.id, point(1));
    await it.time.pass(0.5);
    assertEquals(it.requests().length, 1);
    await it.outbox.accept(it.account.id, point(2));
    await it.outbox.accept(it.account.id, point(3));
    const { handedOver, waiting } = it.outbox.stats();
    assertEquals([handedOver, waiting], [1, 1], "it is one value");
    await it.until(() => it.waiting() === 0);
    await it.time.pass(60);
    assertEquals(it.stored(), ["a=3"], `${status}`);
    const { sent, refused, dropped } = it.outbox.stats();
    assertEquals([sent, refused, dropped], [1, 0, 0]);
  }
});

Deno.test("Outbox delivers what the previous run has left in the file, in its own time", async () => {
  await withFile(async (file) => {
    {
      await using it = setUp({ file });
      it.sandbox.faults.add({ status: 503 });
      await it.outbox.accept(1, points(3, "old"));
      await it.outbox.accept(1, [{ p: "own", v: 1, t: 1_700_000_000 }]);
      assertEquals(it.outbox.stats().durable, true);
    }
    let requests = 0;
    const fetch = (fetch: typeof globalThis.fetch) =>
      answering(fetch, ({ method, accountId, values }) => {
        requests++;
        assertEquals([method, accountId], ["PUT", 1]);
        const sent = values.map(({ p, t }) => [p, String(t).split(".")[0]]);
        assertEquals(sent.sort(), [
          ["old0", `${START}`],
          ["old1", `${START}`],
          ["old2", `${START}`],
          ["own", "1700000000"],
        ]);
        return new Response(null, { status: 204 });
      });
    await using it = setUp({ file, fetch });
    assertEquals(it.outbox.stats().handedOver, 4);
    assertStringIncludes(it.logged()[0]!, `info Delivering 4 values left in "${file}"`);
    await it.until(() => it.waiting() === 0);
    assertEquals([requests, it.outbox.stats().sent], [1, 4]);
  });
});

Deno.test("Outbox lets a value win over one of the same path and time that the previous run has left", async () => {
  await withFile(async (file) => {
    const timed = (v: number) => ({ p: "a", v, t: START - 100 });
    {
      await using it = setUp({ file, fetch: () => () => Promise.reject(new TypeError("down")) });
      void it.outbox.accept(7, [timed(1), { p: "b", v: 1 }]);
      await it.time.pass(1);
    }
    const requests: string[][] = [];
    const fetch = (fetch: typeof globalThis.fetch) =>
      answering(fetch, ({ values }) => {
        requests.push(values.map(({ p, v }) => `${p}=${v}`));
        return new Response(null, { status: 204 });
      });
    await using it = setUp({ file, fetch });
    void it.outbox.accept(7, [timed(2)]);
    await it.until(() => it.waiting() === 0);
    assertEquals(requests, [["b=1", "a=2"]]);
    assertEquals(it.outbox.stats().handedOver, 2);
  });
});

Deno.test("Outbox lets a value win over one of the same path and time in a file that can be opened late", async () => {
  await withFile(async (file) => {
    await using it = setUp({ file });
    it.sandbox.faults.add({ status: 503 });
    const accept = (outbox: Outbox, v: number) =>
      outbox.accept(it.account.id, [{ p: "a", v, t: START - v }, { p: "b", v, t: START - 100 }]);
    await accept(it.outbox, 1);
    await it.outbox[Symbol.asyncDispose]();
    const log = createLogger(() => {});
    const folder = `${file}.folder`;
    const late = join(folder, "outbox.db");
    const problems = new ProblemLog(log);
    const options = { client: it.client, log, problems, openJournal: opening(late) };
    await using outbox = new Outbox(options);
    await accept(outbox, 2);
    Deno.mkdirSync(folder);
    Deno.renameSync(file, late);
    await it.until(() => outbox.stats().durable);
    assertEquals([...outbox.waiting()].map(({ p, v }) => `${p}=${v}`).sort(), [
      "a=1",
      "a=2",
      "b=2",
    ]);
    const { handedOver, waiting } = outbox.stats();
    assertEquals([handedOver, waiting], [3, 3]);
  });
});
