import { assert, assertEquals } from "@std/assert";
import { setUp, START } from "./scheduler_kit.ts";

for (const isAsync of [false, true]) {
  const kind = isAsync ? "look asynchronous but wait for nothing" : "wait for nothing";
  Deno.test(`JobScheduler lets the event loop go on while it starts runs that ${kind}`, async () => {
    const { time, scheduler, job } = setUp();
    const ids = Array.from({ length: 1000 }, (_, n) => `${n}`);
    const order: string[] = [];
    let sinceTurn = 0;
    let most = 0;
    const performJob = (_: readonly number[], id: unknown) => {
      order.push(id as string);
      time.hold(0.001);
      most = Math.max(most, ++sinceTurn);
      return isAsync ? Promise.resolve() : undefined;
    };
    scheduler.update(
      ids.map((id) => job(id, [60], { startTs: START + 1, performJob, jobParams: id })),
    );
    const { setInterval } = time;
    time.setInterval = (callback, ms) =>
      setInterval.call(time, () => {
        sinceTurn = 0;
        callback();
      }, ms);
    scheduler.start();
    await time.advance(3);
    assertEquals(order, ids);
    assert(most <= 20, `${most} ms`);
    assertEquals(scheduler.stats().runs, { ok: 1000, failed: 0, skipped: 0, timedOut: 0 });
    await scheduler.stop();
  });
}

Deno.test("JobScheduler starts no run of a job within the call of its function", async () => {
  const { time, scheduler, seconds, job } = setUp();
  let depth = 0;
  let calls = 0;
  scheduler.update([job("a", [1], {
    performJob: () => {
      calls++;
      assertEquals(++depth, 1);
      time.hold(1);
      scheduler.tick();
      depth--;
    },
  })]);
  await seconds(2);
  assert(calls >= 1);
  assertEquals(scheduler.stats().runs.failed, 0);
});
