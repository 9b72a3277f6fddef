import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { validateJob } from "../../src/jobs/validate_job.ts";

const good = { jobId: "a", intervals: [60], performJob: () => {}, jobParams: {} };

function problemOf(job: unknown): string | undefined {
  const check = validateJob(job);
  return "problem" in check ? check.problem : undefined;
}

Deno.test("validateJob accepts jobs that can be scheduled", () => {
  for (
    const job of [
      good,
      { ...good, intervals: [] },
      { ...good, intervals: [1] },
      { ...good, intervals: [1_000_000_000] },
      { ...good, intervals: [2_147_483_647] },
      { ...good, intervals: [60, 60, 300] },
      { ...good, timeout: 0.5, startTs: 1_795_451_772.25 },
      { ...good, startTs: 0 },
      { ...good, jobParams: undefined },
      { ...good, timeout: undefined, startTs: undefined, firstRun: undefined },
      { ...good, firstRun: "slot" },
      { ...good, firstRun: "soon", startTs: 0 },
    ]
  ) assertEquals(problemOf(job), undefined);
});

const bad: [string, unknown, RegExp][] = [
  ["no value", undefined, /must be an object, not missing/],
  ["null", null, /must be an object, not null/],
  ["no id", { ...good, jobId: undefined }, /"jobId" is missing/],
  ["an empty id", { ...good, jobId: "" }, /"jobId" is an empty string/],
  ["a number as id", { ...good, jobId: 5 }, /"jobId" is 5: give each job a string/],
  ["no intervals", { ...good, intervals: undefined }, /"intervals" is missing: give a list/],
  ["a number as intervals", { ...good, intervals: 60 }, /"intervals" is 60: give a list/],
  ["a hole in its intervals", { ...good, intervals: new Array(1) }, /has missing in it/],
  ["interval 0", { ...good, intervals: [60, 0] }, /has 0 in it: give whole seconds above 0/],
  ["a negative interval", { ...good, intervals: [-5] }, /has -5 in it/],
  ["a fractional interval", { ...good, intervals: [1.5] }, /has 1\.5 in it/],
  ["interval NaN", { ...good, intervals: [NaN] }, /has NaN in it/],
  ["interval Infinity", { ...good, intervals: [Infinity] }, /has Infinity in it/],
  ["a string as interval", { ...good, intervals: ["60"] }, /has the string "60" in it/],
  ["a bigint as interval", { ...good, intervals: [60n] }, /has a bigint in it/],
  [
    "an interval of more than 68 years",
    { ...good, intervals: [2_147_483_648] },
    /at most 2147483647 seconds, which is about 68/,
  ],
  ["no function", { ...good, performJob: undefined }, /"performJob" is missing/],
  ["a string as function", { ...good, performJob: "run" }, /"performJob" is the string "run"/],
  ["timeout 0", { ...good, timeout: 0 }, /"timeout" is 0: give seconds above 0/],
  ["timeout NaN", { ...good, timeout: NaN }, /"timeout" is NaN/],
  ["timeout Infinity", { ...good, timeout: Infinity }, /"timeout" is Infinity/],
  ["timeout null", { ...good, timeout: null }, /"timeout" is null/],
  ["startTs -1", { ...good, startTs: -1 }, /"startTs" is -1/],
  ["startTs as a string", { ...good, startTs: "now" }, /"startTs" is the string "now"/],
  [
    "another firstRun",
    { ...good, firstRun: "never" },
    /"firstRun" is the string "never": give "soon"/,
  ],
  ["startTs in milliseconds", { ...good, startTs: 1_795_451_772_000 }, /looks like milliseconds/],
];

for (const [name, job, expected] of bad) {
  Deno.test(`validateJob refuses a job with ${name}`, () => {
    assertMatch(problemOf(job) ?? "nothing", expected);
  });
}

Deno.test("validateJob refuses objects that cannot be read", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = {
    get jobId(): string {
      throw new Error("no");
    },
  };
  for (const job of [proxy, throwing, { ...good, intervals: proxy }]) {
    assertMatch(problemOf(job) ?? "nothing", /cannot be read/);
  }
});

Deno.test("validateJob never throws", () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });
  const job = fc.record({
    jobId: fc.oneof(fc.string(), anything),
    intervals: fc.oneof(fc.array(fc.oneof(fc.integer({ min: 1 }), anything)), anything),
    performJob: fc.oneof(fc.func(fc.integer()), anything),
    timeout: anything,
    startTs: anything,
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(anything, job), (value) => {
    const problem = problemOf(value);
    assert(problem === undefined || problem.length > 10);
  }));
});

Deno.test("validateJob copies a job, sorts its intervals and sets its timeout", () => {
  const source = { ...good, intervals: [300, 60, 300] };
  const check = validateJob(source);
  assert("job" in check);
  assertEquals(check.job.intervals, [60, 300]);
  assertEquals(check.job.timeout, 60);
  assert(check.job.source === source && check.job.jobParams === source.jobParams);

  for (const [intervals, timeout] of [[[1], 60], [[600, 300], 300]] as const) {
    const check = validateJob({ ...good, intervals });
    assert("job" in check);
    assertEquals(check.job.timeout, timeout);
  }
});

Deno.test("validateJob returns the id and the name of a refused job", () => {
  const check = validateJob({ ...good, name: "kitchen", intervals: [0] });
  assert("problem" in check);
  assertEquals([check.jobId, check.name], ["a", "kitchen"]);
});
