// What loadSettings relies on. Passes with the real @std/dotenv as well.

import { assertEquals } from "@std/assert";
import { parse } from "@std/dotenv/parse";
import { mock } from "node:test";

const CASES: readonly (readonly [text: string, result: Record<string, string>])[] = [
  ["", {}],
  ["A=1", { A: "1" }],
  ["A=1\nB=2\r\nC=3\n", { A: "1", B: "2", C: "3" }],
  ["  A = 1  ", { A: "1" }],
  ["export A=1", { A: "1" }],
  ["A=", { A: "" }],
  ["A=\nB=2", { A: "", B: "2" }],
  ["# A=1\n\nB=2 # C=3\n#", { B: "2" }],
  ["A=http://host/api?b=c", { A: "http://host/api?b=c" }],
  ["A=1\nA=2", { A: "2" }],
  ["no variable\nA=1", { A: "1" }],
  ["A='1 # 2' # three", { A: "1 # 2" }],
  ["A='a\\nb$C'", { A: "a\\nb$C" }],
  ['A=" 1 "', { A: " 1 " }],
  ['A="a\\nb\\t\\"c\\"\\\\d\\q$E"', { A: 'a\nb\t"c"\\d\\q$E' }],
  ['A="\none\ntwo\n"\nB=2', { A: "one\ntwo", B: "2" }],
  ["A='one\ntwo'", { A: "one\ntwo" }],
  ["A='not closed\nB=2", { A: "'not closed", B: "2" }],
  ["A=1\nB=$A/${A}", { A: "1", B: "1/1" }],
  ["A=1\nB=${NOT_THERE:-other}", { A: "1", B: "other" }],
  ["A=\\$B", { A: "\\$B" }],
  ["A=$B\nB=$C\nC=3", { A: "3", B: "3", C: "3" }],
];

Deno.test("parse parses the lines of a .env file", () => {
  for (const [text, result] of CASES) assertEquals(parse(text), result, JSON.stringify(text));
});

Deno.test("parse takes variables that the file does not define from the environment", () => {
  const get = mock.method(Deno.env, "get", (name: string) => name === "HOST" ? "host" : undefined);
  try {
    assertEquals(parse("A=http://$HOST/"), { A: "http://host/" });
  } finally {
    get.mock.restore();
  }
});

Deno.test("parse warns about an invalid name and ignores it", () => {
  const warn = mock.method(console, "warn", () => {});
  try {
    assertEquals(parse("1A=1\nB=2"), { B: "2" });
    assertEquals(warn.mock.callCount(), 1);
  } finally {
    warn.mock.restore();
  }
});
