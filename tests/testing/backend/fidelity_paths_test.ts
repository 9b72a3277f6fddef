import { assertEquals } from "@std/assert";
import { type Caller, detail, invalid, testCalls } from "../caller.ts";
import { INTERNAL } from "../fixture.ts";

const HINT = " - maybe Content-Type header was not set to application/json?";
const PATHS = ["entity.5.thermo.temp", "entity.5.thermo.rh", "entity.6.thermo.temp", "other"];

/** Adds an account with a value on each path, and returns its resource. */
async function addAccount(c: Caller, paths: readonly string[] = PATHS): Promise<string> {
  const account = `accounts/${c.sandbox.addAccount().id}`;
  await c.json(
    "PUT",
    `${account}/values`,
    paths.flatMap((p, index) => [{ p, v: index, t: c.now }, { p, v: index + 0.5, t: c.now - 10 }]),
  );
  return account;
}

/** The paths found by a query, by filter. */
async function found(c: Caller, account: string, query: string): Promise<Record<string, string[]>> {
  const { paths } = await c.json("GET", `${account}/paths?${query}`);
  return Object.fromEntries(
    Object.entries(paths as Record<string, { id: number; path: string }[]>)
      .map(([filter, list]) => [filter, list.map(({ path }) => path)]),
  );
}

testCalls("Sandbox §16 finds paths by filters", async (c) => {
  const account = await addAccount(c);
  const rows: [string, Record<string, string[]>][] = [
    ["entity.5.thermo.?", { "entity.5.thermo.?": [PATHS[1]!, PATHS[0]!] }],
    ["entity.5.*", { "entity.5.*": [PATHS[1]!, PATHS[0]!] }],
    ["entity.?.thermo.temp", { "entity.?.thermo.temp": [PATHS[0]!, PATHS[2]!] }],
    ["*.temp", { "*.temp": [PATHS[0]!, PATHS[2]!] }],
    ["other", { "other": ["other"] }],
    ["?", { "?": ["other"] }],
    ["other,entity.7.*", { "other": ["other"], "entity.7.*": [] }],
    ["entity.7.*", {}],
    ["entity.5", {}],
  ];
  for (const [filter, paths] of rows) {
    assertEquals(await found(c, account, `filter=${filter}`), paths, filter);
  }
  assertEquals(await found(c, account, ""), {}, "no filter");
  const all = await found(c, account, "filter=*");
  assertEquals(all["*"]?.slice(-2), ["system.stats.changed", "system.stats.updated"]);
  const { id } = c.sandbox.paths(Number(account.slice(9))).find(({ p }) => p === "other")!;
  await c.expect(["GET", `${account}/paths?filter=other`], 200, {
    paths: { other: [{ id, path: "other" }] },
    limit_reached: false,
  });
  await c.expect(["GET", "accounts/1/paths?filter=*"], 200, { paths: {}, limit_reached: false });
});

testCalls("Sandbox §16 limits the number of paths to 10, or as asked", async (c) => {
  const account = await addAccount(c, Array.from({ length: 12 }, (_, n) => `p.${n}`));
  const rows: [string, number, boolean][] = [
    ["", 10, true],
    ["&limit=11", 11, true],
    ["&limit=12", 12, false],
    ["&limit=1001", 12, false],
    ["&limit=", 10, true],
  ];
  for (const [query, count, limit_reached] of rows) {
    const reply = await c.json("GET", `${account}/paths?filter=p.?${query}`);
    assertEquals([reply.paths["p.?"].length, reply.limit_reached], [count, limit_reached], query);
  }
  await c.expect(["GET", `${account}/paths?filter=p.?&limit=0`], 200, {
    paths: {},
    limit_reached: true,
  });
  await c.expect(["GET", `${account}/paths?filter=p.?&limit=x`], 500, INTERNAL);
});

testCalls("Sandbox §16 refuses invalid filters, unless somebody is still typing", async (c) => {
  const account = await addAccount(c);
  for (const filter of ["te*", "", "a%252eb", "a..b"]) {
    const text = `Invalid PathFilter format: ${decodeURIComponent(filter)}${HINT}`;
    await c.expect(["GET", `${account}/paths?filter=${filter}`], 400, invalid(text));
  }
  const typing = async (filter: string): Promise<unknown> => {
    const query = `filter=${filter}&failover_trailing=true`;
    const { paths, paths_with_trailing } = await c.json("GET", `${account}/paths?${query}`);
    return [paths, paths_with_trailing?.[filter]?.map(({ path }: { path: string }) => path)];
  };
  assertEquals(await typing("entity.5."), [{}, [PATHS[1]!, PATHS[0]!]]);
  assertEquals(await typing("oth"), [{}, ["other"]]);
  assertEquals(await typing("nothing"), [{}, []]);
  const [paths, trailing] = await typing("other") as [Record<string, unknown>, unknown];
  assertEquals([Object.keys(paths), trailing], [["other"], undefined]);
  await c.expect(
    ["GET", `${account}/paths?filter=te*&failover_trailing=true`],
    400,
    invalid(`Invalid UnfinishedPathFilter format: te*${HINT}`),
  );
});

testCalls("Sandbox §16 renames and deletes paths", async (c) => {
  const account = await addAccount(c, ["a", "b"]);
  const idOf = (path: string): number =>
    c.sandbox.paths(Number(account.slice(9))).find(({ p }) => p === path)!.id;
  const [a, b] = [idOf("a"), idOf("b")];
  await c.expect(["GET", `${account}/paths/${a}`], 200, { path: "a" });
  await c.expect(["PUT", `${account}/paths/${a}`, { path: "x.y" }], 204, "");
  assertEquals(idOf("x.y"), a);
  assertEquals((await c.json("GET", `${account}/values/x.y`)).paths["x.y"].data.length, 2);
  await c.expect(["PUT", `${account}/paths/${a}`, { path: "x.y" }], 204, "");
  await c.expect(["PUT", `${account}/paths/${a}`, { path: "b" }], 500, INTERNAL);
  await c.expect(
    ["PUT", `${account}/paths/${a}`, { path: "x y" }],
    400,
    invalid("Invalid PathInputValue format: x y"),
  );
  await c.expect(
    ["PUT", `${account}/paths/${a}`, {}],
    400,
    invalid("'path' is a required property"),
  );
  assertEquals(c.sandbox.countValues(), 4);
  await c.expect(["DELETE", `${account}/paths/${b}`], 204, "");
  assertEquals(c.sandbox.countValues(), 2);
  const gone = detail("No such path");
  await c.expect(["GET", `${account}/paths/${b}`], 404, gone);
  await c.expect(["PUT", `${account}/paths/${b}`, { path: "c" }], 404, gone);
  await c.expect(["DELETE", `${account}/paths/${b}`], 404, gone);
  await c.expect(["GET", `accounts/1/paths/${a}`], 404, gone);
});

testCalls("Sandbox §16 reads the values of several paths", async (c) => {
  c.now = 1_795_694_910;
  const account = await addAccount(c, ["a", "b"]);
  const getvalues = `${account}/getvalues`;
  const at = (t: number, v: number): { t: number; v: number } => ({ t: c.now + t, v });
  const part = (data: unknown[], next: number | null = null): unknown => ({
    next_data_point: next,
    data,
  });
  const rows: [Record<string, unknown>, Record<string, unknown>][] = [
    [{ p: "a" }, { a: part([at(-10, 0.5), at(0, 0)]) }],
    [{ p: "a,b", sort: "desc", limit: 1 }, {
      a: part([at(0, 0)], c.now - 10),
      b: part([at(0, 1)], c.now - 10),
    }],
    [{ p: "a", t0: c.now - 5 }, { a: part([at(0, 0)]) }],
    [{ p: "a", t0: `${c.now - 5}.5`, t1: `${c.now - 1}` }, { a: part([]) }],
    [{ p: "a", t1: c.now - 1.5, limit: "5" }, { a: part([at(-10, 0.5)]) }],
    [{ p: "a,b", t0: `${c.now - 5},${c.now - 20}` }, {
      a: part([at(0, 0)]),
      b: part([at(-10, 1.5), at(0, 1)]),
    }],
    [{ p: "a", limit: 0 }, { a: part([], c.now - 10) }],
  ];
  for (const [body, paths] of rows) await c.expect(["POST", getvalues, body], 200, { paths });
  await c.expect(
    ["POST", getvalues, { p: "a" }],
    200,
    `{"paths":{"a":{"next_data_point":null,"data":[{"t":1795694900.0,"v":0.5},` +
      `{"t":1795694910.0,"v":0.0}]}}}`,
  );
});

testCalls("Sandbox §16 reads paths with an escape in the body of a request", async (c) => {
  const account = await addAccount(c, ["x%2ey"]);
  const { paths } = await c.json("POST", `${account}/getvalues`, { p: "x%2ey" });
  assertEquals(paths["x%2ey"].data.length, 2);
  assertEquals((await c.call("GET", `${account}/values/x%252ey`)).status, 200);
  await c.expect(["GET", `${account}/values/x%2ey`], 500, INTERNAL);
});

testCalls("Sandbox §16 fails with 500 on paths that are unknown or have no value", async (c) => {
  const account = await addAccount(c, ["a"]);
  await c.call("POST", `${account}/values`, [{ p: "row", v: "no number" }]);
  const getvalues = `${account}/getvalues`;
  await c.expect(["POST", getvalues, { p: "a,unknown" }], 500, INTERNAL);
  await c.expect(["POST", getvalues, { p: "row" }], 500, INTERNAL);
  await c.expect(["GET", `${account}/values/row`], 500, INTERNAL);
  await c.expect(["POST", "accounts/1/getvalues", { p: "a" }], 500, INTERNAL);
  await c.expect(["POST", getvalues, { p: "row", t0: 10 }], 200, {
    paths: { row: { next_data_point: null, data: [] } },
  });
  await c.expect(["POST", getvalues, "not JSON"], 500, INTERNAL);
  await c.expect(["POST", getvalues, []], 500, INTERNAL);
  await c.expect(["POST", getvalues, { p: "a", limit: -1 }], 500, INTERNAL);
});

testCalls("Sandbox §16 refuses invalid arguments of getvalues", async (c) => {
  const account = await addAccount(c, ["a"]);
  const rows: [Record<string, unknown>, string][] = [
    [{}, "Path(s) not specified"],
    [{ p: "" }, "Path(s) not specified correctly"],
    [{ p: "a," }, "Path(s) not specified correctly"],
    [{ p: 5 }, "Path(s) not specified correctly"],
    [{ p: "a", t0: 5 }, "Error parsing t0"],
    [{ p: "a", t0: "10,20" }, "Error parsing t0"],
    [{ p: "a", t0: "1.1234567" }, "Error parsing t0"],
    [{ p: "a", t1: "5" }, "Error parsing t1"],
    [{ p: "a", sort: "up" }, "Invalid parameter: sort (should be 'asc' or 'desc')"],
    [{ p: "a", limit: "x" }, "Invalid parameter: limit"],
    [{ p: "a", limit: null }, "Invalid parameter: limit"],
    [{ p: "a", limit: 100_001 }, "Invalid parameter: limit"],
  ];
  for (const [body, text] of rows) {
    await c.expect(["POST", `${account}/getvalues`, body], 400, detail(text));
  }
});

testCalls("Sandbox §16 has no aggregates of fresh values", async (c) => {
  const account = await addAccount(c, ["a"]);
  const aggregated = `${account}/getaggrvalues`;
  await c.expect(["POST", aggregated, { p: "a", a: 0 }], 200, {
    paths: { a: { next_data_point: null, data: [] } },
  });
  await c.expect(["POST", aggregated, { p: "a" }], 400, detail("Invalid parameter: a"));
  await c.expect(
    ["POST", aggregated, { p: "a", a: 7 }],
    400,
    detail("Invalid parameter a (should be a number in range from 0 to 6)."),
  );
  await c.expect(["POST", aggregated, { p: "unknown", a: 0 }], 500, INTERNAL);
});

testCalls("Sandbox §16 finds the largest values of the newest time", async (c) => {
  c.now = 1_795_694_910;
  const account = await addAccount(c);
  const path = `${account}/topvalues`;
  await c.expect(["GET", `${path}?f=entity.*&n=2`], 200, {
    t: c.now,
    total: 3,
    list: [{ p: PATHS[2], v: 2 }, { p: PATHS[1], v: 1 }],
  });
  await c.expect(["GET", `${path}?f=other&t=${c.now - 5}`], 200, {
    t: c.now - 10,
    total: 3.5,
    list: [{ p: "other", v: 3.5 }],
  });
  const none = '{"t":1795694910.0,"total":0.0,"list":[]}';
  await c.expect(["GET", `${path}?f=unknown&t=${c.now}`], 200, none);
  await c.expect(["GET", `${path}?f=other&n=0&t=${c.now}`], 200, none);
  c.now += 3600;
  const text = '{"t":1795698510.0,"total":0.0,"list":[]}';
  await c.expect(["GET", `${path}?f=other&t=${c.now}`], 200, text);
  await c.expect(["GET", path], 400, detail("Path filter not specified"));
  await c.expect(["GET", `${path}?f=te*`], 400, invalid(`Invalid path filter${HINT}`));
  await c.expect(["GET", `${path}?f=a&t=x`], 400, invalid(`Invalid parameter t${HINT}`));
  await c.expect(["GET", `${path}?f=a&n=x`], 500, INTERNAL);
});
