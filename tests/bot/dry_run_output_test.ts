import { assertEquals, assertStringIncludes } from "@std/assert";
import { resultsAsJson, resultsAsTable } from "../../src/bot/dry_run_output.ts";
import type { CollectedResults } from "../../src/delivery/collected_results.ts";

const RESULTS: CollectedResults = {
  jobId: "7",
  jobName: "kitchen",
  accountId: 12,
  time: 1_800_000_000.5,
  values: [{ p: "room.temperature", v: 21.5 }, { p: "room.id", v: "12345678901234567890" }],
  refused: [
    { p: "a b", v: NaN, reason: "not a path" },
    { p: "x", v: 5n, reason: "r" },
    { p: "x", v: { deep: 1 }, reason: "r" },
    { p: "x", v: () => 1, reason: "r" },
    { p: "x", v: Symbol("s"), reason: "r" },
    { p: "x", v: undefined, reason: "r" },
    { p: "x", v: null, reason: "r" },
    { p: "x", v: true, reason: "r" },
    { p: "x", v: "abc", reason: "r" },
  ],
};

Deno.test("resultsAsJson returns a line of JSON for each value", () => {
  const about = { accountId: 12, jobId: "7", jobName: "kitchen", t: 1_800_000_000.5 };
  assertEquals(resultsAsJson(RESULTS).map((line) => JSON.parse(line)), [
    { ...about, p: "room.temperature", v: 21.5 },
    { ...about, p: "room.id", v: "12345678901234567890" },
    { ...about, p: "a b", v: "NaN", refused: "not a path" },
    ...["5", "an object", "a function", "Symbol(s)", "undefined", null, true, "abc"].map((v) => ({
      ...about,
      p: "x",
      v,
      refused: "r",
    })),
  ]);
  const jobName = "\u009b31m \u202e\n ü";
  const [odd] = resultsAsJson({ ...RESULTS, jobName });
  // For the eyes of a person, and for a program.
  assertStringIncludes(odd!, '"\\u009b31m \\u202e\\n ü"');
  assertEquals(JSON.parse(odd!).jobName, jobName);
  const { jobName: _, ...nameless } = RESULTS;
  assertEquals(resultsAsJson(nameless)[0]?.includes("jobName"), false);
});

Deno.test("resultsAsTable aligns the values of all jobs and lists what was refused", () => {
  const { jobName: _, ...nameless } = RESULTS;
  const other = {
    ...nameless,
    jobId: "a\nb",
    accountId: 7,
    refused: [],
    values: [{ p: "x", v: 1 }],
  };
  assertEquals(resultsAsTable([{ ...RESULTS, refused: RESULTS.refused.slice(0, 2) }, other]), [
    "ACCOUNT  JOB                     VALUE  PATH",
    "7        a\\nb                        1  x",
    "12       kitchen                  21.5  room.temperature",
    "12       kitchen  12345678901234567890  room.id",
    'refused: "a b" = NaN (job kitchen (7)): not a path',
    'refused: "x" = 5 (job kitchen (7)): r',
  ]);
});

Deno.test("resultsAsTable sorts by device, and shows the ids where several jobs have one name", () => {
  const of = (jobId: string, jobName: string, accountId = 1) => ({
    ...RESULTS,
    jobId,
    jobName,
    accountId,
    values: [{ p: "x", v: 1 }],
    refused: [],
  });
  const results = [of("3", "kitchen"), of("4", "attic"), of("5", "kitchen"), of("6", "attic", 2)];
  assertEquals(resultsAsTable(results), [
    "ACCOUNT  DEVICE       VALUE  PATH",
    "1        attic            1  x",
    "1        kitchen (3)      1  x",
    "1        kitchen (5)      1  x",
    "2        attic            1  x",
  ]);
});

Deno.test("resultsAsTable reports that there are no values", () => {
  assertEquals(resultsAsTable([]), ["no values collected"]);
});

Deno.test("resultsAsJson and resultsAsTable show the own times of values", () => {
  const results: CollectedResults = {
    ...RESULTS,
    values: [{ p: "a", v: 1, t: 1_700_000_000.25 }, { p: "b", v: 22 }],
    refused: [
      { p: "c", v: 1, t: 1_700_000_000_123, reason: "milliseconds" },
      { p: "d", v: 1, t: "now", reason: "no number" },
    ],
  };
  assertEquals(resultsAsJson(results).map((line) => JSON.parse(line).t), [
    1_700_000_000.25,
    1_800_000_000.5,
    1_700_000_000_123,
    "now",
  ]);
  assertEquals(resultsAsTable([results]), [
    "ACCOUNT  DEVICE   TIME                      VALUE  PATH",
    "12       kitchen  2023-11-14T22:13:20.250Z      1  a",
    "12       kitchen                               22  b",
    'refused: "c" = 1 at 1700000000123 (job kitchen (7)): milliseconds',
    'refused: "d" = 1 at "now" (job kitchen (7)): no number',
  ]);
});
