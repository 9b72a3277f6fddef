import { assert, assertEquals } from "@std/assert";
import { Ticker } from "../../src/jobs/ticker.ts";
import { FakeTime } from "./fake_time.ts";

/** A ticker on a fake clock; `at` lists the times at which it ticked, in seconds. */
function setUp(start: number, options: { drift?: number } = {}) {
  const time = new FakeTime(start);
  const at: number[] = [];
  const ticker = new Ticker({
    tick: () => at.push(time.now() / 1000),
    now: () => time.now(),
    clock: {
      setTimeout: (callback, ms) => time.setTimeout(callback, ms),
      clearTimeout: (handle) => time.clearTimeout(handle),
      setInterval: (callback, ms) => time.setInterval(callback, ms + (options.drift ?? 0)),
      clearInterval: (handle) => time.clearInterval(handle),
    },
  });
  return { time, at, ticker };
}

Deno.test("Ticker ticks once a second, shortly after the second begins", async () => {
  const { time, at, ticker } = setUp(100.4);
  ticker.start();
  ticker.start();
  await time.advance(3.8);
  assertEquals(at, [101.01, 102.01, 103.01, 104.01]);
  ticker.stop();
  assertEquals(time.pending, 0);
});

Deno.test("Ticker misses no second when its interval drifts", async () => {
  // 64 ms a minute was measured; -1 stands for timers that fire early.
  for (const drift of [64 / 60, 15, -1]) {
    const { time, at, ticker } = setUp(100.4, { drift });
    ticker.start();
    await time.advance(300);
    ticker.stop();
    const seconds = at.map(Math.floor);
    assertEquals([...new Set(seconds)], Array.from({ length: 300 }, (_, n) => 101 + n));
    // When early, it may tick twice in the previous second.
    assert(seconds.length <= 301 + 300 / 10, `${seconds.length} ticks`);
    const late = Math.max(...at.slice(1).map((time) => time % 1).filter((phase) => phase < 0.9));
    assert(late <= 0.08, `${late} s after the second`);
  }
});

Deno.test("Ticker realigns after the program was blocked", async () => {
  const { time, at, ticker } = setUp(100);
  ticker.start();
  await time.advance(2.5);
  time.hold(3600.2);
  await time.advance(3);
  ticker.stop();
  assertEquals(at.map((second) => Math.round(second * 100) / 100), [
    100.01,
    101.01,
    102.01,
    3702.7,
    3703.01,
    3704.01,
    3705.01,
  ]);
  assertEquals(time.pending, 0);
});

Deno.test("Ticker realigns when the clock is set", async () => {
  const { time, at, ticker } = setUp(100);
  ticker.start();
  await time.advance(1.5);
  time.step(-0.75);
  await time.advance(3);
  ticker.stop();
  assertEquals(at.at(-1), 103.01);
});

Deno.test("Ticker can be stopped from its own tick", async () => {
  const time = new FakeTime(100);
  let ticks = 0;
  const ticker: Ticker = new Ticker({
    tick: () => {
      ticks++;
      ticker.stop();
    },
    now: () => time.now(),
    clock: time,
  });
  ticker.start();
  await time.advance(5);
  assertEquals([ticks, time.pending], [1, 0]);
  ticker.start();
  time.hold(7.6);
  await time.advance(5);
  assertEquals([ticks, time.pending], [2, 0]);
});
