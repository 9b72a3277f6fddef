import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SchedulerClock } from "../../src/jobs/scheduler_clock.ts";

/** A clock and the two clocks below it, all in seconds. */
function setUp(start = 1_795_451_772) {
  let wall = start * 1000;
  let monotonic = 77;
  let setBack = 0;
  const clock = new SchedulerClock(
    { now: () => wall, monotonic: () => monotonic },
    (ms) => setBack += ms / 1000,
  );
  return {
    pass(seconds: number, step = 0) {
      wall += (seconds + step) * 1000;
      monotonic += seconds * 1000;
      return clock.read() / 1000 - start;
    },
    wallTimeOf: (seconds: number) => clock.wallTimeOf((start + seconds) * 1000) / 1000 - start,
    wall: () => wall / 1000 - start,
    setBack: () => setBack,
  };
}

Deno.test("SchedulerClock follows the wall clock", () => {
  const { pass } = setUp();
  assertEquals([pass(0), pass(1), pass(3600)], [0, 1, 3601]);
});

Deno.test("SchedulerClock follows the wall clock forward", () => {
  const { pass } = setUp();
  assertEquals(pass(1, 3600), 3601);
  assertEquals(pass(1), 3602);
});

Deno.test("SchedulerClock keeps its pace when the wall clock is set back an hour, and reports that", () => {
  const { pass, setBack } = setUp();
  pass(10);
  assertEquals(pass(1, -3600), 11);
  assertEquals(pass(1), 12);
  assertEquals(pass(60), 72);
  assertEquals(setBack(), 3600);
});

Deno.test("SchedulerClock first offsets a step back when the wall clock is set forward", () => {
  const { pass, wall } = setUp();
  pass(10, -3600);
  assertEquals(pass(1, 600), 11);
  assertEquals(pass(1, 3100), 112);
  assertEquals(wall(), 112);
  assertEquals(pass(1), 113);
});

Deno.test("SchedulerClock knows when the wall clock will show a time, wherever that was set", () => {
  const { pass, wallTimeOf } = setUp();
  pass(10);
  assertEquals(wallTimeOf(60), 60);
  pass(0, -7200);
  assertEquals(wallTimeOf(60), 60 - 7200);
  pass(10, 7200);
  assertEquals(wallTimeOf(60), 60);
});

Deno.test("SchedulerClock stands still for a moment when the wall clock is set back a little", () => {
  const { pass } = setUp();
  pass(10);
  assertEquals(pass(0.25, -0.75), 10);
  assertEquals(pass(0.25), 10);
  assertEquals(pass(0.5), 10.25);
});

Deno.test("SchedulerClock adds up many small steps back", () => {
  const { pass } = setUp();
  let last = pass(10);
  for (let n = 0; n < 100; n++) last = pass(0.1, -0.5);
  assert(last > 17, `10 s of 20 have passed, and the time went on by ${last - 10} s`);
});

const second = fc.double({ min: 0, max: 5, noNaN: true });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -0.02, max: 0.02, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: -4000, max: 4000, noNaN: true }) },
);

Deno.test("SchedulerClock never goes back and is never behind the wall clock", () => {
  fc.assert(fc.property(fc.array(fc.tuple(second, step)), (moves) => {
    const { pass, wall } = setUp();
    let last = 0;
    for (const [seconds, step] of moves) {
      const time = pass(seconds, step);
      assert(time >= last, `${time} after ${last}`);
      assert(time >= wall() - 1e-6, `${time} at ${wall()}`);
      last = time;
    }
  }));
});

Deno.test("SchedulerClock never stands still for long, however the wall clock is set", () => {
  fc.assert(fc.property(fc.array(fc.tuple(second, step)), (moves) => {
    const { pass } = setUp();
    let time = 0;
    let passed = 0;
    for (const [seconds, step] of moves) {
      const before = time;
      time = pass(seconds, step);
      passed = time > before ? 0 : passed + seconds;
      assert(passed < 2.5, `stood still for ${passed} s`);
    }
  }));
});

Deno.test("SchedulerClock gains nothing from the jitter of its clocks", () => {
  const noise = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: 1 });
  fc.assert(fc.property(noise, fc.boolean(), (noise, setBack) => {
    const { pass } = setUp();
    if (setBack) pass(0, -500);
    let before = 0;
    let passed = 0;
    for (const error of noise) {
      const time = pass(0.01, error - before);
      before = error;
      passed += 0.01;
      assert(time <= passed + 0.4 + 1e-6, `${time} after ${passed}`);
    }
    assertAlmostEquals(pass(10, -before), passed + 10, 1e-3);
  }));
});
