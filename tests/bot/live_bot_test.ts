import { assertEquals } from "@std/assert";
import { LiveBot } from "../../src/bot/live_bot.ts";
import type { Collector } from "../../src/collector/collector.ts";
import { type CollectorStats, NO_STATS } from "../../src/collector/stats.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";

const START = 1_800_000_000;

/** The health of a bot that refreshes its jobs every two minutes, with a problem since it started to collect. */
function setUp() {
  const time = new VirtualTime(START);
  const log = createLogger(() => {});
  const bot = new LiveBot({
    name: "mybot",
    version: undefined,
    env: {},
    log,
    redact: (text) => text,
    jobsRefreshInterval: 120,
    problems: new ProblemLog(log),
  });
  const now = () => time.now() / 1000;
  const started = now();
  let refreshedAt = started;
  const stats = (): CollectorStats => ({
    ...NO_STATS,
    refresh: { ok: true, at: refreshedAt, error: null },
    values: { ...NO_STATS.values, waiting: 1, oldestAge: Math.max(0, now() - refreshedAt) },
    problems: [{
      key: "delivery",
      message: "Cannot deliver",
      level: "warn",
      kind: "problems",
      since: refreshedAt,
      times: 1,
    }],
  });
  return {
    time,
    // Nothing else of a collector is used.
    collect: () => bot.setCollector({ stats } as Collector),
    /** Everything that has a time is new. */
    refresh: () => refreshedAt = now(),
    line: () => bot.health().line.replace("mybot is ", ""),
    [Symbol.dispose]: () => {
      bot[Symbol.dispose]();
      time[Symbol.dispose]();
    },
  };
}

const HEALTHY = "healthy: 0 jobs, 0 running, 0 failing, 0 values sent, 1 waiting";

Deno.test("LiveBot finds a bot healthy whether its clock is set forward or back", async () => {
  using it = setUp();
  it.time.sleep(3600);
  assertEquals(it.line(), "starting");
  it.refresh();
  it.collect();
  assertEquals(it.line(), HEALTHY);
  await it.time.pass(20);
  for (const seconds of [3600, -3600, 7200, 60, -7260]) {
    it.refresh();
    await it.time.pass(20, 1000);
    it.time.sleep(seconds);
    await it.time.pass(20, 1000);
    assertEquals(it.line(), HEALTHY, `${seconds}`);
  }
});

Deno.test("LiveBot knows how long something lasts although the clock was set forward", async () => {
  using it = setUp();
  it.collect();
  await it.time.pass(40, 1000);
  it.time.sleep(3600);
  await it.time.pass(15, 1000);
  assertEquals(it.line(), HEALTHY);
  await it.time.pass(10, 1000);
  assertEquals(it.line(), "unhealthy: 1 value waiting, the oldest for 65 s: Cannot deliver");
});
