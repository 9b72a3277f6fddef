import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { pathPart, pathProblem } from "../../src/values/paths.ts";
import { normalizeInSlices, normalizeValues, type Values } from "../../src/values/values.ts";

// The regular expression of the backend.
const LEGAL = /^([a-zA-Z0-9_-]|%2e|%3a)+(\.([a-zA-Z0-9_-]|%2e|%3a)+)*$/;

Deno.test("normalizeValues accepts an object, a map, and any iterable of { p, v }", () => {
  const points = [{ p: "a.b", v: 1 }, { p: "a.c", v: 2 }];
  const generator = (function* () {
    yield* points;
  })();
  for (
    const values of [{ "a.b": 1, "a.c": 2 }, new Map([["a.b", 1], ["a.c", 2]]), points, generator]
  ) {
    assertEquals(normalizeValues(values), { points, refused: [] });
  }
  assertEquals(normalizeValues({}), { points: [], refused: [] });
});

Deno.test("normalizeValues keeps the last value of a path", () => {
  const { points } = normalizeValues([{ p: "a", v: 1 }, { p: "b", v: 2 }, { p: "a", v: 3 }]);
  assertEquals(points, [{ p: "a", v: 3 }, { p: "b", v: 2 }]);
});

Deno.test("normalizeValues keeps the own time of a value", () => {
  const points = [
    { p: "a", v: 1, t: 1_700_000_000 },
    { p: "a", v: 2, t: 1_700_000_000.25 },
    { p: "a", v: 3, t: 0 },
    { p: "a", v: 4, t: 8_999_999_999.5 },
  ];
  assertEquals(normalizeValues([...points, { p: "a", v: 5, t: undefined }]), {
    points: [...points, { p: "a", v: 5 }],
    refused: [],
  });
});

Deno.test("normalizeValues keeps the last value of a path and a time, to the microsecond", () => {
  const t = 1_700_000_000;
  const { points } = normalizeValues([
    { p: "a", v: 1, t },
    { p: "a", v: 2 },
    { p: "b", v: 3, t },
    { p: "a", v: 4, t: t + 0.000_001 },
    { p: "a", v: 5, t: t + 0.000_000_3 },
    { p: "a", v: 6 },
  ]);
  assertEquals(points, [
    { p: "a", v: 5, t: t + 0.000_000_3 },
    { p: "a", v: 6 },
    { p: "b", v: 3, t },
    { p: "a", v: 4, t: t + 0.000_001 },
  ]);
});

Deno.test("normalizeValues finds equal paths and times among any others", () => {
  const item = fc.record({
    p: fc.stringMatching(/^[ab]{1,3}$/),
    v: fc.nat(),
    t: fc.option(fc.nat(40).map((n) => n / 4e6), { nil: undefined }),
  });
  fc.assert(fc.property(fc.array(item, { maxLength: 300, size: "max" }), (items) => {
    const last = new Map<string, number>();
    for (const { p, v, t } of items) last.set(`${p} ${t && Math.round(t * 1e6)}`, v);
    const { points } = normalizeValues(items);
    assertEquals(
      points.map(({ p, v, t }) => [`${p} ${t && Math.round(t * 1e6)}`, v]),
      [...last],
    );
  }));
});

Deno.test("normalizeValues refuses times that Grafolean would not store as they are meant", () => {
  const reasons = new Map<unknown, string>([
    [1_700_000_000_123, "t is 1700000000123, which looks like milliseconds: use UNIX seconds"],
    [9e9, "t is 9000000000: expected UNIX seconds, 0 or more and below 9e9"],
    [1.7e15, "t is 1700000000000000: expected UNIX seconds, 0 or more and below 9e9"],
    [-1, "t is -1: expected UNIX seconds, 0 or more and below 9e9"],
    [NaN, "t is NaN: expected UNIX seconds, 0 or more and below 9e9"],
    [Infinity, "t is Infinity: expected UNIX seconds, 0 or more and below 9e9"],
    ["1700000000", 't is "1700000000", not a number of UNIX seconds'],
    [1700000000n, "t is 1700000000, not a number of UNIX seconds"],
    [null, "t is null, not a number of UNIX seconds"],
    [new Date(0), "t is an object, not a number of UNIX seconds"],
  ]);
  for (const [t, reason] of reasons) {
    const items = [{ p: "a", v: 1, t }, { p: "b", v: 1 }] as Values;
    assertEquals(normalizeValues(items), {
      points: [{ p: "b", v: 1 }],
      refused: [{ p: "a", v: 1, t, reason }],
    });
  }
});

Deno.test("normalizeInSlices returns the last slice and yields the others, each with its refused values", () => {
  const items = Array.from({ length: 5 }, (_, n) => ({ p: `v${n}`, v: n === 3 ? NaN : n }));
  for (const [size, lengths] of [[2, [[2, 0], [1, 1], [1, 0]]], [5, [[4, 1]]]] as const) {
    const slices = normalizeInSlices(items, size);
    const found: (readonly [number, number])[] = [];
    for (let isLast = false; !isLast;) {
      const { value, done = false } = slices.next();
      found.push([value.points.length, value.refused.length]);
      isLast = done;
    }
    assertEquals(found, [...lengths]);
  }
});

Deno.test("normalizeValues keeps numbers exact", () => {
  const { points, refused } = normalizeValues([
    { p: "a", v: 1.5 },
    { p: "b", v: 18446744073709551616n },
    { p: "c", v: " 12.50 " },
    { p: "d", v: "-1e-3" },
    { p: "e", v: 5e-324 },
    { p: "f", v: Number.MAX_VALUE },
    { p: "g", v: "+.5" },
  ]);
  assertEquals(points.map(({ v }) => v), [
    1.5,
    "18446744073709551616",
    "12.50",
    "-1e-3",
    5e-324,
    Number.MAX_VALUE,
    "+.5",
  ]);
  assertEquals(refused, []);
});

Deno.test("normalizeValues refuses what the backend would refuse, fail with 500 on, or store and never show", () => {
  const bad: unknown[] = [
    ...[NaN, Infinity, -Infinity, "NaN", "Infinity", "-inf", "1e400", "1e200000", 10n ** 400n],
    ...["", " ", "abc", "0x10", "1,5", "1_000", "١٢", "1 2", "--1", ".", "1e", "9".repeat(5000)],
    ...[null, undefined, true, false, [1], {}, () => 1, Symbol("x"), new Date()],
  ];
  for (const v of bad) {
    const { points, refused } = normalizeValues([{ p: "a", v }] as Values);
    assertEquals(points, [], `${String(v)} must be refused`);
    assertEquals(refused.length, 1);
    assert(refused[0]!.reason.length > 5);
  }
});

Deno.test("normalizeValues refuses an invalid item and keeps the others", () => {
  const items = [{ p: "a", v: 1 }, null, 5, "x", { p: 7, v: 1 }, { v: 1 }, { p: "b" }, {
    p: "c",
    v: 3,
  }];
  const { points, refused } = normalizeValues(items as unknown as Values);
  assertEquals(points, [{ p: "a", v: 1 }, { p: "c", v: 3 }]);
  assertEquals(refused.length, 6);
});

Deno.test("normalizeValues throws if the argument cannot hold values", () => {
  for (const values of [null, undefined, 5, "a=1", true]) {
    assertThrows(() => normalizeValues(values as unknown as Values), TypeError, "Cannot send");
  }
});

Deno.test("pathProblem agrees with the rule of the backend", () => {
  const piece = fc.constantFrom(
    "a",
    "Z",
    "0",
    "_",
    "-",
    ".",
    "%2e",
    "%3a",
    "%2E",
    "%20",
    " ",
    ":",
    "/",
    "é",
    "\n",
    "",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const path = pieces.join("");
    const legal = LEGAL.test(path) && !path.endsWith("\n") && !path.startsWith("system.");
    assertEquals(pathProblem(path) === undefined, legal, JSON.stringify(path));
  }));
});

Deno.test("pathProblem refuses paths that start with system. or are too long", () => {
  assertStringIncludes(pathProblem("system.stats") ?? "", "Grafolean");
  for (const path of ["system", "systemx.a", "System.a", "a.system.b", "x".repeat(2000)]) {
    assertEquals(pathProblem(path), undefined);
  }
  assertStringIncludes(pathProblem("x".repeat(2001)) ?? "", "2001 characters");
});

Deno.test("pathPart converts any text to a valid segment", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const part = pathPart(text);
    assertEquals(pathProblem(part), undefined, JSON.stringify(text));
    assert(!part.includes("."));
  }));
});

Deno.test("pathPart keeps valid text, and converts addresses as Grafolean's bots do", () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-zA-Z0-9_-]+$/), (text) => {
    assertEquals(pathPart(text), text);
  }));
  assertEquals(pathPart("2001:db8::1"), "2001%3adb8%3a%3a1");
  assertEquals(pathPart(42), "42");
  assertEquals(pathPart(""), "_");
  assertEquals(pathPart("a/b c"), "a_b_c");
  assertEquals(pathPart("😀x"), "_x");
});
