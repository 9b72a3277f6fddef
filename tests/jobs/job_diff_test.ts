import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { JobDiff } from "../../src/jobs/job_diff.ts";
import { validateJob, type ValidJob } from "../../src/jobs/validate_job.ts";

const performJob = () => {};
const job = (fields: object = {}) => ({
  jobId: "a",
  intervals: [60, 300],
  performJob,
  jobParams: { host: "10.0.0.1", ports: [1, 2] } as unknown,
  ...fields,
});

function scheduled(...jobs: object[]): Map<string, { job: ValidJob }> {
  return new Map(jobs.map((job) => {
    const check = validateJob(job);
    if ("problem" in check) throw new Error(check.problem);
    return [check.job.jobId, check];
  }));
}

/** The difference, with ids instead of jobs. */
function diff(wanted: Iterable<unknown>, before: ReadonlyMap<string, { job: ValidJob }>) {
  const diff = new JobDiff(before);
  for (const job of wanted) diff.add(job);
  const { added, changed, removed, unchanged, leftOut, refused } = diff;
  const ids = (jobs: readonly ValidJob[]) => jobs.map((job) => job.jobId);
  return {
    added: ids(added),
    changed: ids(changed),
    removed,
    unchanged,
    leftOut: ids(leftOut),
    refused,
  };
}

const nothing = { added: [], changed: [], removed: [], unchanged: 0, leftOut: [], refused: [] };

Deno.test("JobDiff tells added, removed and unchanged jobs apart", () => {
  const wanted = [job({ jobId: "new" }), job({ jobId: "kept" })];
  const before = scheduled(job({ jobId: "gone" }), job({ jobId: "kept" }));
  assertEquals(diff(wanted, before), {
    ...nothing,
    added: ["new"],
    unchanged: 1,
    removed: ["gone"],
  });
});

const cyclic: Record<string, unknown> = { n: 1 };
cyclic.self = cyclic;
const cyclicToo: Record<string, unknown> = { n: 1 };
cyclicToo.self = cyclicToo;

const nested = (levels: number): unknown => {
  let details: unknown = { snmp_index: "1" };
  for (let level = 0; level < levels; level++) details = { details };
  return details;
};

const same: [string, object, object][] = [
  ["equal params, nested very deep", { jobParams: nested(1e5) }, { jobParams: nested(1e5) }],
  ["equal params", {}, { jobParams: { host: "10.0.0.1", ports: [1, 2] } }],
  ["params in another order", {}, { jobParams: { ports: [1, 2], host: "10.0.0.1" } }],
  ["equal maps", { jobParams: new Map([["a", [1]]]) }, { jobParams: new Map([["a", [1]]]) }],
  ["equal sets", { jobParams: new Set([1, 2]) }, { jobParams: new Set([2, 1]) }],
  ["NaN", { jobParams: NaN }, { jobParams: NaN }],
  ["cycles", { jobParams: cyclic }, { jobParams: cyclicToo }],
  ["equal dates", { jobParams: new Date(5) }, { jobParams: new Date(5) }],
  ["intervals in another order", {}, { intervals: [300, 60, 300] }],
  ["another firstRun, as it has run before", {}, { firstRun: "slot" }],
  ["the default timeout", {}, { timeout: 60 }],
];

for (const [name, before, after] of same) {
  Deno.test(`JobDiff leaves a job alone: ${name}`, () => {
    assertEquals(diff([job(after)], scheduled(job(before))), { ...nothing, unchanged: 1 });
  });
}

const exotic = () => ({
  get port(): number {
    throw new Error("no");
  },
});

const different: [string, object, object][] = [
  ["a deep param", {}, { jobParams: { host: "10.0.0.1", ports: [1, 3] } }],
  ["an extra param", {}, { jobParams: { host: "10.0.0.1", ports: [1, 2], more: undefined } }],
  ["a number instead of a string", { jobParams: { n: 1 } }, { jobParams: { n: "1" } }],
  ["null instead of undefined", { jobParams: null }, { jobParams: undefined }],
  ["another date", { jobParams: new Date(5) }, { jobParams: new Date(6) }],
  ["another map", { jobParams: new Map([["a", 1]]) }, { jobParams: new Map([["a", 2]]) }],
  ["params that cannot be compared", { jobParams: exotic() }, { jobParams: exotic() }],
  ["another function", {}, { performJob: () => {} }],
  ["an extra interval", {}, { intervals: [60, 300, 3600] }],
  ["a missing interval", {}, { intervals: [60] }],
  ["another timeout", {}, { timeout: 10 }],
  ["another startTs", { startTs: 100 }, { startTs: 200 }],
  ["no startTs any more", { startTs: 100 }, {}],
  ["another name", { name: "kitchen" }, { name: "pantry" }],
];

for (const [name, before, after] of different) {
  Deno.test(`JobDiff replaces a job: ${name}`, () => {
    assertEquals(diff([job(after)], scheduled(job(before))), { ...nothing, changed: ["a"] });
  });
}

Deno.test("JobDiff keeps the first of two jobs with the same id and refuses the second", () => {
  const diff = new JobDiff(new Map());
  for (const intervals of [[10], [20]]) diff.add(job({ intervals }));
  assertEquals(diff.added.map(({ intervals }) => intervals), [[10]]);
  assertEquals(diff.refused.length, 1);
  assertStringIncludes(
    diff.refused[0]!,
    'A second job "a" is left out: give each job an id of its own',
  );
});

Deno.test("JobDiff refuses invalid jobs by name and keeps the others", () => {
  const wanted = [null, job({ jobId: "bad", intervals: [0] }), job({ jobId: "good" })];
  const { added, refused } = diff(wanted, new Map());
  assertEquals(added, ["good"]);
  assertEquals(refused.length, 2);
  assertMatch(refused[0] ?? "", /^Job number 1 of the list is left out: /);
  assertMatch(refused[1] ?? "", /^Job "bad" is left out: "intervals" has 0 in it/);
});

Deno.test("JobDiff removes a job that is no longer valid", () => {
  const { removed, refused } = diff([job({ intervals: [0] })], scheduled(job()));
  assertEquals([removed, refused.length], [["a"], 1]);
});

Deno.test("JobDiff leaves out a job without intervals, and removes it if it had some", () => {
  const wanted = [job({ intervals: [] }), job({ jobId: "b" })];
  assertEquals(diff(wanted, scheduled(job())), {
    ...nothing,
    added: ["b"],
    removed: ["a"],
    leftOut: ["a"],
  });
});

Deno.test("JobDiff names refused jobs by name and id", () => {
  const wanted = [
    job({ jobId: "1", name: "kitchen", intervals: [0] }),
    job({ jobId: "2", name: "pantry" }),
    job({ jobId: "2", name: "pantry" }),
    job({ jobId: "3", name: 5 }),
  ];
  assertEquals(
    diff(wanted, new Map()).refused.map((reason) => reason.replace(/ is left out.*/, "")),
    ['Job "kitchen (1)"', 'A second job "pantry (2)"', 'Job "3"'],
  );
});

Deno.test("JobDiff is not affected when a bot changes its own list of intervals", () => {
  const own = job({ intervals: [60] });
  const before = scheduled(own);
  own.intervals.push(300);
  assertEquals(diff([own], before), { ...nothing, changed: ["a"] });
});
