import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { Job } from "../../src/jobs/job.ts";
import { lastSlot, slotOrigin } from "../../src/jobs/slots.ts";
import { setUp, START } from "./scheduler_kit.ts";

Deno.test("JobScheduler starts a lone job at its slot, to the millisecond", async () => {
  const { time, scheduler, calls, took, job } = setUp();
  scheduler.update([job("a", [1], { startTs: START + 0.377 })]);
  scheduler.start();
  const at: number[] = [];
  for (let n = 0; n < 5; n++) {
    await time.advance(1);
    at.push(...took().map(([, at]) => at));
  }
  assertEquals(at, [0.377, 1.377, 2.377, 3.377, 4.377]);
  assertEquals(calls.length, 0);
  await scheduler.stop();
});

Deno.test("JobScheduler starts a job on time though another has blocked the program until shortly before", async () => {
  const { time, scheduler, took, job } = setUp();
  scheduler.update([
    job("blocks", [5], { performJob: () => time.hold(0.4) }),
    job("next", [60], { startTs: START + 5.45 }),
  ]);
  scheduler.start();
  await time.advance(5.5);
  assertEquals(took(), [["next", 5.45, [60]]]);
  await scheduler.stop();
});

Deno.test("JobScheduler wakes for a job that a refresh has added", async () => {
  const { time, scheduler, took, job } = setUp();
  scheduler.start();
  await time.advance(3.1);
  scheduler.update([job("a", [60], { startTs: START + 3.2 })]);
  await time.advance(0.2);
  assertEquals(took(), [["a", 3.2, [60]]]);
  await scheduler.stop();
});

/** A fake clock that counts the timers that fire. */
function counting(time: ReturnType<typeof setUp>["time"]) {
  const counter = { fired: 0 };
  const { setTimeout, setInterval } = time;
  time.setTimeout = (callback, ms) =>
    setTimeout.call(time, () => (counter.fired++, callback()), ms);
  time.setInterval = (callback, ms) =>
    setInterval.call(time, () => (counter.fired++, callback()), ms);
  return counter;
}

Deno.test("JobScheduler wakes once a second while nothing is due, and 50 times when something always is", async () => {
  const { time, scheduler, took, job } = setUp({ maxConcurrentJobs: 2000 });
  const counter = counting(time);
  const ids = Array.from({ length: 1000 }, (_, n) => `${n}`);
  const at = (interval: number, from: number) =>
    ids.map((jobId, n) => job(jobId, [interval], { startTs: from + n / 1000 }));
  scheduler.update(at(86_400, START + 1000));
  scheduler.start();
  await time.advance(60);
  assertEquals(counter.fired, 60);
  counter.fired = 0;
  scheduler.update(at(1, START));
  for (let n = 0; n < 10; n++) {
    await time.advance(1);
    took();
  }
  assert(counter.fired >= 490 && counter.fired <= 520, `${counter.fired}`);
  assert(scheduler.stats().lateness.max < 0.0201);
  await scheduler.stop();
});

Deno.test("JobScheduler wakes less often the longer the shortest interval is", async () => {
  for (const [interval, wakes, latest] of [[20, 50, 20], [60, 17, 60], [3600, 4, 300]] as const) {
    const { time, scheduler, calls, job } = setUp({ maxConcurrentJobs: 1000 });
    const counter = counting(time);
    // A hundred each second.
    scheduler.update(Array.from({ length: 1000 }, (_, n) => {
      return job(`${n}`, [interval, 7200], { startTs: START + 0.377 + n / 100 });
    }));
    scheduler.start();
    await time.advance(9.9);
    assertEquals(calls[0]?.at, 0.377);
    const perSecond = counter.fired / 9.9 - 1;
    assert(Math.abs(perSecond - wakes) <= 3, `${interval}: ${perSecond}`);
    const late = calls.map(({ at, context }) => 1000 * (at + START - context.scheduledAt));
    assert(Math.max(...late) < latest + 1, `${interval}: ${Math.max(...late)}`);
    for (const { resolve } of calls) resolve();
    await scheduler.stop();
  }
});

Deno.test("JobScheduler starts on time though timers fire early", async () => {
  const { time, scheduler, took, job } = setUp();
  const { setTimeout } = time;
  time.setTimeout = (callback, ms) => setTimeout.call(time, callback, Math.max(0.4, ms - 1.7));
  scheduler.update([job("a", [1], { startTs: START + 0.25 })]);
  scheduler.start();
  for (let n = 0; n < 10; n++) {
    await time.advance(1);
    const [[, at] = ["", 0]] = took();
    assert(at - n >= 0.25 && at - n < 0.252, `${at}`);
  }
  await scheduler.stop();
});

Deno.test("JobScheduler notices within a second that the clock was set forward", async () => {
  const { time, scheduler, took, job, logged } = setUp();
  scheduler.update([job("a", [3600]), job("b", [60], { startTs: START + 0.9 })]);
  scheduler.start();
  await time.advance(0.5);
  // A timeout is armed for "b".
  time.step(3600);
  await time.advance(1);
  assertEquals(took(), [["b", 3600.9, [60]], ["a", 3600.9, [3600]]]);
  await time.advance(60);
  assertEquals(took(), [["b", 3660.9, [60]]]);
  assertMatch(logged("warn").join(), /^No job could start for 3601 s/);
  await scheduler.stop();
});

Deno.test("JobScheduler starts jobs on time although the clock was set back", async () => {
  const { time, scheduler, took, job } = setUp();
  scheduler.update([job("a", [60], { startTs: START + 0.9 })]);
  scheduler.start();
  await time.advance(0.5);
  time.step(-3600);
  const at: number[] = [];
  for (let n = 0; n < 121; n++) {
    await time.advance(1);
    at.push(...took().map(([, at]) => Math.round((at + 3600) * 1000) / 1000));
  }
  assertEquals(at, [0.9, 60.9, 120.9]);
  await scheduler.stop();
});

Deno.test("JobScheduler merges what was due while the program was stopped", async () => {
  const { time, scheduler, took, job, logged } = setUp();
  scheduler.update([job("a", [10, 60], { startTs: START + 0.9 })]);
  scheduler.start();
  await time.advance(1);
  assertEquals(took(), [["a", 0.9, [10, 60]]]);
  // As SIGSTOP does: no timer fires, and both clocks go on.
  time.hold(125.3);
  await time.advance(0.6);
  assertEquals(took(), [["a", 126.3, [10, 60]]]);
  await time.advance(4);
  assertEquals(took(), [["a", 130.9, [10]]]);
  assertMatch(logged("warn").join(), /^No job could start for 12\d s/);
  await scheduler.stop();
});

Deno.test("JobScheduler wakes for every slot, loses none and repeats none, whatever happens to clocks and timers", async () => {
  const fields = fc.record({
    intervals: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
    startTs: fc.option(fc.double({ min: START, max: START + 9, noNaN: true }), { nil: undefined }),
  });
  const ms = fc.integer({ min: 0, max: 4000 });
  const move = fc.oneof(
    { weight: 6, arbitrary: fc.record({ advance: ms }) },
    { weight: 1, arbitrary: fc.record({ hold: ms }) },
    { weight: 1, arbitrary: fc.record({ step: fc.integer({ min: -4000, max: 4000 }) }) },
    { weight: 1, arbitrary: fc.record({ change: fc.nat({ max: 5 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fields, { minLength: 1, maxLength: 6 }),
      fc.array(move, { maxLength: 30 }),
      async (fields, moves) => {
        const { time, scheduler, calls, job } = setUp();
        const { setTimeout } = time;
        let early = 0;
        time.setTimeout = (callback, ms) =>
          setTimeout.call(time, callback, Math.max(0.4, ms - (early = (early + 0.7) % 2)));
        const wanted = fields.map(({ intervals, startTs }, n): Job => {
          const { startTs: _, ...rest } = job(`${n}`, intervals, { firstRun: "slot" });
          return startTs === undefined ? rest : { ...rest, startTs };
        });
        scheduler.update(wanted);
        scheduler.start();
        const covered = wanted.map((each) =>
          lastSlot(each.intervals, slotOrigin(each), START * 1000)
        );
        let isDisturbed = false;
        const check = () => {
          for (const { jobId, at, context, resolve } of calls.splice(0)) {
            resolve();
            const { intervals } = wanted[Number(jobId)]!;
            const origin = slotOrigin(wanted[Number(jobId)]!);
            const slot = Math.round(context.scheduledAt * 1000);
            assert(slot > covered[Number(jobId)]!, `${jobId} repeats ${slot}`);
            assertEquals(slot, lastSlot(intervals, origin, slot));
            covered[Number(jobId)] = slot;
            // A job may wait for the end of a wake of others, and of one that came early.
            const late = at * 1000 + START * 1000 - slot;
            assert(isDisturbed || (late >= -1 && late <= 23), `${jobId} is ${late} ms late`);
          }
        };
        for (const move of moves) {
          if ("advance" in move) {
            for (let left = move.advance; left > 0; left -= 500) {
              await time.advance(Math.min(500, left) / 1000);
              check();
            }
          } else if ("hold" in move) {
            isDisturbed = true;
            time.hold(move.hold / 1000);
          } else if ("step" in move) {
            isDisturbed = true;
            time.step(move.step / 1000);
          } else {
            const changed = wanted[move.change];
            if (changed !== undefined) {
              wanted[move.change] = { ...changed, jobParams: {} };
              scheduler.update(wanted);
            }
          }
        }
        // All are on time again two seconds later at the latest, and none has missed a slot of the last one.
        await time.advance(2);
        check();
        // In steps that are shorter than the time between two slots, or a job might still run at its next one.
        for (let n = 0; n < 18; n++) {
          await time.advance(0.5);
          check();
        }
        const now = Math.max(...covered);
        wanted.forEach((each, n) => {
          const slot = lastSlot(each.intervals, slotOrigin(each), now - 30);
          assert(covered[n]! >= slot, `"${n}" missed ${slot}`);
        });
        await scheduler.stop();
      },
    ),
    { numRuns: 100 },
  );
});
