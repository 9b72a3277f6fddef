import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type Fields, parseBody } from "../../src/grafolean/fields.ts";
import { type LongList, readLongList } from "../../src/grafolean/long_list.ts";
import { readList } from "../../src/grafolean/wire.ts";
import { FakeTurns } from "../turns.ts";

interface Item {
  readonly id: number;
  readonly v: unknown;
}

function readItem(fields: Fields): Item {
  return { id: fields.integer("id"), v: fields.nullable("v", (name) => fields.any(name)) };
}

function readLong(text: string, last?: LongList<Item>): Promise<LongList<Item>> {
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

const items = fc.array(fc.record({ id: fc.integer({ min: 0, max: 9 }), v: json }));
const list = fc.record({
  list: fc.oneof(items, fc.array(fc.oneof(json, fc.record({ v: json, id: json })))),
});

Deno.test("readLongList reads what readList reads", async () => {
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
    '{"list":[{"id":1}{"id":2}]}',
    '{"list":[{"id":1}]]}',
    '{"list":[{"id":1}}',
    '{"list":[{"id":1,"v":[1}]]}',
    '{"list":[{"id":1}]} x',
    '{"list":[{"id":1}],"next":null}',
    '{"list":[{"id":1}],}',
    '{"next":null,"list":[{"id":1}]}',
    '{"list":[{"id":1},{"id":1}]}',
    '{"list":[{"id":1,"v":"\\\\"},{"id":2,"v":"\\""},{"id":3,"v":"\\\\\\""}]}',
    '{"list":[{"id":1,"v":"\\"',
    '{"list":[{"id":1,"v":"a\nb"}]}',
    '\ufeff{"list":[]}',
    '<html lang="en">[1]</html>',
    `{"list":[{"id":1,"v":${"[".repeat(100_000)}`,
    `{"list":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`,
  ]
) {
  Deno.test(`readLongList agrees with readList about ${JSON.stringify(text.slice(0, 40))}`, async () => {
    await assertSame(text);
  });
}

Deno.test("readLongList returns the last list if the text is the same", async () => {
  const text = '{"list":[{"id":1},{"id":2}]}';
  const first = await readLong(text);
  assertStrictEquals(await readLong(text, first), first);
});

Deno.test("readLongList returns the same objects for the same items of lists that are ordered by id", async () => {
  const ordered = fc.uniqueArray(
    fc.record({ id: fc.nat(20), v: fc.nat(1) }),
    { selector: ({ id }) => id },
  ).map((items) => items.sort((a, b) => a.id - b.id));
  await fc.assert(fc.asyncProperty(ordered, ordered, async (before, now) => {
    const first = await readLong(JSON.stringify({ list: before }));
    const second = await readLong(JSON.stringify({ list: now }), first);
    assertEquals(second.items, now);
    const same = now.map(({ id, v }) => before.findIndex((each) => each.id === id && each.v === v));
    assertEquals(second.items.map((item) => first.items.indexOf(item)), same);
  }));
});

Deno.test("readLongList reads a list that is in no order, whatever the last one was", async () => {
  await fc.assert(fc.asyncProperty(items, items, async (before, now) => {
    const first = await readLong(JSON.stringify({ list: before }));
    const second = await readLong(JSON.stringify({ list: now }), first);
    assertEquals(JSON.stringify(second.items), JSON.stringify(now));
  }));
});

Deno.test("readLongList lets the event loop turn between the items", async () => {
  using turns = new FakeTurns();
  const realParse = JSON.parse;
  JSON.parse = (text: string) => {
    turns.work(2);
    return realParse(text);
  };
  try {
    const list = Array.from({ length: 200 }, (_, id) => ({ id, v: null }));
    assertEquals((await readLong(JSON.stringify({ list }))).items, list);
    assertEquals(turns.longest() <= 8, true);
    assertEquals(turns.count > 30, true);
  } finally {
    JSON.parse = realParse;
  }
});
