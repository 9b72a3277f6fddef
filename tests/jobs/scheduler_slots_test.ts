import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { affectingIntervals, lastSlot, slotOrigin } from "../../src/jobs/slots.ts";
import { flush } from "./fake_time.ts";
import { setUp, START } from "./scheduler_kit.ts";

// The time between two ticks, and how far the wall clock is set in between, in seconds.
const pause = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0.95, max: 1.05, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 5, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 4000, noNaN: true }) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.double({ min: -0.5, max: 0.5, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: -4000, max: 4000, noNaN: true }) },
);
const intervals = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 3600 })),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const origin = fc.option(fc.double({ min: START - 4000, max: START + 4000, noNaN: true }), {
  nil: undefined,
});
const ticks = fc.array(fc.record({ pause, step, ends: fc.boolean() }), { size: "medium" });

Deno.test("JobScheduler runs no slot twice and loses none, however the clock is set", async () => {
  await fc.assert(
    fc.asyncProperty(intervals, origin, ticks, async (intervals, startTs, ticks) => {
      const { time, scheduler, calls, job } = setUp();
      intervals = [...new Set(intervals)].sort((a, b) => a - b);
      const { startTs: _, ...rest } = job("a", intervals, { timeout: 1e9, firstRun: "slot" });
      const wanted = startTs === undefined ? rest : { ...rest, startTs };
      const first = slotOrigin(wanted);
      scheduler.update([wanted]);

      let done = 0;
      // Every slot up to here has been covered by a run.
      let covered = lastSlot(intervals, first, START * 1000);
      const check = () => {
        for (const { affecting, context: { scheduledAt } } of calls.slice(done)) {
          const slot = Math.round(scheduledAt * 1000);
          assert(slot > covered, `${slot} after ${covered}`);
          assertEquals(slot, lastSlot(intervals, first, slot));
          assertEquals(affecting, affectingIntervals(intervals, first, covered, slot));
          covered = slot;
        }
        done = calls.length;
      };
      for (const { pause, step, ends } of ticks) {
        time.hold(pause);
        time.step(step);
        scheduler.tick();
        if (ends) calls.at(-1)?.resolve();
        await flush();
        check();
      }

      // Each interval then runs again once the clock is left alone, without delay.
      const longest = Math.max(...intervals);
      const runs = calls.length;
      for (let second = 0; second < longest + 3; second++) {
        calls.at(-1)?.resolve();
        await flush();
        time.hold(1);
        scheduler.tick();
        await flush();
        check();
      }
      const affected = new Set(calls.slice(runs).flatMap(({ affecting }) => affecting));
      assertEquals(
        [...affected].sort((a, b) => a - b),
        intervals,
      );
      calls.at(-1)?.resolve();
      await flush();
    }),
    { numRuns: 60 },
  );
});
