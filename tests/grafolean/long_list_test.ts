import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type Fields, parseBody } from "../../src/grafolean/fields.ts";
import { type LongList, readLongList } from "../../src/grafolean/long_list.ts";
import { readList } from "../../src/grafolean/wire.ts";
import { FakeTurns } from "../turns.ts";

const readItem = (fields: Fields) => ({ v: fields.any("v") });

function readLong(
  text: string,
  last?: LongList<{ v: unknown }>,
): Promise<LongList<{ v: unknown }>> {
  return readLongList(text, { noun: "an item", readItem, last });
}

/** What is read, or the name of the error. */
async function outcome(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return (error as Error).name;
  }
}

async function assertSame(text: string): Promise<void> {
  const expected = await outcome(() => {
    const { items, refused } = readList(parseBody(text), "an item", readItem);
    return { items, refused };
  });
  const actual = await outcome(async () => {
    const list = await readLong(text);
    const again = await readLong(`${text} `, list);
    assertEquals([again.items, again.refused], [list.items, list.refused]);
    assertEquals([...again.byText.values()], [...list.byText.values()]);
    assertEquals([...again.byText.values()].every((item) => list.items.includes(item)), true);
    return { items: list.items, refused: list.refused };
  });
  assertEquals(actual, expected, text);
  // The order of the keys too.
  assertEquals(JSON.stringify(actual), JSON.stringify(expected));
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

const list = fc.record({ list: fc.array(fc.oneof(json, fc.record({ v: json, id: json }))) });

Deno.test("readLongList reads what readList reads, and the same objects again", async () => {
  await fc.assert(fc.asyncProperty(
    fc.oneof(list, json),
    fc.constantFrom(undefined, 1, "\n", "\t\r\n "),
    (value, space) => assertSame(JSON.stringify(value, null, space)),
  ));
});

Deno.test("readLongList refuses what JSON.parse refuses, wherever a text is damaged", async () => {
  await fc.assert(
    fc.asyncProperty(
      list,
      fc.nat(),
      fc.nat(3),
      fc.constantFrom(...'"\\[]{}:, \n\u0000\u00a0\ufeff1-e.tx'.split(""), ""),
      async (value, position, removed, added) => {
        const text = JSON.stringify(value);
        const at = position % (text.length + 1);
        await assertSame(text.slice(0, at) + added + text.slice(at + removed));
        await assertSame(text.slice(0, at));
      },
    ),
    { numRuns: 1000 },
  );
});

for (
  const text of [
    "",
    " ",
    "[]",
    "{}",
    '{"list":{}}',
    ' { "list" : [ ] } ',
    '{"list":[]',
    '{"list":[}',
    '{"list":[1,]}',
    '{"list":[,1]}',
    '{"list":[1,,2]}',
    '{"list":[1 2]}',
    '{"list":[{"v":1}{"v":2}]}',
    '{"list":[{"v":1}]]}',
    '{"list":[{"v":1}}',
    '{"list":[{"v":[1}]]}',
    '{"list":[{"v":1}]} x',
    '{"list":[{"v":1}],"next":null}',
    '{"list":[{"v":1}],}',
    '{"next":null,"list":[{"v":1}]}',
    '{"list":[{"v":1},{"v":1}]}',
    '{"list":[{"v":"\\\\"},{"v":"\\""},{"v":"\\\\\\""}]}',
    '{"list":[{"v":"\\"',
    '{"list":[{"v":"a\nb"}]}',
    '\ufeff{"list":[]}',
    '<html lang="en">[1]</html>',
    `{"list":[{"v":${"[".repeat(100_000)}`,
    `{"list":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`,
  ]
) {
  Deno.test(`readLongList agrees with readList about ${JSON.stringify(text.slice(0, 40))}`, async () => {
    await assertSame(text);
  });
}

Deno.test("readLongList returns the last list if the text is the same, and the last items if theirs is", async () => {
  const first = await readLong('{"list":[{"v":1},{"v":2},{"v":3}]}');
  assertStrictEquals(await readLong('{"list":[{"v":1},{"v":2},{"v":3}]}', first), first);
  const second = await readLong('{"list":[{"v":4},{"v":3},{"v":1},{}]}', first);
  assertEquals(second.items, [{ v: 4 }, { v: 3 }, { v: 1 }]);
  assertEquals(second.items.map((item) => first.items.indexOf(item)), [-1, 2, 0]);
  assertEquals(second.refused.length, 1);
  const third = await readLong('{"list":[{"v":2}]}', second);
  assertEquals(first.items.includes(third.items[0]!), false);
});

Deno.test("readLongList lets the event loop turn between the items", async () => {
  using turns = new FakeTurns();
  const realParse = JSON.parse;
  JSON.parse = (text: string) => {
    turns.work(2);
    return realParse(text);
  };
  try {
    const list = Array.from({ length: 200 }, (_, v) => ({ v }));
    assertEquals((await readLong(JSON.stringify({ list }))).items, list);
    assertEquals(turns.longest() <= 8, true);
    assertEquals(turns.count > 30, true);
  } finally {
    JSON.parse = realParse;
  }
});
