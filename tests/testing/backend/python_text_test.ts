import { assertEquals } from "@std/assert";
import {
  dumpsJson,
  floatRepr,
  isPythonFloat,
  isTruthy,
  pythonRepr,
  pythonStrip,
} from "../../../src/testing/backend/python_text.ts";

Deno.test("floatRepr writes floats as Python does", () => {
  const rows: [number, string][] = [
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-1.5, "-1.5"],
    [0.1, "0.1"],
    [1234.5, "1234.5"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of rows) assertEquals(floatRepr(value), text);
});

Deno.test("isPythonFloat takes what float() reads", () => {
  const numbers = [
    "1",
    " 7\n",
    "\u00a07",
    "1_000",
    "\u0661\u0662.5",
    "1e3",
    ".5",
    "5.",
    "1e400",
    "-Infinity",
    "iNf",
    "nan",
  ];
  for (const text of numbers) assertEquals(isPythonFloat(text), true, text);
  const others = ["\x1c7", "1__0", "_1", "1_.5", ".", "", "0x10", "e5", "1e", "infinit"];
  for (const text of others) assertEquals(isPythonFloat(text), false, text);
});

Deno.test("pythonRepr writes values as Python does", () => {
  const value = [
    null,
    true,
    5n,
    1.0,
    "it's",
    '"',
    "'\"\\\n",
    "\u00a0\u2028é",
    new Map([["a", [false]]]),
  ];
  assertEquals(
    pythonRepr(value),
    `[None, True, 5, 1.0, "it's", '"', '\\'"\\\\\\n', '\\xa0\\u2028é', {'a': [False]}]`,
  );
});

Deno.test("dumpsJson writes compact JSON that distinguishes floats from ints", () => {
  assertEquals(
    dumpsJson(new Map([["a", [1n, 1, null, true, "°C"]]])),
    '{"a":[1,1.0,null,true,"°C"]}',
  );
});

Deno.test("isTruthy returns false for Python's empty values", () => {
  for (const value of [null, false, 0n, 0, "", [], new Map()]) assertEquals(isTruthy(value), false);
  for (const value of [true, 1n, 0.5, NaN, "0", [null], new Map([["a", null]])]) {
    assertEquals(isTruthy(value), true);
  }
});

Deno.test("pythonStrip removes Unicode white space, but not the byte order mark", () => {
  assertEquals(pythonStrip("\u3000\x1c a b\n\u0085"), "a b");
  assertEquals(pythonStrip("\ufeffa"), "\ufeffa");
});
