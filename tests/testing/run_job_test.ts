import { assertEquals, assertInstanceOf } from "@std/assert";
import type { Job, PerformJob } from "../../mod.ts";
import { runJob } from "../../src/testing/mod.ts";

const echo: PerformJob<{ room: string }> = async (intervals, { room }, context) => {
  context.log.info(`measuring ${room}`);
  await context.sendResults(7, { [`${room}.intervals`]: intervals.length, [`${room}.b`]: "2.50" });
};

Deno.test("runJob runs a function with the given params", async () => {
  const { values, refused, logs, error } = await runJob(echo, { jobParams: { room: "hall" } });
  assertEquals(values, [
    { accountId: 7, p: "hall.intervals", v: 1 },
    { accountId: 7, p: "hall.b", v: "2.50" },
  ]);
  assertEquals([refused, error], [[], undefined]);
  assertEquals(logs.map(({ level, jobId, message }) => [level, jobId, message]), [
    ["info", "test", "measuring hall"],
  ]);
});

Deno.test("runJob runs a job with its own params and all its intervals", async () => {
  const job: Job<{ room: string }> = {
    jobId: "kitchen",
    intervals: [60, 300],
    jobParams: { room: "kitchen" },
    performJob: echo,
  };
  const all = await runJob(job);
  assertEquals(all.values[0], { accountId: 7, p: "kitchen.intervals", v: 2 });
  assertEquals(all.logs[0]?.jobId, "kitchen");
  const one = await runJob(job, { affectingIntervals: [60], jobParams: { room: "bath" } });
  assertEquals(one.values[0], { accountId: 7, p: "bath.intervals", v: 1 });
});

Deno.test("runJob passes the slot and the signal to the job", async () => {
  const signal = AbortSignal.abort();
  const { values } = await runJob((_intervals, _params, context) => {
    return context.sendResults(1, { at: context.scheduledAt, aborted: +context.signal.aborted });
  }, { jobParams: null, scheduledAt: 1600000000, signal });
  assertEquals(values.map(({ v }) => v), [1600000000, 1]);
});

Deno.test("runJob returns the values that Grafolean would refuse", async () => {
  const { values, refused } = await runJob((_intervals, _params, context) => {
    return context.sendResults(1, { good: 1, "bad path": 1, nan: NaN });
  }, { jobParams: null });
  assertEquals(values, [{ accountId: 1, p: "good", v: 1 }]);
  assertEquals(refused.map(({ accountId, p }) => [accountId, p]), [[1, "bad path"], [1, "nan"]]);
});

Deno.test("runJob returns the error, and the values sent before it", async () => {
  const failures = [
    (): never => {
      throw new Error("no answer");
    },
    (): Promise<void> => Promise.reject(new Error("no answer")),
  ];
  for (const fail of failures) {
    const { values, error } = await runJob(async (_intervals, _params, context) => {
      await context.sendResults(1, { a: 1 });
      await fail();
    }, { jobParams: null });
    assertEquals(values.length, 1);
    assertInstanceOf(error, Error);
    assertEquals(error.message, "no answer");
  }
});

Deno.test("runJob waits for values that the job does not await", async () => {
  const { values, error } = await runJob((_intervals, _params, context) => {
    void context.sendResults(1, { a: 1 });
    context.sendResults(1, null as never).catch(() => {});
  }, { jobParams: null });
  assertEquals(values.length, 1);
  assertInstanceOf(error, TypeError);
});

Deno.test("runJob rejects invalid values inside the job", async () => {
  const { error } = await runJob((_intervals, _params, context) => {
    return context.sendResults(1, 5 as never);
  }, { jobParams: null });
  assertInstanceOf(error, TypeError);
});
