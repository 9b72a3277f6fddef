import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseExpression } from "./expression.ts";

function evaluate(text: string, ...values: number[]): number {
  return parseExpression(text).evaluate((variable) => values[variable - 1] ?? NaN);
}

const EXAMPLES: readonly [string, number[], number][] = [
  ["$1", [7], 7],
  ["$1*8", [7], 56],
  ["$2 / 1000.0", [0, 42_500], 42.5],
  ["$1 + $2", [60_000, 500], 60_500],
  ["$1-$2-$3", [10, 3, 2], 5],
  ["2+3*4", [], 14],
  ["(2+3)*4", [], 20],
  ["100 * ($1 - $2) / $1", [200, 50], 75],
  ["7 / 2 / 2", [], 1.75],
  ["2^3^2", [], 512],
  ["-2^2", [], -4],
  ["2^-2", [], 0.25],
  ["2*-3", [], -6],
  ["--5", [], 5],
  ["+5", [], 5],
  ["7 % 3", [], 1],
  ["-7 % 3", [], 2],
  ["7 % -3", [], -2],
  ["$1 % 7", [2 ** 64], 2],
  [".5 + 1. + 1e3 + 2.5E-1", [], 1001.75],
  ["$10 + $1", [1, 0, 0, 0, 0, 0, 0, 0, 0, 5], 6],
  ["max($1, $2, 3)", [1, 2], 3],
  ["round(abs(-2.6))", [], 3],
  ["round($1)", [2.5], 3],
  ["round($1)", [-2.5], -3],
  ["round($1, 2)", [2.345], 2.35],
  ["round($1, 2)", [1.005], 1.01],
  ["round($1, 1)", [-0.25], -0.3],
  ["round($1, -2)", [1250], 1300],
  ["round($1, 2)", [6.02e23], 6.02e23],
  ["round($1, 3)", [1.6e-19], 0],
  ["round($1, 20)", [1e300], 1e300],
  ["sqrt(16) + min(1, 2) + log10(1000)", [], 8],
];

for (const [text, values, expected] of EXAMPLES) {
  Deno.test(`parseExpression computes ${text} for [${values}]`, () => {
    assertAlmostEquals(evaluate(text, ...values), expected);
  });
}

Deno.test("parseExpression lists its variables", () => {
  assertEquals([...parseExpression("$2 * 8 + $12 - $2").variables], [2, 12]);
  assertEquals(parseExpression("1").variables.size, 0);
});

Deno.test("parseExpression gives no finite number for a division by zero", () => {
  assertEquals(evaluate("$1 / $2", 1, 0), Infinity);
  assertEquals(evaluate("$1 / $2", 0, 0), NaN);
  assertEquals(evaluate("5 % 0"), NaN);
  assertEquals(evaluate("round(1.5, 0.5)"), NaN);
});

const WRONG: readonly [string, string][] = [
  ["", "at its end: expected a number"],
  ["  ", "at its end"],
  ["$1 *", "at its end: expected a number"],
  ["($1", 'at its end: expected ")"'],
  ["$1)", 'at ")" (character 3): expected an operator'],
  ["$1 $2", 'at "$2" (character 4): expected an operator'],
  ["$", 'at "$" (character 1)'],
  ["$x", 'at "$"'],
  ["1 ** 2", 'at "*" (character 4)'],
  ["process.exit()", "expected one of the functions"],
  ["constructor(1)", "expected one of the functions"],
  ["abs 1", 'expected "("'],
  ["max()", 'at ")"'],
  ["1,5", 'at ","'],
  ["abs($1, 2)", 'at "," (character 7): expected ")", as abs takes no more arguments'],
  ["max(1, sqrt(4, 2))", "as sqrt takes no more arguments"],
  ["round(1, 2, 3)", "as round takes no more arguments"],
  ["0x10", 'at "x10"'],
  ["1; 2", 'at ";"'],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseExpression refuses "${text}"`, () => {
    assertThrows(() => parseExpression(text), SyntaxError, message);
  });
}

Deno.test("parseExpression refuses a text that is too long, and survives deep nesting", () => {
  assertThrows(() => parseExpression("1".repeat(1001)), SyntaxError, "at most 1000");
  assertEquals(evaluate("(".repeat(499) + "1" + ")".repeat(499)), 1);
  assertEquals(evaluate("-".repeat(998) + "1"), 1);
});

// A random expression that means the same in JavaScript.
const arithmetic = fc.letrec<{ sum: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "small" },
    fc.nat(1000).map(String),
    fc.integer({ min: 1, max: 3 }).map((variable) => `$${variable}`),
    tie("sum").map((sum) => `(${sum})`),
    tie("atom").map((atom) => `- ${atom}`),
  ),
  sum: fc.array(fc.tuple(fc.constantFrom("+", "-", "*", "/"), tie("atom")), {
    minLength: 1,
    maxLength: 4,
  }).map((terms) => `0${terms.map(([operator, atom]) => ` ${operator} ${atom}`).join("")}`),
})).sum;

Deno.test("parseExpression computes the same as JavaScript", () => {
  fc.assert(fc.property(
    arithmetic,
    fc.tuple(fc.integer(), fc.integer(), fc.integer()),
    (text, values) => {
      fc.pre(text.length <= 1000);
      const js = new Function("$1", "$2", "$3", `return ${text};`) as (...v: number[]) => number;
      assertEquals(evaluate(text, ...values), js(...values));
    },
  ));
});

Deno.test("parseExpression returns an expression or throws a SyntaxError for any text", () => {
  const pieces = fc.constantFrom(
    "$",
    "$1",
    "(",
    ")",
    "+",
    "-",
    "^",
    "max",
    ",",
    "1",
    ".",
    "e",
    " ",
    "\n",
    "ß",
    "\0",
  );
  fc.assert(fc.property(
    fc.oneof(fc.string(), fc.array(pieces).map((texts) => texts.join(""))),
    (text) => {
      try {
        assertEquals(typeof evaluate(text, 1, 2, 3), "number");
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    },
  ));
});
