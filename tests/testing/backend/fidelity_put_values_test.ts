import { assertEquals } from "@std/assert";
import { assertReply, type Fixture, INTERNAL, testBoth, testHandler } from "../fixture.ts";

const HINTED = "Input validation failed: Invalid Timestamp format: ";

/** The stored times and texts of a path. */
function stored(f: Fixture, path = "a"): [number, string][] {
  return f.sandbox.values(f.accountId, path).map(({ t, text }) => [t, text]);
}

testBoth("Sandbox §6 stores the values of a PUT with their own times", async (f) => {
  const body = [{ p: "a", v: 1, t: 1600000000 }, { p: "a", v: "2.50", t: "1600000000.5" }];
  assertReply(await f.send("PUT", body), 204, "", "with the permissions of the UI");
  assertEquals(stored(f), [[1600000000, "1"], [1600000000.5, "2.50"]]);
  assertEquals(f.sandbox.values(f.accountId)[0]?.method, "PUT");
});

testHandler("Sandbox §6 answers each kind of body as documented", async (f) => {
  const rows: [string, number, string][] = [
    ["[]", 204, ""],
    ["{}", 204, ""],
    ['""', 204, ""],
    ...["null", "0", "true", "5", '"str"', '{"a":1}', "", "[1]", "[null]", "[{}]"].map((
      body,
    ): [string, number, string] => [body, 500, INTERNAL]),
    ['[{"p":"a","v":1}]', 500, INTERNAL],
    ['[{"p":"a","t":1}]', 500, INTERNAL],
    ['[{"v":1,"t":1}]', 500, INTERNAL],
  ];
  for (const [body, status, text] of rows) {
    assertReply(await f.send("PUT", body), status, text, body);
  }
  assertEquals(f.sandbox.countValues(), 0);
});

testHandler("Sandbox §6 reads times in seconds, to the microsecond", async (f) => {
  const rows: [string, number][] = [
    ["1600000000", 1600000000],
    ["1600000000.5", 1600000000.5],
    ["1600000000.1234567", 1600000000.123457],
    ['"1600000000"', 1600000000],
    ['"1600000000.123456"', 1600000000.123456],
    ['"10"', 10],
    ["0", 0],
    ["1", 1],
    ["-5", -5],
    ["-0.25", -0.25],
    ["true", 1],
    ["9999999999", 9999999999],
    ["253402300799", 253402300799],
    ["0.0000005", 0],
    ["0.0000015", 0.000002],
  ];
  for (const [literal, t] of rows) {
    f.sandbox.clearValues();
    const reply = await f.send("PUT", `[{"p":"a","v":1,"t":${literal}}]`);
    assertEquals([reply.status, stored(f)[0]?.[0]], [204, t], literal);
  }
});

testHandler("Sandbox §6 refuses some times, and fails with 500 on others", async (f) => {
  const rows: [string, number, string][] = [
    ['"1600000000.1234567"', 400, `${HINTED}1600000000.1234567`],
    ['"1e9"', 400, `${HINTED}1e9`],
    ['"2026-01-01T00:00:00Z"', 400, `${HINTED}2026-01-01T00:00:00Z`],
    ['""', 400, HINTED],
    ['"0"', 400, `${HINTED}0`],
    ['"5"', 400, `${HINTED}5`],
    ['"1600000000123"', 400, `${HINTED}1600000000123`],
    ["null", 400, `${HINTED}None`],
    ["[]", 400, `${HINTED}[]`],
    ["1600000000123", 500, INTERNAL],
    ["253402300800", 500, INTERNAL],
    ["-62135596801", 500, INTERNAL],
    ["NaN", 500, INTERNAL],
    ["Infinity", 500, INTERNAL],
  ];
  for (const [literal, status, text] of rows) {
    const reply = await f.send("PUT", `[{"p":"a","v":1,"t":${literal}}]`);
    assertReply(reply, status, text, literal);
  }
  assertEquals(f.sandbox.countValues(), 0);
});

testHandler("Sandbox.values returns values ordered by time", async (f) => {
  for (const t of [30, 10, 20]) await f.send("PUT", [{ p: `p${t % 20}`, v: 1, t }]);
  assertEquals(f.sandbox.values(f.accountId).map(({ t }) => t), [10, 20, 30]);
  assertEquals(f.sandbox.values().map(({ t }) => t), [10, 20, 30]);
  assertEquals(stored(f, "p10"), [[10, "1"], [30, "1"]]);
});

testHandler("Sandbox §6 replaces the value at the same path and time", async (f) => {
  for (const v of [1, 1, 2]) {
    assertEquals((await f.send("PUT", [{ p: "a", v, t: 1600000000.5 }])).status, 204);
  }
  assertEquals(stored(f), [[1600000000.5, "2"]]);
  assertEquals(f.sandbox.countValues(), 1);
});

testHandler(
  "Sandbox §6 fails with 500 on a path and time that occur twice in one request",
  async (f) => {
    const rows: [string, unknown, unknown, number][] = [
      ["the same", 1600000000, 1600000000, 500],
      ["the same in two forms", 1600000000, "1600000000.0", 500],
      ["the same once rounded", 1600000000.1234561, 1600000000.1234562, 500],
      ["different", 1600000000, 1600000001, 204],
    ];
    for (const [row, first, second, status] of rows) {
      const reply = await f.send("PUT", [{ p: "a", v: 1, t: first }, { p: "a", v: 2, t: second }]);
      assertEquals(reply.status, status, row);
    }
  },
);

testHandler("Sandbox §6 stores in groups of 100, and leaves junk rows behind", async (f) => {
  const items = Array.from({ length: 256 }, (_, n) => ({
    p: `p${n}`,
    v: n as unknown,
    t: 1600000000 as unknown,
  }));
  items[250]!.v = "abc";
  assertEquals((await f.send("PUT", items)).status, 400);
  assertEquals(f.sandbox.countValues(), 200, "bad value");
  f.sandbox.clearValues();
  items[250] = { p: "p250", v: 1, t: "soon" };
  assertEquals((await f.send("PUT", items)).status, 400);
  assertEquals(f.sandbox.countValues(), 200, "bad time");
  f.sandbox.clearValues();
  const bad = [{ p: "a", v: 1, t: 1 }, { p: "b b", v: 1, t: 1 }, { p: "c", v: 1, t: 1 }];
  assertEquals((await f.send("PUT", bad)).status, 400);
  assertEquals(f.sandbox.paths(f.accountId).map(({ p, count }) => [p, count]), [
    ["a", 0],
    ["b b", 0],
  ]);
});

testHandler("Sandbox §6 validates paths and values like a POST", async (f) => {
  const rows: [unknown, unknown, number][] = [
    ["a", "12.5", 204],
    ["a", "abc", 400],
    ["a", null, 400],
    ["a", true, 500],
    ["a b", 1, 400],
    ["system.a", 1, 400],
    [5, 1, 500],
  ];
  for (const [p, v, status] of rows) {
    const reply = await f.send("PUT", [{ p, v, t: 1600000000 }]);
    assertEquals(reply.status, status, JSON.stringify({ p, v }));
  }
});

testHandler("Sandbox §6 answers unknown accounts", async (f) => {
  const put = async (id: number, body: string): Promise<number> =>
    (await f.request("PUT", `/accounts/${id}/values`, { token: f.master.token, body })).status;
  assertEquals(await put(1, '[{"p":"a","v":1,"t":1}]'), 400);
  assertEquals(await put(1, "[]"), 500);
});
