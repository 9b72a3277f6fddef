import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { affectingIntervals, lastSlot, nextSlot, slotOrigin } from "../../src/jobs/slots.ts";

const interval = fc.integer({ min: 1, max: 40 });
const intervals = fc.array(interval, { minLength: 1, maxLength: 5 });
const origin = fc.integer({ min: 0, max: 200 });
const time = fc.double({ min: 0, max: 300, noNaN: true });

/** All slots in (after, upTo], found by trying every second. */
function slotsIn(interval: number, origin: number, after: number, upTo: number): number[] {
  const slots: number[] = [];
  for (let second = Math.floor(after) - 1; second <= upTo; second++) {
    if (second > after && (((second - origin) % interval) + interval) % interval === 0) {
      slots.push(second);
    }
  }
  return slots;
}

Deno.test("slotOrigin is the whole second of startTs, if given", () => {
  assertEquals(
    slotOrigin({ jobId: "a", intervals: [60], startTs: 1_795_451_772.9 }),
    1_795_451_772,
  );
  assertEquals(slotOrigin({ jobId: "a", intervals: [60], startTs: 0 }), 0);
});

Deno.test("slotOrigin is FNV-1a of the job id, within the shortest interval", () => {
  // The published test vectors of FNV-1a with 32 bits.
  const whole = [2 ** 32];
  assertEquals(slotOrigin({ jobId: "a", intervals: whole }), 0xe40c292c);
  assertEquals(slotOrigin({ jobId: "foobar", intervals: whole }), 0xbf9cf968);
  assertEquals(slotOrigin({ jobId: "foobar", intervals: [300, 60] }), 0xbf9cf968 % 60);
});

Deno.test("slotOrigin spreads jobs over the interval", () => {
  const jobsAt = new Array<number>(60).fill(0);
  for (let n = 0; n < 6000; n++) {
    const second = slotOrigin({ jobId: `${1_365_800_879 + n * 7919}`, intervals: [60] });
    jobsAt[second] = (jobsAt[second] ?? 0) + 1;
  }
  assert(Math.min(...jobsAt) > 50, `fewest in a second: ${Math.min(...jobsAt)} of 100`);
  assert(Math.max(...jobsAt) < 160, `most in a second: ${Math.max(...jobsAt)} of 100`);
});

Deno.test("affectingIntervals includes a slot at the end of the range, not one at its start", () => {
  assertEquals(affectingIntervals([10], 0, 10, 19.999), []);
  assertEquals(affectingIntervals([10], 0, 10, 20), [10]);
  assertEquals(affectingIntervals([10], 0, 9.999, 10), [10]);
  assertEquals(affectingIntervals([10], 0, 20, 20), []);
});

Deno.test("affectingIntervals merges several slots into distinct, ascending intervals", () => {
  assertEquals(affectingIntervals([300, 60, 60], 7, 7, 307), [60, 300]);
  assertEquals(affectingIntervals([300, 60], 7, 7, 306.9), [60]);
});

Deno.test("affectingIntervals are exactly the intervals with a slot in the range", () => {
  fc.assert(fc.property(intervals, origin, time, time, (intervals, origin, after, upTo) => {
    const expected = [...new Set(intervals)]
      .filter((interval) => slotsIn(interval, origin, after, upTo).length > 0)
      .sort((a, b) => a - b);
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
  assertEquals(nextSlot([60, 300], 7, 7), 67);
  assertEquals(nextSlot([60, 300], 7, 66.999), 67);
  assertEquals(nextSlot([60], 1_000, 0), 40);
  fc.assert(fc.property(intervals, origin, time, (intervals, origin, after) => {
    const slots = intervals.flatMap((interval) => slotsIn(interval, origin, after, after + 41));
    assertEquals(nextSlot(intervals, origin, after), Math.min(...slots));
  }));
});

Deno.test("lastSlot is the last slot of any interval up to a time", () => {
  assertEquals(lastSlot([60, 300], 7, 67), 67);
  assertEquals(lastSlot([60, 300], 7, 66.999), 7);
  fc.assert(fc.property(intervals, origin, time, (intervals, origin, upTo) => {
    const slots = intervals.flatMap((interval) => slotsIn(interval, origin, upTo - 42, upTo));
    assertEquals(lastSlot(intervals, origin, upTo), Math.max(...slots));
  }));
});

Deno.test("slots are exact for long intervals at present-day times", () => {
  const long = fc.integer({ min: 1, max: 2_147_483_647 });
  const today = fc.double({ min: 1.7e9, max: 4e9, noNaN: true });
  fc.assert(fc.property(long, long, today, (interval, origin, now) => {
    const last = lastSlot([interval], origin, now);
    const next = nextSlot([interval], origin, now);
    assert(last <= now && now < next, `${last} <= ${now} < ${next}`);
    assertEquals(next - last, interval);
    // The remainder may be -0.
    assertEquals(Math.abs((last - origin) % interval), 0);
  }));
});
