import { assert, assertThrows } from "@std/assert";
import { parseSensor } from "./sensor.ts";

const DETAILS = {
  oids: [{ oid: "1.3.6.1", fetch_method: "get" }],
  expression: "$1",
  output_path: "a",
};

const WRONG: readonly [string, unknown, string][] = [
  ["no details", null, "without OIDs"],
  ["no OIDs", { ...DETAILS, oids: [] }, "without OIDs"],
  [
    "an invalid OID",
    { ...DETAILS, oids: [{ oid: "sysUpTime", fetch_method: "get" }] },
    '"sysUpTime"',
  ],
  [
    "an unknown fetch_method",
    { ...DETAILS, oids: [{ oid: "1.3", fetch_method: "set" }] },
    '"get" or "walk"',
  ],
  ["an OID that is null", { ...DETAILS, oids: [null] }, '"get" or "walk"'],
  ["no expression", { ...DETAILS, expression: undefined }, "without an expression"],
  ["a broken expression", { ...DETAILS, expression: "$1 +" }, "at its end"],
  ["no output path", { ...DETAILS, output_path: "" }, "the output path"],
  ["$2 of one OID in the expression", { ...DETAILS, expression: "$1+$2" }, "Cannot use $2"],
  ["$0", { ...DETAILS, expression: "$0" }, "Cannot use $0"],
  ["$2 of one OID in the path", { ...DETAILS, output_path: "a.{$2}" }, "Cannot use $2"],
];

for (const [what, details, message] of WRONG) {
  Deno.test(`parseSensor refuses ${what}`, () => {
    const error = assertThrows(() => parseSensor(details), Error, message);
    assert(error instanceof TypeError || error instanceof SyntaxError);
  });
}
