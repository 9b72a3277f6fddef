import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { describeError } from "../../src/util/describe_error.ts";
import { GrafoleanError } from "../../src/util/errors.ts";

/** An error with a known stack. */
function error(message: string, options?: ErrorOptions, at = ""): Error {
  const error = new Error(message, options);
  error.stack = `Error: ${message}\n${at}`;
  return error;
}

Deno.test("describeError shows name, message and location", () => {
  assertMatch(
    describeError(new TypeError("Cannot poll")),
    /^TypeError: Cannot poll \(describe_error_test\.ts:\d+:\d+\)$/,
  );
});

const frames: [string, string][] = [
  ["    at poll (file:///home/me/bot/poll.ts:12:3)", " (poll.ts:12:3)"],
  ["    at async file:///home/me/bot/poll.ts:12:3", " (poll.ts:12:3)"],
  ["    at C:\\bots\\poll.ts:12:3", " (poll.ts:12:3)"],
  ["    at /home/me/my bots/poll.ts:12:3", " (poll.ts:12:3)"],
  ["    at Object.poll (https://jsr.io/@a/b/1.0.0/poll.ts:12:3)", " (poll.ts:12:3)"],
  [
    "    at fetch (ext:deno_fetch/26_fetch.js:1:2)\n    at x (file:///poll.ts:12:3)",
    " (poll.ts:12:3)",
  ],
  ["    at connect (node:net:5:6)", ""],
  ["    at <anonymous>", ""],
  ["", ""],
];

for (const [at, expected] of frames) {
  Deno.test(`describeError finds the location in ${JSON.stringify(at)}`, () => {
    assertEquals(describeError(error("x", undefined, at)), `Error: x${expected}`);
  });
}

Deno.test(
  "describeError gives advice about a missing permission that an executable can follow",
  { permissions: { read: false } },
  async () => {
    const denied = await Deno.readTextFile("/etc/token").catch((error) => error);
    assertMatch(
      describeError(denied),
      /^NotCapable: Requires read access to "\/etc\/token": add it to --allow-read in the tasks of deno\.json \(an executable/,
    );
  },
);

Deno.test("describeError takes no location from the message", () => {
  assertEquals(describeError(error("at a:1:2\nat b.ts:3:4")), "Error: at a:1:2 at b.ts:3:4");
});

Deno.test("describeError appends the causes", () => {
  const cause = error("connection refused", { cause: "port 80" });
  assertEquals(
    describeError(error("fetch failed", { cause })),
    'Error: fetch failed: Error: connection refused: "port 80"',
  );
});

Deno.test("describeError does not repeat a cause that the message contains", () => {
  const cause = error("connection refused");
  assertEquals(
    describeError(error("fetch failed: connection refused", { cause })),
    "Error: fetch failed: connection refused",
  );
});

Deno.test("describeError shows the first error of an AggregateError", () => {
  const all = new AggregateError([error("refused at ::1"), error("refused at 127.0.0.1")], "");
  all.stack = "";
  assertEquals(describeError(all), "AggregateError: Error: refused at ::1");
});

Deno.test("describeError cuts long messages and endless causes", () => {
  const one = error("one");
  one.cause = error("two", { cause: one });
  assertEquals(describeError(one), "Error: one: Error: two");
  assert(describeError(error("x".repeat(1e6))).length < 600);
  let deep = error("0");
  for (let n = 1; n < 1000; n++) deep = error(`${n}`, { cause: deep });
  assert(describeError(deep).length < 100);
});

Deno.test("describeError writes one line", () => {
  assertEquals(describeError(error("one\n\ttwo")), "Error: one two");
});

const others: [unknown, string][] = [
  [undefined, "undefined"],
  [null, "null"],
  ["no route", '"no route"'],
  [404, "404"],
  [10n, "10"],
  [Symbol("s"), "Symbol(s)"],
  [{ code: 5 }, '{"code":5}'],
];

for (const [thrown, expected] of others) {
  Deno.test(`describeError marks ${expected} as not an Error`, () => {
    assertEquals(describeError(thrown), `${expected} (not an Error)`);
  });
}

Deno.test("describeError survives unreadable values", () => {
  const no = () => {
    throw new Error("no");
  };
  const nameless = new Error("x");
  Object.defineProperty(nameless, "name", { get: no });
  const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
  revoke();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const unprintable = { toString: no, toJSON: no };
  for (const thrown of [nameless, proxy, circular, unprintable, Object.create(null), no]) {
    assert(describeError(thrown).length > 0);
  }
});

Deno.test("describeError never throws", () => {
  const anything = fc.anything({
    withBigInt: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const strange = fc.record({ name: anything, message: anything, stack: anything, cause: anything })
    .map((fields) => Object.assign(new Error("x"), fields));
  fc.assert(fc.property(fc.oneof(anything, strange), (thrown) => {
    assertMatch(describeError(thrown), /^.+$/);
  }));
});

Deno.test("describeError shows only the message of a GrafoleanError", () => {
  const error = new GrafoleanError("Grafolean at http://host/api cannot be reached: refused", {
    method: "GET",
    url: "http://host/api/profile?b=***",
    cause: new TypeError("fetch failed", {
      cause: new Error("refused by http://host/api/profile"),
    }),
  });
  assertEquals(describeError(error), "Grafolean at http://host/api cannot be reached: refused");
  const wrapped = new Error("Cannot list the devices", { cause: error });
  assertEquals(
    describeError(wrapped).replace(/ \(.*?\)/, ""),
    "Error: Cannot list the devices: Grafolean at http://host/api cannot be reached: refused",
  );
});
