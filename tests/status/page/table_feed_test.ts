import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CollectorObserver, Inspection, JobState } from "../../../src/collector/inspection.ts";
import { JobTable } from "../../../src/status/page/job_table.ts";
import { TableFeed } from "../../../src/status/page/table_feed.ts";
import type { RowsEvent } from "../../../src/status/page/wire.ts";
import { FakeTurns } from "../../turns.ts";

/** A collector with so many jobs, each look at one of which takes a little time. */
class FakeInspection implements Inspection {
  readonly turns: FakeTurns;
  count: number;
  nextRun = 1000;
  prefix = "job";
  observer: CollectorObserver = {};

  constructor(turns: FakeTurns, count: number) {
    this.turns = turns;
    this.count = count;
  }

  observe(observer: CollectorObserver): () => void {
    this.observer = observer;
    return () => {};
  }

  *jobs(): Generator<JobState> {
    for (let index = 0; index < this.count; index++) {
      this.turns.work(0.01);
      const rest = { name: undefined, intervals: [60], state: "idle", entityIds: [] } as const;
      yield { jobId: `${this.prefix}-${index}`, nextRun: this.nextRun + index, ...rest };
    }
  }

  devices(): [] {
    return [];
  }

  problems(): [] {
    return [];
  }
}

function feedOf(inspection: Inspection): TableFeed {
  return new TableFeed({ inspection, table: new JobTable(inspection), redact: (text) => text });
}

async function since(feed: TableFeed, version: number): Promise<RowsEvent[]> {
  return await Array.fromAsync(feed.since(version));
}

Deno.test("TableFeed holds the event loop for no longer than a turn, with 10,000 jobs", async () => {
  using turns = new FakeTurns();
  const feed = feedOf(new FakeInspection(turns, 10_000));
  await feed.update();
  assert(turns.longest() < 10, `${turns.longest()} ms`);
  const chunks = await since(feed, 0);
  assertEquals(chunks.flatMap(({ rows }) => rows).length, 10_000);
  assert(chunks.every(({ rows, jobs }) => rows.length <= 200 && jobs.length <= 200));
});

Deno.test("TableFeed gives what has changed since a version, however old that is", async () => {
  using turns = new FakeTurns();
  const inspection = new FakeInspection(turns, 3);
  const feed = feedOf(inspection);
  await feed.update();
  const first = feed.version;
  assertEquals(await since(feed, first), []);
  inspection.observer.onRun?.({
    jobId: "job-1",
    outcome: "ok",
    startedAt: 1,
    seconds: 2,
    lateness: 0,
    error: undefined,
  });
  await feed.update();
  const second = feed.version;
  inspection.count = 1;
  inspection.nextRun = 2000;
  feed.onRefresh();
  await feed.update();
  assertEquals(
    (await since(feed, second)).map(({ jobs, removed }) => [jobs.map(({ job }) => job), removed]),
    [[["job-0"], ["job job-1", "job job-2"]]],
  );
  assertEquals((await since(feed, first)).length, 1);
  const [all] = await since(feed, 0);
  assertEquals([all?.rows.length, all?.jobs.length, all?.removed], [1, 1, []]);
});

Deno.test("TableFeed remembers so many removed rows, and refuses whoever is further behind", async () => {
  using turns = new FakeTurns();
  const inspection = new FakeInspection(turns, 15_000);
  const feed = feedOf(inspection);
  await feed.update();
  const version = feed.version;
  inspection.count = 0;
  feed.onRefresh();
  await feed.update();
  assertEquals((await since(feed, version)).flatMap(({ removed }) => removed).length, 15_000);
  const later = feed.version;
  for (const count of [15_000, 0]) {
    inspection.prefix = "other";
    inspection.count = count;
    feed.onRefresh();
    await feed.update();
  }
  await assertRejects(() => since(feed, version), Error, "too far behind");
  assertEquals((await since(feed, later)).flatMap(({ removed }) => removed).length, 15_000);
});

Deno.test("JobTable keeps so many values of a job, the latest ones", () => {
  using turns = new FakeTurns();
  const inspection = new FakeInspection(turns, 1);
  using table = new JobTable(inspection);
  const points = Array.from({ length: 5000 }, (_, index) => ({ p: `path-${index}`, v: index }));
  inspection.observer.onValues?.("job-0", 1, points);
  inspection.observer.onValues?.("job-0", 1, [{ p: "one more", v: "1".repeat(1000) }]);
  const values = table.get("job-0")!.values;
  assertEquals(values.size, 200);
  assertEquals(values.get("one more")?.value, "1".repeat(40));
  assertEquals([...values.keys()].at(0), "path-4801");
  for (let job = 1; job < 10_000; job++) inspection.observer.onValues?.(`job-${job}`, 1, points);
  assertEquals(table.get("job-9999")?.values.size, 20);
});

Deno.test("JobTable forgets the jobs that are gone", async () => {
  using turns = new FakeTurns();
  const inspection = new FakeInspection(turns, 1);
  using table = new JobTable(inspection);
  for (const jobId of ["job-0", "job-1"]) {
    inspection.observer.onValues?.(jobId, 1, [{ p: "a", v: 1 }]);
  }
  inspection.observer.onRefresh?.({ ok: true, seconds: 1 });
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve));
  assertEquals([table.get("job-0")?.values.size, table.get("job-1")], [1, undefined]);
});
