// What the tests of this project rely on. Passes with the real @std/assert as well.

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
} from "@std/assert";
import { assertType, type Same } from "./types.ts";

/** The message of the AssertionError that `fn` throws, checked without the assertions under test. */
function failure(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof AssertionError && error.name === "AssertionError") return error.message;
    throw error;
  }
  throw new Error("It did not fail");
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => new Error("It did not fail"), (error) => error);
  return failure(() => {
    throw error;
  });
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

class Point {
  readonly #x: number;
  constructor(x: number) {
    this.#x = x;
  }
  get x(): number {
    return this.#x;
  }
}

class OtherPoint extends Point {}

const loop = () => {
  const object: Record<string, unknown> = { a: 1 };
  object["self"] = object;
  return object;
};

const EQUAL: readonly (readonly [unknown, unknown])[] = [
  [1, 1],
  [0, -0],
  [NaN, NaN],
  ["a", "a"],
  [10n, 10n],
  [undefined, undefined],
  [[1, [2, { a: 3 }]], [1, [2, { a: 3 }]]],
  [{ a: 1, b: undefined }, { b: undefined, a: 1 }],
  [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [new Date(5), new Date(5)],
  [new Date(NaN), new Date(NaN)],
  [new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]])],
  [new Map([[{ k: 1 }, 1], [{ k: 2 }, 2]]), new Map([[{ k: 2 }, 2], [{ k: 1 }, 1]])],
  [new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer],
  [/a/gi, /a/gi],
  [new URL("http://a/?b"), new URL("http://a/?b")],
  [new Point(1), new Point(1)],
  [loop(), loop()],
  [{ [Symbol.for("s")]: 1 }, { [Symbol.for("s")]: 1 }],
];

const DIFFERENT: readonly (readonly [unknown, unknown])[] = [
  [1, 2],
  [1, "1"],
  [1, 1n],
  [null, undefined],
  [null, {}],
  [[1, 2], [2, 1]],
  [[1], [1, undefined]],
  [[], {}],
  [{ a: 1 }, { a: 1, b: undefined }],
  [{ a: undefined }, { b: undefined }],
  [{ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }],
  [() => 1, () => 1],
  [Symbol("a"), Symbol("a")],
  [new Date(5), new Date(6)],
  [new Map([["a", 1]]), new Map([["a", 2]])],
  [new Map([["a", undefined]]), new Map([["b", undefined]])],
  [new Set([1]), new Set([2])],
  [new Set([{ a: 1 }]), new Set([{ a: 2 }])],
  [new Uint8Array([1]), new Uint16Array([1])],
  [new Uint8Array([1]), new Uint8Array([2])],
  [/a/g, /a/i],
  [new URL("http://a/"), new URL("http://b/")],
  [new Point(1), new Point(2)],
  [new Point(1), new OtherPoint(1)],
  [{ [Symbol.for("s")]: 1 }, { [Symbol.for("s")]: 2 }],
  [new Error("a"), new Error("b")],
];

Deno.test("equal and assertEquals accept deeply equal values", () => {
  for (const [a, b] of EQUAL) {
    check(equal(a, b) && equal(b, a), `${Deno.inspect(a)} should equal ${Deno.inspect(b)}`);
    assertEquals(a, b);
    failure(() => assertNotEquals(a, b));
  }
});

Deno.test("equal and assertEquals refuse differences at any depth", () => {
  for (const [a, b] of DIFFERENT) {
    check(!equal(a, b) && !equal(b, a), `${Deno.inspect(a)} should differ from ${Deno.inspect(b)}`);
    assertNotEquals(a, b);
    failure(() => assertEquals(a, b));
  }
});

Deno.test("equal throws for WeakMap and WeakSet", () => {
  assertThrows(() => equal(new WeakMap(), new WeakMap()), TypeError, "WeakMap");
  assertThrows(() => equal(new WeakSet(), new WeakSet()), TypeError, "WeakSet");
});

Deno.test("assertEquals shows both values and the message of the user", () => {
  const message = failure(() =>
    assertEquals({ name: "left", size: 1 }, { name: "right", size: 1 }, "about the door")
  );
  for (const part of ["Values are not equal", "about the door", "left", "right", "size: 1"]) {
    check(message.includes(part), `"${part}" is missing in ${message}`);
  }
});

Deno.test("assert fails for falsy values and narrows the type", () => {
  const value: string | undefined = "a" as string | undefined;
  assert(value);
  assertType<Same<typeof value, string>>();
  for (const falsy of [false, 0, "", null, undefined, NaN]) {
    check(failure(() => assert(falsy, "no")) === "no", "The message is the user's own");
  }
});

Deno.test("assertStrictEquals requires the identical value", () => {
  const object = {};
  assertStrictEquals(object, object);
  assertStrictEquals(NaN, NaN);
  check(
    failure(() => assertStrictEquals({}, {})).includes(
      "same structure but are not reference-equal",
    ),
    "Says that only the reference differs",
  );
  const message = failure(() => assertStrictEquals("one", "two", "why"));
  for (const part of ["not strictly equal: why", "one", "two"]) check(message.includes(part), part);
  failure(() => assertStrictEquals(0, -0));
});

Deno.test("assertThrows returns what was thrown, and fails without an error or with another one", () => {
  const error = assertThrows(
    () => {
      throw new RangeError("Too far");
    },
    RangeError,
    "far",
  );
  assertType<Same<typeof error, RangeError>>();
  check(error.message === "Too far", "It is the error itself");
  check(
    assertThrows(() => {
      // deno-lint-ignore no-throw-literal -- it is what is tried here
      throw "a text";
    }) === "a text",
    "Anything may be thrown where no class is named",
  );

  const messages = [
    failure(() => assertThrows(() => 1, Error, "", "why")),
    failure(() => assertThrows(() => 1, "why")),
    failure(() =>
      assertThrows(
        () => {
          throw new Error("Near");
        },
        RangeError,
      )
    ),
    failure(() =>
      assertThrows(
        () => {
          throw new Error("Near");
        },
        Error,
        "far",
      )
    ),
    failure(() =>
      assertThrows(() => {
        // deno-lint-ignore no-throw-literal -- it is what is tried here
        throw "a text";
      }, Error)
    ),
  ];
  assertEquals(messages, [
    "Expected function to throw: why",
    "Expected function to throw: why",
    'Expected error to be instance of "RangeError", but was "Error".',
    'Expected error message to include "far", but got "Near".',
    "A non-Error object was thrown.",
  ]);
});

Deno.test("assertRejects resolves to the reason, and fails without one or with another one", async () => {
  const error = await assertRejects(
    () => Promise.reject(new RangeError("Too far")),
    RangeError,
    "far",
  );
  assertType<Same<typeof error, RangeError>>();
  check(error.message === "Too far", "It is the error itself");
  check(await assertRejects(() => Promise.reject("a text")) === "a text", "Anything may be");

  const messages = [
    await failureOf(assertRejects(() => Promise.resolve(1), "why")),
    await failureOf(assertRejects(() => Promise.reject(new Error("Near")), RangeError)),
    await failureOf(assertRejects(() => Promise.reject(new Error("Near")), Error, "far")),
    await failureOf(assertRejects(() => Promise.reject("a text"), Error)),
    await failureOf(assertRejects(() => {
      throw new Error("At once");
    }, Error)),
  ];
  assertEquals(messages, [
    "Expected function to reject: why",
    'Expected error to be instance of "RangeError", but was "Error".',
    'Expected error message to include "far", but got "Near".',
    "A non-Error object was rejected.",
    "Function throws when expected to reject.",
  ]);
});

Deno.test("assertStringIncludes, assertMatch and assertNotMatch search a string", () => {
  assertStringIncludes("a door", "door");
  assertMatch("a door", /d.{2}r/);
  assertNotMatch("a door", /window/);
  assertEquals(
    [
      failure(() => assertStringIncludes("a door", "window", "why")),
      failure(() => assertMatch("a door", /window/)),
      failure(() => assertNotMatch("a door", /door/)),
    ],
    [
      'Expected actual: "a door" to contain: "window": why',
      'Expected actual: "a door" to match: "/window/".',
      'Expected actual: "a door" to not match: "/door/".',
    ],
  );
});

Deno.test("assertInstanceOf and assertExists narrow the type", () => {
  const value: unknown = new Date(0);
  assertInstanceOf(value, Date);
  assertType<Same<typeof value, Date>>();
  const maybe = "a" as string | null | undefined;
  assertExists(maybe);
  assertType<Same<typeof maybe, string>>();
  assertExists(0);
  assertEquals(
    [
      failure(() => assertInstanceOf({}, Date)),
      failure(() => assertInstanceOf(null, Date)),
      failure(() => assertInstanceOf(5, Date, "why")),
      failure(() => assertExists(null)),
      failure(() => assertExists(undefined, "why")),
    ],
    [
      'Expected object to be an instance of "Date" but was "Object".',
      'Expected object to be an instance of "Date" but was "null".',
      'Expected object to be an instance of "Date" but was "number": why',
      'Expected actual: "null" to not be null or undefined.',
      'Expected actual: "undefined" to not be null or undefined: why',
    ],
  );
});

Deno.test("assertGreater, assertLess and their variants compare", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess("a", "b");
  assertLessOrEqual(1n, 1n);
  assertEquals(
    [
      failure(() => assertGreater(1, 1)),
      failure(() => assertGreaterOrEqual(1, 2)),
      failure(() => assertLess(1, 1)),
      failure(() => assertLessOrEqual(2, 1)),
      failure(() => assertLess(2, 1, "why")),
      failure(() => assertLess(NaN, 1)),
    ],
    ["Expect 1 > 1", "Expect 1 >= 2", "Expect 1 < 1", "Expect 2 <= 1", "why", "Expect NaN < 1"],
  );
});

Deno.test("assertAlmostEquals allows a ten-millionth or the given tolerance", () => {
  assertAlmostEquals(1 + 5e-8, 1);
  assertAlmostEquals(1.4, 1, 0.5);
  assertAlmostEquals(Infinity, Infinity);
  assertEquals(
    failure(() => assertAlmostEquals(1.5, 1)),
    'Expected actual: "1.5e+0" to be close to "1": delta "5e-1" is greater than "1e-7".',
  );
  failure(() => assertAlmostEquals(NaN, 1));
});

Deno.test("assertObjectMatch accepts additional properties at every depth", () => {
  assertObjectMatch({ a: 1, b: 2 }, { a: 1 });
  assertObjectMatch({ a: { b: [1, { c: 2, d: 3 }], e: 4 } }, { a: { b: [1, { c: 2 }] } });
  assertObjectMatch({ list: [1, 2, 3] }, { list: [1, 2] });
  assertObjectMatch({ m: new Map([["a", 1], ["b", 2]]) }, { m: new Map([["a", 1]]) });
  assertObjectMatch({ s: new Set([1, 2]) }, { s: new Set([1]) });
  assertObjectMatch({ at: new Date(5), on: /a/ }, { at: new Date(5), on: /a/ });
  assertObjectMatch(new Point(1) as unknown as Record<string, unknown>, {});
  assertObjectMatch(loop(), { a: 1 });

  failure(() => assertObjectMatch({ a: 1 }, { a: 2 }));
  failure(() => assertObjectMatch({ a: 1 }, { b: 1 }));
  failure(() => assertObjectMatch({ a: 1 }, { a: 1, b: undefined }));
  failure(() => assertObjectMatch({ list: [1] }, { list: [1, 2] }));
  failure(() => assertObjectMatch({ a: { b: 1 } }, { a: { b: 2 } }));
  failure(() => assertObjectMatch({ at: new Date(5) }, { at: new Date(6) }));
  const message = failure(() => assertObjectMatch({ a: 1 }, { a: 2 }, "why"));
  check(message.includes("why"), "The message of the user is missing");
});

Deno.test("fail fails", () => {
  assertEquals(failure(() => fail("because")), "Failed assertion: because");
  assertEquals(failure(() => fail()), "Failed assertion.");
});

Deno.test("AssertionError is an Error with a cause", () => {
  const error = new AssertionError("Wrong", { cause: 5 });
  assertInstanceOf(error, Error);
  assertEquals([error.message, error.cause], ["Wrong", 5]);
});
