import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  affectingIntervals,
  firstRunIntervals,
  lastSlot,
  nextSlot,
  slotOrigin,
} from "../../src/jobs/slots.ts";

// In milliseconds, but for the intervals.
const interval = fc.integer({ min: 1, max: 40 });
const intervals = fc.uniqueArray(interval, { minLength: 1, maxLength: 5 })
  .map((intervals) => intervals.sort((a, b) => a - b));
const origin = fc.integer({ min: 0, max: 200_000 });
const time = fc.double({ min: 0, max: 300_000, noNaN: true });

/** All slots in (after, upTo], found by counting from the origin. */
function slotsIn(interval: number, origin: number, after: number, upTo: number): number[] {
  const slots: number[] = [];
  for (let slot = origin - 1_000_000 * interval; slot <= upTo; slot += interval * 1000) {
    if (slot > after) slots.push(slot);
  }
  return slots;
}

Deno.test("slotOrigin is startTs in whole milliseconds, if given", () => {
  assertEquals(slotOrigin({ jobId: "a", startTs: 1_795_451_772.9876 }), 1_795_451_772_987);
  assertEquals(slotOrigin({ jobId: "a", startTs: 0 }), 0);
});

Deno.test("slotOrigin never changes, as all slots of all bots would move", () => {
  assertEquals(slotOrigin({ jobId: "a" }), 444641715);
  assertEquals(slotOrigin({ jobId: "7/12" }), 769881213);
  assertEquals(slotOrigin({ jobId: "žaba" }), 1057297330);
});

const ids: Record<string, (n: number) => string> = {
  "entity ids": (n) => `${1_000_001 + n}`,
  "small ids": (n) => `${n}`,
  "ids far apart": (n) => `${1_365_800_879 + n * 7919}`,
  "sensors of one device": (n) => `7/${n}`,
  "one sensor of each device": (n) => `${n}/12`,
  "a few sensors of each device": (n) => `${n >> 3}/${n & 7}`,
  "host names": (n) => `switch-${n}.example.com`,
};
for (const [name, id] of Object.entries(ids)) {
  Deno.test(`slotOrigin spreads jobs evenly: ${name}`, () => {
    // In milliseconds: within a second, a minute, five, and an hour.
    for (const [period, step] of [[1e3, 20], [6e4, 20], [6e4, 1e3], [3e5, 1e3], [36e5, 6e4]]) {
      const bins = period! / step!;
      const count = 20 * bins;
      const jobsIn = new Array<number>(bins).fill(0);
      for (let n = 0; n < count; n++) {
        jobsIn[Math.floor(slotOrigin({ jobId: id(n) }) % period! / step!)]!++;
      }
      // The chi-squared of random origins exceeds this once in ten thousand times.
      const chiSquared = jobsIn.reduce((sum, jobs) => sum + (jobs - 20) ** 2 / 20, 0);
      const freedom = bins - 1;
      assert(
        chiSquared < freedom * (1 - 2 / 9 / freedom + 3.72 * Math.sqrt(2 / 9 / freedom)) ** 3,
        `${Math.max(...jobsIn)} instead of 20 jobs within ${step} of ${period} ms`,
      );
    }
  });
}

Deno.test("affectingIntervals includes a slot at the end of the range, not one at its start", () => {
  assertEquals(affectingIntervals([10], 0, 10_000, 19_999.9), []);
  assertEquals(affectingIntervals([10], 0, 10_000, 20_000), [10]);
  assertEquals(affectingIntervals([10], 0, 9_999.9, 10_000), [10]);
  assertEquals(affectingIntervals([10], 0, 20_000, 20_000), []);
});

Deno.test("affectingIntervals merges several slots of an interval", () => {
  assertEquals(affectingIntervals([60, 300], 7_250, 7_250, 307_250), [60, 300]);
  assertEquals(affectingIntervals([60, 300], 7_250, 7_250, 307_249), [60]);
});

Deno.test("affectingIntervals are all if nothing has been handled yet", () => {
  assertEquals(affectingIntervals([60, 86_400], 7_250, -Infinity, 0), [60, 86_400]);
});

Deno.test("affectingIntervals are exactly the intervals with a slot in the range", () => {
  fc.assert(fc.property(intervals, origin, time, time, (intervals, origin, after, upTo) => {
    const expected = intervals
      .filter((interval) => slotsIn(interval, origin, after, upTo).length > 0);
    assertEquals(affectingIntervals(intervals, origin, after, upTo), expected);
  }));
});

Deno.test("affectingIntervals loses no slot and repeats none over consecutive ranges", () => {
  fc.assert(fc.property(interval, origin, fc.array(time), (interval, origin, times) => {
    const readings = [...times].sort((a, b) => a - b);
    const first = readings[0] ?? 0;
    const slots = slotsIn(interval, origin, first, readings.at(-1) ?? 0);
    let handledUpTo = first;
    let found = 0;
    for (const now of readings) {
      const inRange = slotsIn(interval, origin, handledUpTo, now);
      assertEquals(
        affectingIntervals([interval], origin, handledUpTo, now).length > 0,
        inRange.length > 0,
      );
      found += inRange.length;
      handledUpTo = now;
    }
    assertEquals(found, slots.length);
  }));
});

Deno.test("nextSlot is the first slot of any interval after a time", () => {
  assertEquals(nextSlot([60, 300], 7_250, 7_250), 67_250);
  assertEquals(nextSlot([60, 300], 7_250, 67_249.9), 67_250);
  assertEquals(nextSlot([60], 1_000_000, 0), 40_000);
  fc.assert(fc.property(intervals, origin, time, (intervals, origin, after) => {
    const slots = intervals.flatMap((interval) => slotsIn(interval, origin, after, after + 41_000));
    assertEquals(nextSlot(intervals, origin, after), Math.min(...slots));
  }));
});

Deno.test("lastSlot is the last slot of any interval up to a time", () => {
  assertEquals(lastSlot([60, 300], 7_250, 67_250), 67_250);
  assertEquals(lastSlot([60, 300], 7_250, 67_249.9), 7_250);
  fc.assert(fc.property(intervals, origin, time, (intervals, origin, upTo) => {
    const slots = intervals.flatMap((interval) => slotsIn(interval, origin, upTo - 42_000, upTo));
    assertEquals(lastSlot(intervals, origin, upTo), Math.max(...slots));
  }));
});

Deno.test("slots are exact for long intervals at present-day times", () => {
  const long = fc.integer({ min: 1, max: 2_147_483_647 });
  const origins = fc.oneof(long, fc.integer({ min: 0, max: 1e14 }));
  const today = fc.double({ min: 1.7e12, max: 4e12, noNaN: true });
  fc.assert(fc.property(long, origins, today, (interval, origin, now) => {
    const last = lastSlot([interval], origin, now);
    const next = nextSlot([interval], origin, now);
    assert(last <= now && now < next, `${last} <= ${now} < ${next}`);
    assertEquals(next - last, interval * 1000);
    // The remainder may be -0.
    assertEquals(Math.abs((last - origin) % (interval * 1000)), 0);
  }));
});

Deno.test("firstRunIntervals give a job a slot within a minute, at the phase of its others", () => {
  assertEquals(nextSlot(firstRunIntervals([3600]), 7_250, 100_000), 127_250);
  assertEquals(nextSlot(firstRunIntervals([10, 3600]), 7_250, 100_000), 107_250);
  assertEquals(nextSlot(firstRunIntervals([90]), 7_250, 185_000), 187_250);
});
