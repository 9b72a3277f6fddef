import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { HealthReport } from "../../src/bot/health.ts";
import { HealthReporter } from "../../src/bot/health_reporter.ts";
import type { CollectorStats } from "../../src/collector/stats.ts";

function statsWith(values: Partial<CollectorStats["values"]>): CollectorStats {
  return {
    jobs: { known: 1, running: 0, waiting: 0, failing: 0 },
    runs: { ok: 1, failed: 0, skipped: 0, timedOut: 0 },
    lateness: { p50: 0, p99: 0, max: 0 },
    refresh: { ok: true, at: 1000, error: null },
    values: { sent: 0, refused: 0, dropped: 0, waiting: 0, place: "memory", ...values },
    problems: [],
  };
}

/** Calls `use` with a reporter and returns its last report. */
async function reportOf(
  use: (reporter: HealthReporter, setTime: (seconds: number) => void) => void,
): Promise<HealthReport> {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "health.json");
    let now = 1000;
    {
      await using reporter = new HealthReporter({
        file,
        name: "mybot",
        log: {
          warn: (message) => {
            throw new Error(message);
          },
        },
        now: () => now * 1000,
      });
      use(reporter, (seconds) => now = seconds);
    }
    assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), ["health.json"]);
    return JSON.parse(await Deno.readTextFile(file));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("HealthReporter reports that the bot has stopped", async () => {
  const report = await reportOf((_reporter, setTime) => setTime(1060));
  assertEquals(report.state, "stopped");
  assertEquals([report.startedAt, report.at], [1000, 1060]);
  assertEquals(report.stats, null);
});

Deno.test("HealthReporter reports the last error, and when values were delivered or dropped", async () => {
  const report = await reportOf((reporter, setTime) => {
    reporter.onRecord({ time: new Date(), level: "info", message: "waiting for the token" });
    const values = { sent: 1, waiting: 5, dropped: 2 };
    reporter.onCollecting({ jobsRefreshInterval: 120, stats: () => statsWith(values) });
    reporter.onRecord({ time: new Date(), level: "info", message: "all is well" });
    reporter.onRecord({ time: new Date(), level: "warn", jobId: "7", message: "a device is away" });
    reporter.onRecord({ time: new Date(), level: "warn", message: "Grafolean is away" });
    setTime(1100);
  });
  assertEquals(report.lastError, "Grafolean is away");
  assertEquals(report.deliveredAt, 1000);
  assertEquals(report.droppedAt, 1000);
  assertEquals(report.at, 1100);
});

Deno.test("HealthReporter warns once if it cannot write", async () => {
  const warnings: string[] = [];
  {
    await using reporter = new HealthReporter({
      file: join("no", "such", "folder", "health.json"),
      name: "mybot",
      log: { warn: (message) => warnings.push(message) },
    });
    reporter.onCollecting({ jobsRefreshInterval: 120, stats: () => statsWith({}) });
  }
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, "HEALTH_FILE");
});
