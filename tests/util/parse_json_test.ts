import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseJson } from "../../src/util/parse_json.ts";
import { FakeTurns } from "../turns.ts";

/** The value, or that there is none. */
async function outcome(parse: () => unknown): Promise<unknown> {
  try {
    return { value: await parse() };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "SyntaxError";
  }
}

async function assertSame(text: string, value: number): Promise<void> {
  const parsed = await outcome(() => parseJson(text, { text: 0, value }));
  const expected = await outcome(() => JSON.parse(text));
  assertEquals(parsed, expected, text);
  // The order of the keys too.
  assertEquals(JSON.stringify(parsed), JSON.stringify(expected));
}

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^["\\[\]{}:, \t\n]*$/),
    fc.array(tie("value")),
    fc.array(
      fc.tuple(fc.oneof(fc.string(), fc.constantFrom("__proto__", "list", "1")), tie("value")),
    )
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

Deno.test("parseJson returns what JSON.parse returns, wherever it splits the text", async () => {
  await fc.assert(fc.asyncProperty(
    json,
    fc.constantFrom(undefined, 1, "\n", "\t\r\n "),
    fc.nat(40),
    (value, space, length) => assertSame(JSON.stringify(value, null, space), length),
  ));
});

Deno.test("parseJson refuses what JSON.parse refuses, wherever a text is damaged", async () => {
  await fc.assert(
    fc.asyncProperty(
      json,
      fc.nat(),
      fc.nat(3),
      fc.constantFrom(...'"\\[]{}:, \n\u0000\u00a0\ufeff1-e.tx'.split(""), ""),
      fc.nat(40),
      async (value, position, removed, added, length) => {
        const text = JSON.stringify(value);
        const at = position % (text.length + 1);
        await assertSame(text.slice(0, at) + added + text.slice(at + removed), length);
        await assertSame(text.slice(0, at), length);
      },
    ),
    { numRuns: 1000 },
  );
});

for (
  const text of [
    "",
    " ",
    "[",
    "[]",
    " [ ] ",
    "{ }",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1]]",
    "[1}",
    '{"a":1]',
    '[{"a":[1}]]',
    '{"a":1,}',
    '{,"a":1}',
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    "{1:2}",
    '{"a":1,"a":[2],"a":[3]}',
    '{"__proto__":[1,2],"constructor":{}}',
    '["\\\\","\\"]","\\\\\\""]',
    '["\\"',
    '["a\nb"]',
    "[01]",
    "[1] x",
    "\ufeff[1]",
    '<html lang="en">[1]</html>',
    "[".repeat(50) + "]".repeat(50),
    "[".repeat(100_000),
    "[".repeat(100_000) + "]".repeat(100_000),
  ]
) {
  Deno.test(`parseJson agrees with JSON.parse about ${JSON.stringify(text.slice(0, 40))}, ${text.length} long`, async () => {
    for (const value of [0, 1, 4, 16, 1000]) {
      const parsed = await outcome(() => parseJson(text, { text: 0, value }));
      const expected = await outcome(() => JSON.parse(text));
      if (text.length < 100) assertEquals(parsed, expected);
      else assertEquals(parsed === "SyntaxError", expected === "SyntaxError");
    }
  });
}

Deno.test("parseJson lets the event loop turn between the items of a long list", async () => {
  using turns = new FakeTurns();
  const realParse = JSON.parse;
  JSON.parse = (text: string) => {
    turns.work(2);
    return realParse(text);
  };
  try {
    const list = Array.from({ length: 200 }, (_, id) => ({ id, name: "é".repeat(2000) }));
    const text = JSON.stringify({ list });
    assertEquals(text.length > 256 * 1024, true);
    assertEquals(await parseJson(text), { list });
    assertEquals(turns.longest() <= 8, true);
    assertEquals(turns.count > 30, true);
  } finally {
    JSON.parse = realParse;
  }
});
