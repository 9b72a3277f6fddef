import { CounterRate } from "@grafolean/collector/toolkit";
import { assertEquals } from "@std/assert";
import { evaluate, type Evaluation } from "./evaluate.ts";
import type { Sample, Samples } from "../client/poll.ts";
import { parseSensor } from "./sensor.ts";
import type { SnmpValue } from "../client/varbind.ts";

type Input = number | bigint | string | undefined;

function snmpValue(value: Input): SnmpValue | undefined {
  if (typeof value === "number") return { type: "number", value };
  if (typeof value === "bigint") return { type: "counter", value };
  return value === undefined ? undefined : { type: "text", value };
}

/** A value for a GET, an object of values by index for a WALK. */
type Inputs = readonly (Input | Readonly<Record<string, Input>>)[];

function samplesOf(inputs: Inputs, at: number): Samples[] {
  return inputs.map((input) =>
    typeof input === "object"
      ? new Map(
        Object.entries(input).map(([index, value]) => [index, { at, value: snmpValue(value) }]),
      )
      : { at, value: snmpValue(input) }
  );
}

function run(
  inputs: Inputs,
  expression: string,
  outputPath: string,
  rates = new CounterRate(),
  at = 0,
): Evaluation {
  const sensor = parseSensor({
    oids: inputs.map((input, i) => ({
      oid: `1.3.6.${i}`,
      fetch_method: typeof input === "object" ? "walk" : "get",
    })),
    expression,
    output_path: outputPath,
  });
  return evaluate(
    sensor,
    samplesOf(inputs, at),
    (key, _oid, count, at) => rates.read(key, count, at),
    (path) => path === "of.another" ? '"other" (id 2)' : undefined,
  );
}

function values(evaluation: Evaluation): Record<string, number> {
  return Object.fromEntries(evaluation.values);
}

/** The indexes without a value, by reason; none for a sensor without a WALK. */
function problems(evaluation: Evaluation): Record<string, string[]> {
  const byReason = Map.groupBy(evaluation.problems, ({ reason }) => reason);
  return Object.fromEntries(
    [...byReason].map(([reason, all]) => [reason, all.flatMap(({ index }) => index ?? [])]),
  );
}

Deno.test("evaluate gives one value for a GET", () => {
  assertEquals(values(run([68_000], "$1", "test123.asdf")), { "test123.asdf": 68_000 });
  assertEquals(values(run([68_000, 200], "$1 + $2", "a")), { a: 68_200 });
});

Deno.test("evaluate gives one value per index for a WALK", () => {
  const evaluation = run([{ 1: 60_000, 2: 61_000, 3: 62_000 }], "$1/1000", "t.{$index}");
  assertEquals(values(evaluation), { "t.1": 60, "t.2": 61, "t.3": 62 });
  assertEquals(problems(evaluation), {});
});

Deno.test("evaluate uses a GET for every index of a WALK, in either order", () => {
  assertEquals(values(run([500, { 1: 60_000, 2: 61_000 }], "$1 + $2", "t.{$index}")), {
    "t.1": 60_500,
    "t.2": 61_500,
  });
  assertEquals(values(run([{ 1: 10, 2: 20 }, "cpu"], "$1", "{$2}.{$index}")), {
    "cpu.1": 10,
    "cpu.2": 20,
  });
});

Deno.test("evaluate joins WALKs by index, in any order", () => {
  const evaluation = run([{ 1: "lo", 7: "eth0" }, { 7: 70, 1: 10 }], "$2", "if.{$index}.{$1}");
  assertEquals(values(evaluation), { "if.1.lo": 10, "if.7.eth0": 70 });
});

Deno.test("evaluate leaves out an index that one of the WALKs lacks", () => {
  const evaluation = run(
    [{ 1: 60_000, 2: 61_000, 3: 62_000 }, { 1: 10, 2: 10, 4: 10 }],
    "$1 / $2",
    "t.{$index}",
  );
  assertEquals(values(evaluation), { "t.1": 6000, "t.2": 6100 });
  assertEquals(problems(evaluation), { "nothing there": ["3"] });
});

Deno.test("evaluate gives no value if an OID is missing, even an unused one", () => {
  const { problems: [missing] } = run([60_000, undefined], "$1", "a");
  assertEquals(missing, { reason: "nothing there", culprit: "1.3.6.1", index: undefined });
  assertEquals(problems(run([undefined, { 1: 1, 2: 2 }], "$2", "t.{$index}")), {
    "nothing there": ["1", "2"],
  });
});

Deno.test("evaluate gives no value for an index with a value that cannot be decoded, even as a path", () => {
  const sensor = parseSensor({
    oids: ["1.3.6.0", "1.3.6.1"].map((oid) => ({ oid, fetch_method: "walk" })),
    expression: "$2",
    output_path: "t.{$1}",
  });
  const [names, numbers] = samplesOf([{ 1: "eth1" }, { 1: 10, 2: 20 }], 0) as Map<string, Sample>[];
  names!.set("2", { at: 0, value: { type: "undecodable", value: "42:00" } });
  const evaluation = evaluate(
    sensor,
    [names!, numbers!],
    () => ({ reason: "first" }),
    () => undefined,
  );
  assertEquals(values(evaluation), { "t.eth1": 10 });
  assertEquals(evaluation.problems, [
    { reason: "a value that cannot be decoded", culprit: "1.3.6.0.2", index: "2" },
  ]);
});

Deno.test("evaluate reports a WALK that finds nothing, once", () => {
  for (const inputs of [[{}], [{}, 7], [{ 1: 1, 2: 2 }, {}]]) {
    const evaluation = run(inputs, "$1", "t.{$index}");
    assertEquals(values(evaluation), {});
    const culprit = `1.3.6.${inputs.length === 2 && inputs[1] !== 7 ? 1 : 0}`;
    assertEquals(evaluation.problems, [{ reason: "nothing below it", culprit }]);
  }
});

Deno.test("evaluate uses the index 0 without a WALK", () => {
  assertEquals(values(run([5], "$1", "t.{$index}")), { "t.0": 5 });
});

Deno.test("evaluate converts counters to rates, per OID and index", () => {
  const rates = new CounterRate();
  const poll = (counts: Record<string, bigint>, at: number) =>
    run([{ 1: "lo", 2: "eth0" }, counts], "$2*8", "if.{$index}.{$1}", rates, at);
  assertEquals(problems(poll({ 1: 1000n, 2: 5000n }, 100)), {
    "first reading of a counter": ["1", "2"],
  });
  assertEquals(values(poll({ 1: 1000n, 2: 6000n }, 110)), { "if.1.lo": 0, "if.2.eth0": 800 });
  const back = poll({ 1: 1010n, 2: 10n }, 120);
  assertEquals(values(back), { "if.1.lo": 8 });
  assertEquals(problems(back), { "a counter went back": ["2"] });
  assertEquals(values(poll({ 1: 1010n, 2: 20n }, 130)), { "if.1.lo": 0, "if.2.eth0": 8 });
});

Deno.test("evaluate converts the counter of a GET once for all indexes of a WALK", () => {
  const rates = new CounterRate();
  const poll = (total: bigint, at: number) =>
    run([{ 1: 1, 2: 2 }, total], "$2 / $1", "t.{$index}", rates, at);
  poll(1000n, 0);
  assertEquals(values(poll(3000n, 1)), { "t.1": 2000, "t.2": 1000 });
});

Deno.test("evaluate converts a counter that a sensor has twice", () => {
  const rates = new CounterRate();
  const sensor = parseSensor({
    oids: [1, 2].map(() => ({ oid: "1.3.6.1", fetch_method: "get" })),
    expression: "$1 + $2",
    output_path: "a",
  });
  const poll = (counts: Inputs, at: number) =>
    evaluate(
      sensor,
      samplesOf(counts, at),
      (key, _oid, count, at) => rates.read(key, count, at),
      () => undefined,
    );
  poll([0n, 0n], 0);
  assertEquals(values(poll([10n, 10n], 10)), { a: 2 });
});

Deno.test("evaluate accepts texts that are numbers, and refuses other texts in an expression", () => {
  assertEquals(values(run(["0.15", " 7 "], "$1 * 100 + $2", "load")), { load: 22 });
  for (const text of ["", "up", "1,5", "0x10", "Infinity", "12 V"]) {
    const { problems: [problem] } = run([text], "$1", "a");
    assertEquals(problem?.reason, "not a number");
    assertEquals(problem?.culprit, `1.3.6.0 is "${text}"`);
  }
  const shown = (text: string) => run([{ 7: text }], "$1", "a").problems[0]?.culprit;
  assertEquals(shown("up\n\x1b[31m"), '1.3.6.0.7 is "up\\n\\u001b[31m"');
  assertEquals(shown("long ".repeat(100)), `1.3.6.0.7 is "${"long ".repeat(8)}…"`);
});

Deno.test("evaluate puts texts into the path", () => {
  assertEquals(values(run([60_000, "asdf.QWER"], "$1", "t.{$2}.aaa{$2}bbb")), {
    "t.asdf-QWER.aaaasdf-QWERbbb": 60_000,
  });
  assertEquals(values(run([12.5], "$1", "v.{$1}")), { "v.12-5": 12.5 });
});

Deno.test("evaluate gives no value for a division by zero", () => {
  const evaluation = run([{ 1: 5, 2: 0, 3: 5 }, { 1: 0, 2: 0, 3: 1 }], "$1 / $2", "t.{$index}");
  assertEquals(values(evaluation), { "t.3": 5 });
  assertEquals(problems(evaluation), { "the expression has no result": ["1", "2"] });
});

Deno.test("evaluate keeps the first of several indexes with the same path", () => {
  const evaluation = run([{ 1: 10, 2: 20 }], "$1", "same");
  assertEquals(values(evaluation), { same: 10 });
  assertEquals(problems(evaluation), { "the same path as another index": ["2"] });
});

Deno.test("evaluate gives no value for an index whose text leaves a segment of the path empty", () => {
  const evaluation = run([{ 1: "eth0", 2: "", 3: " " }, { 1: 1, 2: 2, 3: 3 }], "$2", "t.{$1}.x");
  assertEquals(values(evaluation), { "t.eth0.x": 1 });
  assertEquals(problems(evaluation), { "an empty text in the output path": ["2", "3"] });
  assertEquals(values(run([{ 2: "" }], "2", "t{$1}.{$1}{$index}")), { "t.2": 2 });
});

Deno.test("evaluate leaves a path to another sensor that has it", () => {
  const evaluation = run([{ 1: "of", 2: "mine" }, { 1: 1, 2: 2 }], "$2", "{$1}.another");
  assertEquals(values(evaluation), { "mine.another": 2 });
  assertEquals(evaluation.problems, [
    { reason: "the same path as another sensor", culprit: '"other" (id 2)', index: "1" },
  ]);
});
