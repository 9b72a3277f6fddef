import { assertEquals } from "@std/assert";
import {
  formatDuration,
  formatNumber,
  formatTick,
  formatTime,
} from "../../src/web/client/format.js";

Deno.test("formatNumber shows as many digits as one can take in", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [0.1 + 0.2, "0.3"],
    [0.05123456, "0.05123"],
    [0.00001234, "1.23e-5"],
    [12.3456, "12.35"],
    [999.96, "1,000"],
    [1234.5, "1,235"],
    [99_999, "99,999"],
    [123_456, "123.5K"],
    [-1.5e9, "-1.5B"],
    [1e18, "1.00e+18"],
    [NaN, "–"],
  ];
  assertEquals(cases.map(([value]) => formatNumber(value)), cases.map(([, text]) => text));
});

Deno.test("formatDuration shows one or two units", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [-1, "0 ms"],
    [0.0123, "12 ms"],
    [0.0996, "0.1 s"],
    [9.96, "10 s"],
    [59.6, "1 min"],
    [3599, "1 h"],
    [3600 * 3.25, "3 h 15 min"],
    [3600 * 24, "24 h"],
    [3600 * 24 * 3.4, "3 d"],
    [Infinity, "–"],
  ];
  assertEquals(cases.map(([value]) => formatDuration(value)), cases.map(([, text]) => text));
});

Deno.test("formatTime has the date if that is not today", () => {
  assertEquals(/^\d\d:\d\d:\d\d$/.test(formatTime(Date.now() / 1000)), true);
  assertEquals(/^2001-09-09 \d\d:\d\d:40$/.test(formatTime(1e9)), true);
});

Deno.test("formatTick is as short as the distance of the labels allows", () => {
  const lengths = [1, 30, 60, 3600, 86_400].map((increment) => formatTick(1e9, increment).length);
  assertEquals(lengths, [8, 8, 5, 5, 5]);
});
