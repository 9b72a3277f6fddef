import { assertEquals, assertThrows } from "@std/assert";
import {
  parsePythonJson,
  PythonError,
  type PyValue,
} from "../../../src/testing/backend/python_json.ts";

function parse(text: string): PyValue {
  return parsePythonJson(new TextEncoder().encode(text));
}

Deno.test("parsePythonJson distinguishes ints from floats", () => {
  assertEquals(parse("[1, 1.0, 1e2, -0, 12345678901234567890]"), [
    1n,
    1,
    100,
    0n,
    12345678901234567890n,
  ]);
});

Deno.test("parsePythonJson reads NaN and the infinities", () => {
  assertEquals(parse("[NaN, Infinity, -Infinity, 1e400, -1e400]"), [
    NaN,
    Infinity,
    -Infinity,
    Infinity,
    -Infinity,
  ]);
});

Deno.test("parsePythonJson keeps the last value of a repeated key, at its first position", () => {
  assertEquals(parse('{"a":1,"b":2,"a":3}'), new Map([["a", 3n], ["b", 2n]]));
});

Deno.test("parsePythonJson reads strings with escapes", () => {
  assertEquals(parse('"a\\u00e9\\ud83d\\ude00\\n\\/ é"'), "aé😀\n/ é");
});

Deno.test("parsePythonJson skips white space and a byte order mark", () => {
  assertEquals(parse("\ufeff \t\r\n[ ] "), []);
  assertEquals(parse("{ }"), new Map());
});

Deno.test("parsePythonJson refuses what Python refuses", () => {
  const rows = [
    "",
    "[1,]",
    '{"a":1,}',
    "{1:2}",
    "[01]",
    "[1.]",
    "[.5]",
    "[+1]",
    "-NaN",
    "nan",
    "True",
    '"\n"',
    '"\\x"',
    '"\\u12"',
    '"',
    "[",
    "[1",
    '{"a"}',
    "1 2",
    "\u000b1",
    "9".repeat(4301),
    "[".repeat(2000),
  ];
  for (const text of rows) assertThrows(() => parse(text), PythonError, undefined, text);
  assertThrows(() => parsePythonJson(new Uint8Array([0x22, 0xff, 0x22])), PythonError);
  assertEquals(parse("9".repeat(4300)), BigInt("9".repeat(4300)));
});
