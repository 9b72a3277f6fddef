import { assert, assertEquals } from "@std/assert";
import { uniqueTimestamp } from "../../src/delivery/unique_timestamps.ts";

// The times of all tests of a process must be different, so each test here has a century of its own.
const CENTURY_MS = 3_155_760_000_000;

Deno.test("uniqueTimestamp returns microseconds within a millisecond of the clock", () => {
  for (let n = 0; n < 1000; n++) {
    const before = Date.now();
    const time = uniqueTimestamp();
    const after = Date.now();
    assert(Number.isSafeInteger(time));
    assert(time >= before * 1000 && time < (after + 2) * 1000, `${time} at ${before} to ${after}`);
  }
});

Deno.test("uniqueTimestamp never returns the same time twice, however many are asked for at once", () => {
  const now = 2 * CENTURY_MS;
  const times = Array.from(
    { length: 50_000 },
    (_, n) => uniqueTimestamp(now + Math.floor(n / 9000)),
  );
  assertEquals(new Set(times).size, times.length);
  assert(times.every((time, n) => n === 0 || time > times[n - 1]!));
});

Deno.test("uniqueTimestamp goes on where a clock goes back by a few milliseconds", () => {
  let before = uniqueTimestamp(CENTURY_MS);
  for (const correction of [-1, -5, -9, -4, 0]) {
    const time = uniqueTimestamp(CENTURY_MS + correction);
    assert(time > before);
    before = time;
  }
});

Deno.test("uniqueTimestamp believes a clock that was set back, and one that was set forward again", () => {
  const now = 3 * CENTURY_MS;
  for (let n = 0; n < 20_000; n++) uniqueTimestamp(now);
  for (const ms of [now - 60_000, now - 59_999, now + 1, now - 1_000_000]) {
    assertEquals(Math.floor(uniqueTimestamp(ms) / 1000), ms);
  }
});

Deno.test("uniqueTimestamp returns no whole milliseconds, however many times are asked for in one", () => {
  const now = 1.5 * CENTURY_MS;
  const times = Array.from({ length: 5000 }, () => uniqueTimestamp(now));
  assertEquals(times.filter((time) => time % 1000 === 0), []);
  assertEquals(new Set(times).size, times.length);
});
