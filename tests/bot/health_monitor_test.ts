import { assertEquals } from "@std/assert";
import { HealthMonitor } from "../../src/bot/health_monitor.ts";
import { type CollectorStats, NO_STATS } from "../../src/collector/stats.ts";

const START = 1_000_000;

function stats(changes: {
  readonly refresh?: Partial<CollectorStats["refresh"]>;
  readonly values?: Partial<CollectorStats["values"]>;
} = {}): CollectorStats {
  return {
    ...NO_STATS,
    jobs: { known: 12, running: 3, waiting: 0, failing: 2 },
    refresh: { ok: true, at: START, error: null, ...changes.refresh },
    values: { ...NO_STATS.values, sent: 100, ...changes.values },
  };
}

/** A monitor of a bot that has just started. */
function monitor() {
  const it = new HealthMonitor({ name: "mybot", startedAt: START, jobsRefreshInterval: 120 });
  return {
    log: (level: "info" | "warn", message: string, jobId?: string) =>
      it.onRecord({ time: new Date(), level, message, ...(jobId && { jobId }) }),
    /** The status so many seconds after the start. */
    at(seconds: number, stats: CollectorStats | null): [boolean, string] {
      const { ok, line } = it.status(stats, START + seconds);
      return [ok, line];
    },
  };
}

Deno.test("HealthMonitor reports a bot that collects and delivers as healthy", () => {
  assertEquals(monitor().at(5, stats()), [
    true,
    "mybot is healthy: 12 jobs, 3 running, 2 failing, 100 values sent, 0 waiting",
  ]);
});

Deno.test("HealthMonitor gives a bot a minute to start, then reports what it waits for", () => {
  const it = monitor();
  it.log("warn", "Grafolean is away");
  assertEquals(it.at(59, null), [true, "mybot is starting"]);
  assertEquals(it.at(90, null), [
    false,
    "mybot is unhealthy: waiting for 90 s: Grafolean is away",
  ]);
  assertEquals(it.at(95, stats({ refresh: { ok: null, at: null } })), [true, "mybot is starting"]);
});

Deno.test("HealthMonitor reports why the jobs are not refreshed", () => {
  const it = monitor();
  const refused = stats({ refresh: { ok: false, error: "Grafolean does not know the token" } });
  assertEquals(it.at(5, refused), [
    false,
    "mybot is unhealthy: cannot refresh its jobs: Grafolean does not know the token",
  ]);
  assertEquals(it.at(420, stats())[0], true);
  assertEquals(it.at(421, stats()), [false, "mybot is unhealthy: jobs not refreshed for 421 s"]);
});

Deno.test("HealthMonitor reports waiting values if none was delivered for a minute", () => {
  const it = monitor();
  it.at(0, stats());
  const waiting = stats({ values: { waiting: 7 } });
  it.log("info", "all is well");
  it.log("warn", "a device is away", "7");
  it.log("warn", "Cannot deliver values of account 1: refused; 3 waiting in memory");
  assertEquals(it.at(60, waiting)[0], true);
  assertEquals(it.at(61, waiting), [
    false,
    // Not with the number of the moment when it was logged.
    "mybot is unhealthy: 7 values waiting, none delivered for 61 s: Cannot deliver values of account 1: refused",
  ]);
  assertEquals(it.at(70, stats({ values: { sent: 101, waiting: 6 } }))[0], true);
});

Deno.test("HealthMonitor forgets what was logged before an outage ended", () => {
  const it = monitor();
  it.log("warn", "Grafolean is away");
  it.at(0, stats());
  assertEquals(it.at(421, stats({ values: { waiting: 1 } })), [
    false,
    "mybot is unhealthy: jobs not refreshed for 421 s",
  ]);
});

Deno.test("HealthMonitor forgets why the bot waited once it collects", () => {
  const it = monitor();
  it.log("warn", "Grafolean is away");
  const first = stats({ refresh: { ok: null, at: null } });
  it.at(5, first);
  assertEquals(it.at(421, first), [false, "mybot is unhealthy: jobs not refreshed for 421 s"]);
});

Deno.test("HealthMonitor counts the minute from when values began to wait", () => {
  const it = monitor();
  const refresh = { at: START + 600 };
  for (const seconds of [10, 600]) it.at(seconds, stats({ refresh }));
  const waiting = stats({ refresh, values: { waiting: 7 } });
  assertEquals(it.at(660, waiting)[0], true);
  assertEquals(it.at(661, waiting)[0], false);
});

Deno.test("HealthMonitor reports dropped values for ten minutes", () => {
  const it = monitor();
  const dropped = (seconds: number) =>
    stats({ values: { dropped: 5 }, refresh: { at: START + seconds } });
  assertEquals(it.at(100, dropped(100)), [
    false,
    "mybot is unhealthy: 5 values dropped as too many were waiting",
  ]);
  assertEquals(it.at(699, dropped(699))[0], false);
  assertEquals(it.at(700, dropped(700))[0], true);
});
