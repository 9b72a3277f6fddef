import { assertEquals, assertThrows } from "@std/assert";
import { numericText, roundToInteger } from "../../../src/testing/backend/numeric.ts";
import { PythonError } from "../../../src/testing/backend/python_json.ts";

Deno.test("numericText writes numbers as PostgreSQL does", () => {
  const rows: [string, string][] = [
    ["0", "0"],
    ["-0.00", "0.00"],
    ["12.50", "12.50"],
    ["1e3", "1000"],
    ["1.5e1", "15"],
    ["1.50e1", "15.0"],
    ["1.5e-3", "0.0015"],
    ["-12e-1", "-1.2"],
    ["123e-2", "1.23"],
    [" +007. ", "7"],
    [".5", "0.5"],
    ["inf", "Infinity"],
    ["-Infinity", "-Infinity"],
    ["NaN", "NaN"],
  ];
  for (const [text, expected] of rows) assertEquals(numericText(text), expected, text);
});

Deno.test("numericText throws where PostgreSQL fails", () => {
  for (const text of ["", ".", "1_000", "٣", "\u00a07", "True", "1e131073", "1e-16384", "-nan"]) {
    assertThrows(() => numericText(text), PythonError, undefined, text);
  }
});

Deno.test("roundToInteger rounds halves away from zero", () => {
  const rows: [number, number][] = [[0.4, 0], [0.5, 1], [1.5, 2], [2.5, 3], [-2.5, -3], [-0.4, 0]];
  for (const [value, expected] of rows) assertEquals(roundToInteger(value), expected);
  for (const value of [2 ** 31, NaN, Infinity]) {
    assertThrows(() => roundToInteger(value), PythonError);
  }
});
