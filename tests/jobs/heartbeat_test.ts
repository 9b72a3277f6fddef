import { assertEquals } from "@std/assert";
import { Heartbeat } from "../../src/jobs/heartbeat.ts";
import { FakeTime } from "./fake_time.ts";

/** A heartbeat on a fake clock; `at` lists what it did when, in seconds. */
function setUp() {
  const time = new FakeTime(100);
  const at: (readonly [string, number])[] = [];
  const seen = (what: string) => () => void at.push([what, time.now() / 1000]);
  const heartbeat = new Heartbeat({ beat: seen("beat"), wake: seen("wake"), clock: time });
  return { time, at, heartbeat };
}

Deno.test("Heartbeat beats once a second and wakes once in between", async () => {
  const { time, at, heartbeat } = setUp();
  heartbeat.start();
  heartbeat.start();
  heartbeat.wakeIn(400.5);
  await time.advance(2.5);
  assertEquals(at, [["wake", 100.401], ["beat", 101], ["beat", 102]]);
  heartbeat.stop();
  heartbeat.stop();
  assertEquals(time.pending, 0);
});

Deno.test("Heartbeat wakes at the moment that it was told last", async () => {
  const { time, at, heartbeat } = setUp();
  heartbeat.start();
  heartbeat.wakeIn(200);
  heartbeat.wakeIn(300);
  await time.advance(0.5);
  assertEquals(at, [["wake", 100.3]]);
  heartbeat.wakeIn(-5);
  heartbeat.wakeIn(Infinity);
  heartbeat.wakeIn(1000);
  await time.advance(0.5);
  assertEquals(at.slice(1), [["beat", 101]]);
  heartbeat.wakeIn(-5);
  await time.advance(0);
  assertEquals(at.slice(2), [["wake", 101]]);
  heartbeat.stop();
});

Deno.test("Heartbeat wakes nobody when it was not started or was stopped", async () => {
  const { time, at, heartbeat } = setUp();
  heartbeat.wakeIn(10);
  heartbeat.start();
  heartbeat.wakeIn(10);
  heartbeat.stop();
  heartbeat.wakeIn(10);
  await time.advance(5);
  assertEquals([at, time.pending], [[], 0]);
});
