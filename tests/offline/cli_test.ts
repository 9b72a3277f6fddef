// What the commands of this project rely on. Passes with the real @std/cli as well.

import { assertEquals, assertThrows } from "@std/assert";
import { type Args, parseArgs, type ParseOptions } from "@std/cli/parse-args";
import { assertType, type Same } from "./types.ts";

/** A command line, options, and the result. */
type Case = readonly [line: string, options: ParseOptions, result: Record<string, unknown>];

const CASES: readonly Case[] = [
  ["", {}, { _: [] }],
  ["a 5 -", {}, { _: ["a", 5, "-"] }],
  ["--flag", {}, { flag: true, _: [] }],
  ["--name value rest", {}, { name: "value", _: ["rest"] }],
  ["--name=value=x", {}, { name: "value=x", _: [] }],
  ["--name=", {}, { name: "", _: [] }],
  ["--one --two", {}, { one: true, two: true, _: [] }],
  ["--size 5 --hex 0x10 --not 5a", {}, { size: 5, hex: 16, not: "5a", _: [] }],
  ["--on true --off false", {}, { on: "true", off: "false", _: [] }],
  ["-abc", {}, { a: true, b: true, c: true, _: [] }],
  ["-n 5 -m5 -k=v", {}, { n: 5, m: 5, k: "v", _: [] }],
  ["--last 1 --last 2", {}, { last: 2, _: [] }],
  ["--a.b=1 --a.c 2", {}, { a: { b: 1, c: 2 }, _: [] }],
  ["--__proto__.x=1 --constructor.y=1", {}, { _: [] }],
  // boolean
  ["--help rest", { boolean: ["help"] }, { help: true, _: ["rest"] }],
  ["rest", { boolean: ["help", "once"] }, { help: false, once: false, _: ["rest"] }],
  ["--help false", { boolean: "help" }, { help: false, _: [] }],
  ["--help=false --once=x", { boolean: ["help", "once"] }, { help: false, once: true, _: [] }],
  ["--any rest --n=5", { boolean: true }, { any: true, n: 5, _: ["rest"] }],
  ["-h rest", { boolean: ["help"], alias: { help: "h" } }, { help: true, h: true, _: ["rest"] }],
  // string
  ["--id 007 -n5", { string: ["id", "n"] }, { id: "007", n: "5", _: [] }],
  ["--id --other", { string: "id" }, { id: "", other: true, _: [] }],
  ["005", { string: "_" }, { _: ["005"] }],
  ["", { string: ["id"] }, { _: [] }],
  // negatable
  ["--no-color", { negatable: ["color"] }, { color: false, _: [] }],
  ["--no-color", {}, { "no-color": true, _: [] }],
  ["--color", { boolean: ["color"], negatable: ["color"] }, { color: true, _: [] }],
  // default
  ["", { default: { size: 5, name: "x" } }, { size: 5, name: "x", _: [] }],
  ["--size 6", { default: { size: 5 } }, { size: 6, _: [] }],
  ["", { boolean: ["on"], default: { on: true } }, { on: true, _: [] }],
  ["", { alias: { size: ["s", "z"] }, default: { size: 5 } }, { size: 5, s: 5, z: 5, _: [] }],
  // alias
  ["-s 5", { alias: { size: "s" } }, { size: 5, s: 5, _: [] }],
  ["--id 07", { alias: { i: "id" }, string: "i" }, { i: "07", id: "07", _: [] }],
  // collect
  ["--d 1 --d 2", { collect: ["d"] }, { d: [1, 2], _: [] }],
  ["--d 1", { collect: ["d"], string: ["d"] }, { d: ["1"], _: [] }],
  ["", { collect: ["d"], string: ["d"] }, { d: [], _: [] }],
  ["-v -v", { collect: ["v"], boolean: ["v"] }, { v: [true, true], _: [] }],
  // stopEarly and --
  ["--a x --b c", { stopEarly: true }, { a: "x", b: "c", _: [] }],
  ["x --b c", { stopEarly: true }, { _: ["x", "--b", "c"] }],
  ["a -- --b 5", {}, { _: ["a", "--b", "5"] }],
  ["a -- --b 5", { "--": true }, { _: ["a"], "--": ["--b", "5"] }],
  ["a", { "--": true }, { _: ["a"], "--": [] }],
];

Deno.test("parseArgs parses flags, values and positional arguments", () => {
  for (const [line, options, result] of CASES) {
    const args = line === "" ? [] : line.split(" ");
    assertEquals<unknown>(parseArgs(args, options), result, `${line} ${JSON.stringify(options)}`);
  }
});

Deno.test("parseArgs calls unknown for other arguments and leaves them out if it returns false", () => {
  const reported: unknown[] = [];
  const result = parseArgs(["in", "--known", "--other=5", "-x"], {
    boolean: ["known"],
    unknown: (arg, key, value) => {
      reported.push(key === undefined ? [arg] : [arg, key, value]);
      return arg === "in";
    },
  });
  assertEquals<unknown>(result, { known: true, _: ["in"] });
  assertEquals(reported, [["in"], ["--other=5", "other", "5"], ["-x", "x", true]]);
});

Deno.test("parseArgs refuses an undefined alias", () => {
  // Only a caller without types can pass this.
  const alias = { a: undefined } as unknown as Record<string, string>;
  assertThrows(() => parseArgs([], { alias }), TypeError, "Alias value must be defined");
});

Deno.test("parseArgs infers the type of the result from its options", () => {
  const bare = parseArgs(["a"]);
  // deno-lint-ignore no-explicit-any -- as in the real package
  assertType<Same<typeof bare["anything"], any>>();
  assertType<Same<typeof bare._, Array<string | number>>>();

  const args = parseArgs([], {
    boolean: ["help", "once"],
    string: ["name", "level", "header", "cache"],
    collect: ["header", "extra"],
    negatable: ["cache"],
    default: { level: "info", size: 5 },
    alias: { help: "h", name: ["n", "nom"] },
    "--": true,
  });
  assertType<Same<typeof args.help, boolean>>();
  assertType<Same<typeof args.once, boolean>>();
  assertType<Same<typeof args.h, boolean>>();
  assertType<Same<typeof args.name, string | undefined>>();
  assertType<Same<typeof args.n, string | undefined>>();
  assertType<Same<typeof args.nom, string | undefined>>();
  assertType<Same<typeof args.level, string>>();
  assertType<Same<typeof args.header, string[]>>();
  assertType<Same<typeof args.extra, unknown[]>>();
  assertType<Same<typeof args.cache, string | false | undefined>>();
  assertType<Same<typeof args.size, unknown>>();
  assertType<Same<typeof args.other, unknown>>();
  assertType<Same<typeof args._, Array<string | number>>>();
  assertType<Same<typeof args["--"], string[]>>();

  const mixed = parseArgs([], {
    boolean: ["on"],
    default: { on: undefined as boolean | undefined },
  });
  assertType<Same<typeof mixed.on, boolean | undefined>>();

  const result: Args = parseArgs([], {});
  assertEquals<unknown>(result, { _: [] });
  const misuse = () => {
    // @ts-expect-error A flag has a name, not a number.
    parseArgs([], { boolean: 5 });
    // @ts-expect-error No option makes this flag a string.
    return args.other.length;
  };
  assertEquals(typeof misuse, "function");
});
