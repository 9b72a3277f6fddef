import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type HealthReport, healthStatus, readHealth } from "../../src/bot/health.ts";
import type { CollectorStats } from "../../src/collector/stats.ts";

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
    values: { sent: 100, refused: 0, dropped: 0, waiting: 0, place: "memory", ...changes.values },
    problems: [],
  };
}

function statusOf(changes: Partial<HealthReport>): [boolean, string] {
  const { ok, line } = healthStatus({
    name: "mybot",
    pid: 1,
    startedAt: NOW - 1000,
    at: NOW - 5,
    state: "collecting",
    jobsRefreshInterval: 120,
    deliveredAt: NOW - 5,
    droppedAt: null,
    lastError: null,
    stats: stats(),
    ...changes,
  }, NOW);
  return [ok, line];
}

Deno.test("healthStatus is ok for a bot that collects and delivers", () => {
  assertEquals(statusOf({}), [
    true,
    "mybot is healthy: 12 jobs, 3 running, 2 failing, 100 values sent, 0 waiting",
  ]);
});

Deno.test("healthStatus gives a bot a minute to start, then reports what it waits for", () => {
  const waiting = { state: "waiting", stats: null, lastError: "Grafolean is away" } as const;
  assertEquals(statusOf({ ...waiting, startedAt: NOW - 59 }), [true, "mybot is starting"]);
  assertEquals(statusOf({ ...waiting, startedAt: NOW - 90 }), [
    false,
    "mybot is unhealthy: waiting for 90 s: Grafolean is away",
  ]);
});

Deno.test("healthStatus distinguishes a bot that hangs from one that stopped", () => {
  assertEquals(statusOf({ at: NOW - 35 })[0], true);
  const [ok, line] = statusOf({ at: NOW - 36 });
  assertEquals(ok, false);
  assertStringIncludes(line, "no heartbeat for 36 s");
  assertEquals(statusOf({ state: "stopped", at: NOW - 999 }), [
    false,
    "mybot is unhealthy: stopped",
  ]);
});

Deno.test("healthStatus reports why the jobs are not refreshed", () => {
  const refused = stats({ refresh: { ok: false, error: "Grafolean does not know the token" } });
  assertEquals(statusOf({ stats: refused }), [
    false,
    "mybot is unhealthy: cannot refresh its jobs: Grafolean does not know the token",
  ]);
  const stuck = stats({ refresh: { at: NOW - 421 } });
  assertEquals(statusOf({ stats: stuck })[0], false);
  assertEquals(statusOf({ stats: stats({ refresh: { at: NOW - 419 } }) })[0], true);
});

Deno.test("healthStatus reports waiting values if none was delivered for a minute", () => {
  const waiting = stats({ values: { waiting: 7 } });
  assertEquals(statusOf({ stats: waiting, deliveredAt: NOW - 60 })[0], true);
  assertEquals(statusOf({ stats: waiting, deliveredAt: NOW - 61, lastError: "refused" }), [
    false,
    "mybot is unhealthy: 7 values waiting, none delivered for 61 s: refused",
  ]);
});

Deno.test("healthStatus reports dropped values for ten minutes", () => {
  const dropped = stats({ values: { dropped: 5 } });
  assertEquals(statusOf({ stats: dropped, droppedAt: NOW - 599 }), [
    false,
    "mybot is unhealthy: 5 values dropped as too many were waiting",
  ]);
  assertEquals(statusOf({ stats: dropped, droppedAt: NOW - 600 })[0], true);
});

Deno.test("readHealth reports a missing and an unknown file", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "health.json");
    assertStringIncludes((await readHealth(file)).line, "does not exist");
    await Deno.writeTextFile(file, "null");
    const { ok, line } = await readHealth(file);
    assertEquals(ok, false);
    assertStringIncludes(line, "not a HEALTH_FILE");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
