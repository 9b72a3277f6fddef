import { assert, assertEquals } from "@std/assert";
import {
  assertReply,
  type Fixture,
  INTERNAL,
  type RequestOptions,
  testBoth,
  testHandler,
} from "../fixture.ts";

const FORMAT = '{"detail":"Invalid input format"}';
const WITH_T = `{"detail":"Parameter 't' shouldn't be specified with POST"}`;
const HINT = " - maybe Content-Type header was not set to application/json?";

function invalidPath(path: string): string {
  return `Input validation failed: Invalid PathInputValue format: ${path}`;
}

function invalidValue(value: string): string {
  return `Input validation failed: Invalid MeasuredValue format: ${value}`;
}

/** The stored values as text, by path. */
function stored(f: Fixture): Record<string, string> {
  return Object.fromEntries(f.sandbox.values(f.accountId).map(({ p, text }) => [p, text]));
}

function pathNames(f: Fixture): string[] {
  return f.sandbox.paths(f.accountId).map(({ p }) => p).filter((p) => !p.startsWith("system."));
}

testBoth("Sandbox §5 stores all values of a POST with the same server time", async (f) => {
  assertReply(await f.send("POST", [{ p: "a.b", v: 1.5 }, { p: "c", v: 2 }]), 204, "", "list");
  const values = f.sandbox.values(f.accountId);
  assertEquals(
    values.map(({ p, v, t, method }) => ({ p, v, t, method })),
    ["a.b", "c"].map((p, n) => ({ p, v: n === 0 ? 1.5 : 2, t: 1600000000.123, method: "POST" })),
  );
}, { now: () => 1600000000_123 });

testHandler("Sandbox §5 gives requests different times, even within one millisecond", async (f) => {
  await f.send("POST", [{ p: "a", v: 1 }]);
  await f.send("POST", [{ p: "a", v: 2 }]);
  assertEquals(f.sandbox.values(f.accountId, "a").map(({ v, t }) => [v, t]), [
    [1, 1600000000.123],
    [2, 1600000000.123001],
  ]);
}, { now: () => 1600000000_123 });

testBoth("Sandbox §5 ignores the content type except for a hint in errors", async (f) => {
  const path = `/accounts/${f.accountId}/values`;
  const types = [
    undefined,
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-8",
    "application/json",
  ];
  for (const type of types) {
    // A body of bytes gets no content type by default.
    const request = (text: string): Promise<{ status: number; text: string }> =>
      f.request("POST", path, {
        body: new TextEncoder().encode(text),
        ...(type === undefined ? {} : { headers: { "content-type": type } }),
      } as RequestOptions);
    assertEquals((await request('[{"p":"a","v":1}]')).status, 204, type);
    const hint = type === "application/json" ? "" : HINT;
    const reply = await request('[{"p":"a b","v":1}]');
    assertEquals([reply.status, reply.text], [400, invalidPath("a b") + hint], type);
    assertEquals((await request("[]")).text, '{"detail":"Missing data"}', type);
  }
});

testHandler("Sandbox §5 ignores extra keys and a byte order mark", async (f) => {
  assertEquals((await f.send("POST", [{ p: "a", v: 1, x: [1], unit: "s" }])).status, 204);
  assertEquals((await f.send("POST", '\ufeff[{"p":"b","v":1}]')).status, 204);
});

testBoth("Sandbox §5 reads one value from the query if the body is empty JSON", async (f) => {
  const path = `/accounts/${f.accountId}/values`;
  for (const body of ["[]", "null", "{}", "0"]) {
    const reply = await f.request("POST", path, { query: `p=q.${body.length}&v=1`, body });
    assertEquals(reply.status, 204, body);
  }
  assertEquals(stored(f), { "q.2": "1", "q.4": "1", "q.1": "1" });
  const without = await f.request("POST", path, { query: "p=q&v=1" });
  assertReply(without, 500, INTERNAL, "no body, as the UI's help shows");
  const body = new TextEncoder().encode("[]");
  const withT = await f.request("POST", path, { query: "p=q&v=1&t=5", body });
  assertReply(
    withT,
    400,
    `{"detail":"Query parameter 't' shouldn't be specified with POST"}`,
    "with t",
  );
  const noValue = await f.request("POST", path, { query: "p=q", body });
  assertReply(noValue, 400, invalidValue("None") + HINT, "without v");
});

testHandler("Sandbox §5 answers each kind of body as documented", async (f) => {
  const rows: [string, number, string][] = [
    ...["[]", "{}", "null", "0", "false", '""', "0.0"].map((body): [string, number, string] => [
      body,
      400,
      '{"detail":"Missing data"}',
    ]),
    ...[
      '{"a.b": 1.5}',
      "",
      "hello",
      '[{"p":"a","v":1}',
      '[{"p":"a","v":1}] x',
      "5",
      "true",
      '"str"',
      "[1]",
      "[null]",
      "[{}]",
      '[{"p":"a"}]',
      '[{"v":1}]',
      '[{"p":"a","v":1},{"p":"b"}]',
      "[{'p':'a','v':1}]",
      '[{"p":"a","v":1},]',
      '[{"p":"a","v":01}]',
      '[{"p":"a","v":.5}]',
    ].map((body): [string, number, string] => [body, 500, INTERNAL]),
    ...["5", "true", '"x"', "-1", "[0]", "NaN"].map((t): [string, number, string] => [
      `[{"p":"a","v":1,"t":${t}}]`,
      400,
      WITH_T,
    ]),
    ['[{"p":"a b","v":1},{"p":"c","v":1,"t":5}]', 400, WITH_T],
  ];
  for (const [body, status, text] of rows) {
    assertReply(await f.send("POST", body), status, text, body);
  }
  assertEquals([stored(f), pathNames(f)], [{}, []], "nothing stored");
  const invalidUtf8 = new Uint8Array([...new TextEncoder().encode('[{"p":"a","v":"'), 0xff]);
  const reply = await f.request("POST", `/accounts/${f.accountId}/values`, { body: invalidUtf8 });
  assertReply(reply, 500, INTERNAL, "invalid UTF-8");
  for (const t of ["0", "null", '""', "false", "[]"]) {
    assertEquals((await f.send("POST", `[{"p":"a","v":1,"t":${t}}]`)).status, 204, `t = ${t}`);
  }
});

testHandler(
  "Sandbox §5 fails with 500 on a path that occurs twice in a group of 100",
  async (f) => {
    const items = (twice: number, count: number): { p: string; v: number }[] =>
      Array.from({ length: count }, (_, n) => ({ p: n === twice ? "p0" : `p${n}`, v: n }));
    assertReply(await f.send("POST", items(1, 2)), 500, INTERNAL, "next to each other");
    assertReply(await f.send("POST", items(99, 100)), 500, INTERNAL, "in the first group");
    assertEquals(f.sandbox.countValues(), 0);
    const stillTwice = items(-1, 250);
    stillTwice[249] = { p: "p201", v: 0 };
    assertReply(await f.send("POST", stillTwice), 500, INTERNAL, "in the third group");
    assertEquals(f.sandbox.countValues(), 200, "the full groups before it stay");
    f.sandbox.clearValues();
    assertEquals((await f.send("POST", items(100, 101))).status, 204, "in different groups");
    assertEquals(stored(f)["p0"], "100", "the last one wins");
    const sameAfterStrip = await f.send("POST", [{ p: "a", v: 1 }, { p: "a\n", v: 1 }]);
    assertReply(sameAfterStrip, 500, INTERNAL, "equal once stripped");
  },
);

testHandler("Sandbox §5 distinguishes unknown accounts from impossible ids", async (f) => {
  const rows: [string, number, string | undefined][] = [
    ["1", 400, FORMAT],
    ["99999999999", 500, INTERNAL],
    ["abc", 422, undefined],
  ];
  for (const [id, status, text] of rows) {
    const reply = await f.request("POST", `/accounts/${id}/values`, {
      token: f.master.token,
      body: '[{"p":"a","v":1}]',
    });
    assertEquals([reply.status, text && reply.text], [status, text], id);
  }
});

testHandler("Sandbox §5 lets requests race for a new path with `newPathRace`", async (f) => {
  const send = (): Promise<{ status: number; text: string }> =>
    f.send("POST", [{ p: "new", v: 1 }]);
  const reply = await Promise.all([send(), send(), send()]);
  const refused = reply.filter(({ status }) => status !== 204);
  assert(refused.length > 0);
  for (const answer of refused) assertEquals([answer.status, answer.text], [400, FORMAT]);
  assertEquals(f.sandbox.countValues(), 3 - refused.length);
  assertEquals((await send()).status, 204, "again");
  const known = await Promise.all([send(), send(), send()]);
  assertEquals(known.map(({ status }) => status), [204, 204, 204], "known");
}, { newPathRace: true });

testHandler("Sandbox §5 has no race by default", async (f) => {
  const reply = await Promise.all([1, 2, 3].map(() => f.send("POST", [{ p: "new", v: 1 }])));
  assertEquals(reply.map(({ status }) => status), [204, 204, 204]);
});

testHandler("Sandbox §5 stores numbers exactly", async (f) => {
  const rows: [string, string][] = [
    ["1", "1"],
    ["-7", "-7"],
    ["0", "0"],
    ["-0", "0"],
    ["1.5", "1.5"],
    ["1.0", "1.0"],
    ["1.50", "1.5"],
    ["0.1", "0.1"],
    ["1e3", "1000.0"],
    ["1e15", "1000000000000000.0"],
    ["1e16", "10000000000000000"],
    ["1.5e-7", "0.00000015"],
    ["-0.0", "0.0"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ["1e308", `1${"0".repeat(308)}`],
    ["0.30000000000000004", "0.30000000000000004"],
    ['"12.5"', "12.5"],
    ['"12.50"', "12.50"],
    ['" 7 "', "7"],
    ['"\\n7\\t"', "7"],
    ['"1e3"', "1000"],
    ['"1.25E-3"', "0.00125"],
    ['"+5"', "5"],
    ['".5"', "0.5"],
    ['"5."', "5"],
    ['"007"', "7"],
    ['"-0.00"', "0.00"],
    ['"1.50e1"', "15.0"],
    ['"-12e-1"', "-1.2"],
    ['"123e-2"', "1.23"],
    ['"12345678901234567890.123456789"', "12345678901234567890.123456789"],
  ];
  for (const [literal, text] of rows) {
    assertEquals((await f.send("POST", `[{"p":"v","v":${literal}}]`)).status, 204, literal);
    assertEquals(f.sandbox.values(f.accountId, "v").at(-1)?.text, text, literal);
    assertEquals(f.sandbox.values(f.accountId, "v").at(-1)?.v, Number(text), literal);
  }
});

testHandler(
  "Sandbox §5 stores NaN and the infinities, but fails with 500 on reading them",
  async (f) => {
    const rows: [string, string][] = [
      ["NaN", "NaN"],
      ["Infinity", "Infinity"],
      ["-Infinity", "-Infinity"],
      ["1e400", "Infinity"],
      ["-1e400", "-Infinity"],
      ['"NaN"', "NaN"],
      ['"nan"', "NaN"],
      ['"Infinity"', "Infinity"],
      ['"-inf"', "-Infinity"],
      ['"1e400"', `1${"0".repeat(400)}`],
    ];
    for (const [index, [literal, text]] of rows.entries()) {
      assertEquals(
        (await f.send("POST", `[{"p":"n${index}","v":${literal}}]`)).status,
        204,
        literal,
      );
      assertEquals(stored(f)[`n${index}`], text, literal);
      const path = `/accounts/${f.accountId}/values/n${index}`;
      assertReply(await f.request("GET", path, { token: f.master.token }), 500, INTERNAL, literal);
    }
  },
);

testHandler("Sandbox §5 refuses some values, and fails with 500 on others", async (f) => {
  const rows: [string, number, string][] = [
    ["null", 400, invalidValue("None")],
    ['""', 400, invalidValue("")],
    ['"abc"', 400, invalidValue("abc")],
    ["[1]", 400, invalidValue("[1]")],
    ["{}", 400, invalidValue("{}")],
    ['{"a":"b","c":[null,1.0]}', 400, invalidValue("{'a': 'b', 'c': [None, 1.0]}")],
    ['"0x10"', 400, invalidValue("0x10")],
    ['"1,5"', 400, invalidValue("1,5")],
    ['"1 000"', 400, invalidValue("1 000")],
    ['"1__0"', 400, invalidValue("1__0")],
    ["9".repeat(4300), 400, invalidValue("9".repeat(4300))],
    ["true", 500, INTERNAL],
    ["false", 500, INTERNAL],
    ['"1_000"', 500, INTERNAL],
    ['"\u0663"', 500, INTERNAL],
    ['"\uff11\uff12"', 500, INTERNAL],
    ['"\u00a07"', 500, INTERNAL],
    ['"1e200000"', 500, INTERNAL],
    ['"1e-20000"', 500, INTERNAL],
    ['"-nan"', 500, INTERNAL],
    ["9".repeat(4301), 500, INTERNAL],
  ];
  for (const [literal, status, text] of rows) {
    const reply = await f.send("POST", `[{"p":"v","v":${literal}}]`);
    assertReply(reply, status, text, literal.slice(0, 40));
  }
  assertEquals(stored(f), {}, "nothing stored");
});

testHandler("Sandbox §5 validates paths", async (f) => {
  const good = [
    "a",
    "A-b_9",
    "a.b.c",
    "10%2e0%2e0%2e1",
    "x%3a.y",
    "system",
    "systemx.a",
    "System.a",
  ];
  for (const path of good) {
    assertEquals((await f.send("POST", [{ p: path, v: 1 }])).status, 204, path);
  }
  assertEquals(Object.keys(stored(f)).sort(), good.toSorted());
  assertEquals((await f.send("POST", [{ p: "line\n", v: 1 }])).status, 204, "one newline");
  assertEquals(stored(f)["line"], "1", "is stripped");
  const bad = [
    "a b",
    " a",
    "a ",
    "é",
    "",
    ".a",
    "a.",
    "a..b",
    "a:b",
    "a/b",
    "a,b",
    "*",
    "?",
    "%2E",
    "%3A",
    "%20",
    "a\n\n",
    "\na",
  ];
  for (const path of bad) {
    assertReply(await f.send("POST", [{ p: path, v: 1 }]), 400, invalidPath(path), path);
  }
  const system = await f.send("POST", [{ p: "system.x", v: 1 }]);
  const text = "Input validation failed: Invalid path - should not start with 'system.'!";
  assertReply(system, 400, text, "system.");
  for (const path of [5, null, true, [], {}, "a\0"]) {
    assertReply(await f.send("POST", [{ p: path, v: 1 }]), 500, INTERNAL, JSON.stringify(path));
  }
  assertReply(await f.send("POST", '[{"p":"\\ud800","v":1}]'), 500, INTERNAL, "lone surrogate");
});

testHandler(
  "Sandbox §5 limits the length of a path depending on its text",
  async (f) => {
    const random = (length: number): string => {
      let seed = 42;
      return Array.from({ length }, () => {
        seed = (seed * 1103515245 + 12345) % 2 ** 31;
        return "abcdefghijklmnopqrstuvwxyz0123456789"[Math.floor(seed / 2 ** 31 * 36)];
      }).join("");
    };
    const rows: [string, string, number][] = [
      ["201, whatever the documentation says", random(201), 204],
      ["2000", random(2000), 204],
      ["2800 random ones", random(2800), 500],
      ["2800 that repeat", "abc.".repeat(700) + "x", 204],
    ];
    for (const [row, p, status] of rows) {
      assertEquals((await f.send("POST", [{ p, v: 1 }])).status, status, row);
    }
  },
);

testHandler("Sandbox §5 leaves junk rows of paths behind", async (f) => {
  const items = ["a", "b", "bad path", "c"].map((p) => ({ p, v: 1 }));
  assertEquals((await f.send("POST", items)).status, 400);
  assertEquals(f.sandbox.paths(f.accountId).map(({ p, count }) => [p, count]), [
    ["a", 0],
    ["b", 0],
    ["bad path", 0],
  ]);
  assertEquals((await f.send("POST", [{ p: " a ", v: 1 }])).status, 400);
  assertEquals(pathNames(f), ["a", "b", "bad path"], "a known one gets no second row");
});

testHandler("Sandbox §5 stores the full groups of 100 before a bad value", async (f) => {
  const bad: [string, unknown, number][] = [["refused", "abc", 400], ["broken", true, 500]];
  for (const [row, v, status] of bad) {
    for (const [index, count] of [[250, 200], [100, 100], [99, 0], [0, 0]] as const) {
      f.sandbox.clearValues();
      const items = Array.from({ length: 256 }, (_, n) => ({ p: `p${n}`, v: n === index ? v : n }));
      assertEquals((await f.send("POST", items)).status, status, row);
      assertEquals(f.sandbox.countValues(), count, `${row} at ${index}`);
      assertEquals(pathNames(f).length, 256, "all paths are created");
    }
  }
  f.sandbox.clearValues();
  const items = Array.from({ length: 100 }, (_, n) => ({ p: `p${n}`, v: n === 99 ? "abc" : n }));
  assertEquals((await f.send("POST", items)).status, 400);
  assertEquals(f.sandbox.countValues(), 0, "100 are all or nothing");
});

testHandler(
  "Sandbox §5 passes stored values to listeners, even if the request fails",
  async (f) => {
    const arrived: string[] = [];
    f.sandbox.onValues((values) => arrived.push(...values.map(({ p }) => p)));
    const items = Array.from({ length: 150 }, (_, n) => ({ p: `p${n}`, v: n === 120 ? null : n }));
    assertEquals((await f.send("POST", items)).status, 400);
    assertEquals(arrived.length, 100);
  },
);

testHandler("Sandbox §5 counts values in two rows of system.stats per minute", async (f) => {
  await f.send("POST", [{ p: "a", v: 1 }, { p: "b", v: 1 }]);
  await f.send("POST", [{ p: "a", v: 1 }]);
  await f.send("PUT", [{ p: "a", v: 1, t: 5 }]);
  await f.send("POST", [{ p: "a b", v: 1 }]);
  const stats = ["inserted", "updated", "changed"].map((name) =>
    f.sandbox.values(f.accountId, `system.stats.${name}`).map(({ t, v }) => [t, v])
  );
  assertEquals(stats, [[[1599999960, 3]], [[1599999960, 1]], [[1599999960, 4]]]);
}, { now: () => 1600000000_000 });

testHandler("Sandbox §5 reads a path, with the arguments in the query", async (f) => {
  const path = `/accounts/${f.accountId}/values`;
  for (const t of [1600000000.5, 1600000001]) await f.send("PUT", [{ p: "a.b", v: "2.50", t }]);
  const query = "sort=desc&limit=1&t1=1600000001";
  const reply = await f.request("GET", `${path}/a.b`, { token: f.master.token, query });
  const data = '{"next_data_point":1600000000.5,"data":[{"t":1600000001.0,"v":2.5}]}';
  assertReply(reply, 200, `{"paths":{"a.b":${data}}}`, query);
});
