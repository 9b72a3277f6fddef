import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CounterRate } from "../../src/toolkit/counter_rate.ts";

Deno.test("CounterRate returns no rate for the first reading, and then the increase per second", () => {
  const rates = new CounterRate();
  assertEquals(rates.read("a", 1000, 10), { reason: "first" });
  assertEquals(rates.read("a", 2000, 11), { perSecond: 1000 });
  assertEquals(rates.read("a", 2300, 14), { perSecond: 100 });
  assertEquals(rates.read("a", 2300, 15), { perSecond: 0 });
});

Deno.test("CounterRate keeps counters apart", () => {
  const rates = new CounterRate();
  rates.read("a", 1000, 10);
  assertEquals(rates.read("b", 5, 20), { reason: "first" });
  assertEquals(rates.read("a", 1010, 20), { perSecond: 1 });
});

Deno.test("CounterRate returns no rate when a counter went back, and continues from there", () => {
  const rates = new CounterRate();
  rates.read("a", 234_000, 1);
  assertEquals(rates.read("a", 1000, 4), { reason: "went back" });
  assertEquals(rates.read("a", 2000, 6), { perSecond: 500 });
});

Deno.test("CounterRate returns no rate when no time passed or the clock was set back", () => {
  const rates = new CounterRate();
  rates.read("a", 100, 50);
  assertEquals(rates.read("a", 200, 50), { reason: "no time passed" });
  assertEquals(rates.read("a", 300, 40), { reason: "no time passed" });
  assertEquals(rates.read("a", 400, 50), { perSecond: 10 });
});

Deno.test("CounterRate notices an increase of a 64-bit counter by one", () => {
  const rates = new CounterRate();
  rates.read("a", 2n ** 64n - 2n, 0);
  assertEquals(rates.read("a", 2n ** 64n - 1n, 1), { perSecond: 1 });
});

Deno.test("CounterRate uses the exact difference of any two counts", () => {
  fc.assert(fc.property(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 2n ** 53n),
    (count, growth) => {
      const rates = new CounterRate();
      rates.read("a", count, 0);
      assertEquals(rates.read("a", count + growth, 1), { perSecond: Number(growth) });
    },
  ));
});

Deno.test("CounterRate accepts counts with decimals", () => {
  const rates = new CounterRate();
  rates.read("kWh", 12_345.6, 0);
  assertAlmostEquals(rates.read("kWh", 12_345.7, 60).perSecond!, 0.1 / 60, 1e-9);
  assertAlmostEquals(rates.read("kWh", 12_346, 120).perSecond!, 0.3 / 60, 1e-9);
  assertEquals(rates.read("kWh", 12_346n, 180), { perSecond: 0 });
  assertEquals(rates.read("kWh", 0.1, 240), { reason: "went back" });
});

Deno.test("CounterRate compares a whole number with a bigint exactly", () => {
  const rates = new CounterRate();
  rates.read("a", 2 ** 53, 0);
  assertEquals(rates.read("a", 2n ** 53n + 1n, 1), { perSecond: 1 });
  assertEquals(rates.read("a", 2 ** 53, 2), { reason: "went back" });
});

Deno.test("CounterRate forgets counters that have not been read for long", () => {
  const rates = new CounterRate({ forgetAfter: 100 });
  rates.read("old", 1, 0);
  rates.read("kept", 1, 50);
  rates.read("other", 1, 101);
  assertEquals(rates.size, 2);
  assertEquals(rates.read("kept", 101, 150), { perSecond: 1 });
  assertEquals(rates.read("old", 2, 150), { reason: "first" });
});

Deno.test("CounterRate ignores a previous reading that is too old", () => {
  const rates = new CounterRate({ forgetAfter: 100 });
  rates.read("a", 1, 0);
  assertEquals(rates.read("a", 2, 101), { reason: "first" });
});

Deno.test("CounterRate forgets the least recently read counters when there are too many", () => {
  const rates = new CounterRate({ maxCounters: 2 });
  rates.read("a", 1, 0);
  rates.read("b", 1, 1);
  rates.read("a", 1, 2);
  rates.read("c", 1, 3);
  assertEquals(rates.size, 2);
  assertEquals(rates.read("a", 1, 4), { perSecond: 0 });
  assertEquals(rates.read("b", 1, 5), { reason: "first" });
});

Deno.test("CounterRate refuses an invalid count, time or limit", () => {
  const rates = new CounterRate();
  assertThrows(() => rates.read("a", Infinity, 0), RangeError, 'count of "a"');
  assertThrows(() => rates.read("a", NaN, 0), RangeError, 'count of "a"');
  assertThrows(() => rates.read("a", 1, NaN), RangeError, "number of seconds");
  assertEquals(rates.size, 0);
  assertThrows(() => new CounterRate({ forgetAfter: 0 }), RangeError, "forgetAfter");
  assertThrows(() => new CounterRate({ maxCounters: NaN }), RangeError, "maxCounters");
});
