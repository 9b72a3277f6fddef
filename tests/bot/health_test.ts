import { assertEquals, assertStringIncludes } from "@std/assert";
import type { CollectorStats } from "../../src/collector/stats.ts";
import { type HealthReport, judgeHealth } from "../../src/bot/health.ts";

const NOW = 1_000_000;

function stats(changes: {
  readonly refresh?: Partial<CollectorStats["refresh"]>;
  readonly values?: Partial<CollectorStats["values"]>;
} = {}): CollectorStats {
  return {
    jobs: { known: 12, running: 3, waiting: 0, failing: 2 },
    runs: { ok: 1, failed: 0, skipped: 0, timedOut: 0 },
    lateness: { p50: 0, p99: 0, max: 0 },
    refresh: { ok: true, at: NOW - 20, error: null, ...changes.refresh },
    values: { sent: 100, rejected: 0, dropped: 0, waiting: 0, place: "memory", ...changes.values },
  };
}

function judge(changes: Partial<HealthReport>): [boolean, string] {
  const { ok, line } = judgeHealth({
    name: "mybot",
    pid: 1,
    startedAt: NOW - 1000,
    at: NOW - 5,
    state: "collecting",
    jobsRefreshInterval: 120,
    deliveredAt: NOW - 5,
    droppedAt: null,
    complaint: null,
    stats: stats(),
    ...changes,
  }, NOW);
  return [ok, line];
}

Deno.test("judgeHealth finds a bot well that collects and delivers", () => {
  assertEquals(judge({}), [
    true,
    "mybot: well; 12 jobs, 3 running, 2 failing, 100 values sent, 0 waiting",
  ]);
});

Deno.test("judgeHealth gives a bot a minute to start, and says then what it waits for", () => {
  const waiting = { state: "waiting", stats: null, complaint: "Grafolean is away" } as const;
  assertEquals(judge({ ...waiting, startedAt: NOW - 59 }), [true, "mybot: starting"]);
  assertEquals(judge({ ...waiting, startedAt: NOW - 90 }), [
    false,
    "mybot: waiting for 90 s: Grafolean is away",
  ]);
});

Deno.test("judgeHealth tells a bot that hangs from one that has ended", () => {
  assertEquals(judge({ at: NOW - 35 })[0], true);
  const [ok, line] = judge({ at: NOW - 36 });
  assertEquals(ok, false);
  assertStringIncludes(line, "36 s");
  assertEquals(judge({ state: "ended", at: NOW - 999 }), [false, "mybot: the bot has ended"]);
});

Deno.test("judgeHealth says why the jobs are not known", () => {
  const refused = stats({ refresh: { ok: false, error: "Grafolean does not know the token" } });
  assertEquals(judge({ stats: refused }), [
    false,
    "mybot: it cannot find out which jobs there are: Grafolean does not know the token",
  ]);
  const stuck = stats({ refresh: { at: NOW - 421 } });
  assertEquals(judge({ stats: stuck })[0], false);
  assertEquals(judge({ stats: stats({ refresh: { at: NOW - 419 } }) })[0], true);
});

Deno.test("judgeHealth minds values that wait only when none is delivered for a minute", () => {
  const waiting = stats({ values: { waiting: 7 } });
  assertEquals(judge({ stats: waiting, deliveredAt: NOW - 60 })[0], true);
  assertEquals(judge({ stats: waiting, deliveredAt: NOW - 61, complaint: "refused" }), [
    false,
    "mybot: 7 values wait, none was delivered for 61 s: refused",
  ]);
});

Deno.test("judgeHealth remembers for ten minutes that values were dropped", () => {
  const dropped = stats({ values: { dropped: 5 } });
  assertEquals(judge({ stats: dropped, droppedAt: NOW - 599 }), [
    false,
    "mybot: 5 values were dropped because too many waited",
  ]);
  assertEquals(judge({ stats: dropped, droppedAt: NOW - 600 })[0], true);
});
