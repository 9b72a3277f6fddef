import { assertEquals } from "@std/assert";
import { HealthMonitor } from "../../src/bot/health_monitor.ts";
import { type CollectorStats, NO_STATS } from "../../src/collector/stats.ts";
import type { Problem } from "../../src/util/problem.ts";

const START = 1_000_000;

const HEALTHY = "12 jobs, 3 running, 2 failing, 100 values sent, 0 waiting";

function problem(key: string, message: string, changes: Partial<Problem> = {}): Problem {
  return { key, message, level: "warn", kind: "problems", since: START, times: 1, ...changes };
}

interface Changes {
  readonly refresh?: Partial<CollectorStats["refresh"]>;
  readonly values?: Partial<CollectorStats["values"]>;
  readonly problems?: readonly Problem[];
}

/** A monitor of a bot that has just started. */
function monitor() {
  const it = new HealthMonitor({ name: "mybot", startedAt: START, jobsRefreshInterval: 120 });
  return {
    /** The status of a bot that waits, so many seconds after the start. */
    waiting(seconds: number, ...problems: Problem[]): [boolean, string] {
      const { ok, line } = it.waiting(problems, START + seconds);
      return [ok, line];
    },
    /** The status of a bot that collects and has just refreshed its jobs. */
    at(seconds: number, { refresh, values, problems = [] }: Changes = {}): [boolean, string] {
      const { ok, line } = it.collecting({
        ...NO_STATS,
        jobs: { known: 12, running: 3, waiting: 0, failing: 2 },
        refresh: { ok: true, at: START + seconds, error: null, ...refresh },
        values: { ...NO_STATS.values, sent: 100, ...values },
        problems,
      }, START + seconds);
      return [ok, line];
    },
  };
}

const DROPPED = problem("dropped values", "Too many are waiting", { level: "error" });

const healthy = (line = HEALTHY): [boolean, string] => [true, `mybot is healthy: ${line}`];
const unhealthy = (cause: string): [boolean, string] => [false, `mybot is unhealthy: ${cause}`];

Deno.test("HealthMonitor reports a bot that collects and delivers as healthy", () => {
  assertEquals(monitor().at(5), healthy());
  const line = "12 jobs, 3 running, 2 failing, 88,615 values sent, 1,000 waiting";
  assertEquals(monitor().at(5, { values: { sent: 88_615, waiting: 1000 } }), healthy(line));
});

Deno.test("HealthMonitor gives a bot a minute to start, then reports what it waits for", () => {
  const it = monitor();
  const away = problem("Grafolean", "Grafolean is away");
  const file = problem("health file", "Cannot write HEALTH_FILE");
  assertEquals(it.waiting(59, file, away), [true, "mybot is starting: Grafolean is away"]);
  assertEquals(it.waiting(59), [true, "mybot is starting"]);
  assertEquals(it.waiting(90, away), unhealthy("waiting for 90 s: Grafolean is away"));
  assertEquals(it.waiting(90), unhealthy("waiting for 90 s"));
  assertEquals(it.at(95, { refresh: { ok: null, at: null } }), [true, "mybot is starting"]);
});

Deno.test("HealthMonitor reports why the jobs are not refreshed", () => {
  const it = monitor();
  const refused = { refresh: { ok: false, error: "Grafolean does not know the token" } };
  assertEquals(
    it.at(5, refused),
    unhealthy("cannot refresh its jobs: Grafolean does not know the token"),
  );
  const refresh = { at: START };
  assertEquals(it.at(420, { refresh }), healthy());
  assertEquals(it.at(421, { refresh }), unhealthy("jobs not refreshed for 7 min"));
});

Deno.test("HealthMonitor reports values that wait for more than a minute, while others are sent", () => {
  const it = monitor();
  const problems = [
    problem("failure", "a device is away", { scope: "job 7", level: "error" }),
    problem("delivery", "Cannot deliver values of account 1: refused", {
      scope: "account 1",
      since: START + 100,
    }),
  ];
  const at = (seconds: number, oldestAge: number) =>
    it.at(seconds, { values: { sent: seconds, waiting: 7, oldestAge }, problems });
  assertEquals(at(110, 60)[0], true);
  assertEquals(
    at(111, 61),
    unhealthy(
      "7 values waiting, the oldest for 61 s: Cannot deliver values of account 1: refused",
    ),
  );
  assertEquals(
    it.at(120, { values: { waiting: 7, oldestAge: 300 } }),
    unhealthy("7 values waiting, the oldest for 5 min"),
  );
  assertEquals(it.at(130), healthy());
});

Deno.test("HealthMonitor reports problems of the bot that last for more than a minute", () => {
  const counts: Record<string, Problem> = {
    "an error of the bot": problem("socket", "Cannot listen", { level: "error" }),
    "an error of an account": problem("x", "Account 1 fails", {
      level: "error",
      scope: "account 1",
    }),
    "the outbox file": problem("outbox file", "The outbox file cannot be written"),
    "the delivery of an account": problem("delivery", "Cannot PUT values", { scope: "account 1" }),
  };
  for (const [what, open] of Object.entries(counts)) {
    const it = monitor();
    assertEquals(it.at(60, { problems: [open] }), healthy(), what);
    assertEquals(it.at(61, { problems: [open] }), unhealthy(open.message), what);
    assertEquals(it.at(62), healthy(), what);
  }
  const others = [
    problem("entities", "It may not write the entities", { scope: "account 1" }),
    problem("failure", "no answer", { scope: "job 7", level: "error" }),
  ];
  assertEquals(monitor().at(61, { problems: others }), healthy());
});

Deno.test("HealthMonitor reports the worst of several problems", () => {
  const it = monitor();
  const problems = [
    problem("socket", "Cannot listen", { level: "error" }),
    problem("outbox file", "The outbox file cannot be written", { level: "error" }),
  ];
  const refresh = { ok: false, error: "no answer" };
  const values = { waiting: 7, oldestAge: 300 };
  const file = "The outbox file cannot be written";
  assertEquals(it.at(100, { problems, refresh, values }), unhealthy(file));
  problems.pop();
  const failed = "cannot refresh its jobs: no answer";
  assertEquals(it.at(100, { problems, refresh, values }), unhealthy(failed));
  const wait = "7 values waiting, the oldest for 5 min";
  assertEquals(it.at(100, { problems, values }), unhealthy(wait));
  assertEquals(it.at(100, { problems }), unhealthy("Cannot listen"));
  // A loss is worse than its cause, which is named too.
  assertEquals(
    it.at(110, { problems: [DROPPED], refresh, values: { ...values, dropped: 5 } }),
    unhealthy(`5 values dropped as too many were waiting: ${failed}`),
  );
});

Deno.test("HealthMonitor reports dropped values while that is a problem", () => {
  const it = monitor();
  const values = { dropped: 5 };
  const lost = unhealthy("5 values dropped as too many were waiting");
  assertEquals(it.at(1, { problems: [DROPPED], values }), lost);
  assertEquals(it.at(601, { problems: [DROPPED], values }), lost);
  assertEquals(it.at(602, { values }), healthy());
});

Deno.test("HealthMonitor notes refused values, and reports them if most values of ten minutes are", () => {
  const it = monitor();
  const at = (seconds: number, refused: number) => it.at(seconds, { values: { refused } });
  assertEquals(at(100, 100), healthy(`${HEALTHY}, 100 refused in the last 10 minutes`));
  assertEquals(
    at(200, 101),
    unhealthy(
      "101 of 201 values refused in the last 10 minutes: the log names their paths and the reasons",
    ),
  );
  // None was sent meanwhile.
  assertEquals(
    at(799, 101),
    unhealthy(
      "1 of 1 values refused in the last 10 minutes: the log names their paths and the reasons",
    ),
  );
  assertEquals(at(800, 101), healthy());
});

Deno.test("HealthMonitor notes quarantined values, and reports them after ten minutes", () => {
  const it = monitor();
  const problems = [
    problem("quarantine", "Grafolean fails with 500 on a.b", { scope: "account 1" }),
  ];
  const values = { waiting: 15, quarantined: 12, oldestAge: 5000 };
  const noted = healthy(
    "12 jobs, 3 running, 2 failing, 100 values sent, 15 waiting, 12 quarantined",
  );
  assertEquals(it.at(600, { problems, values }), noted);
  assertEquals(it.at(601, { problems, values }), unhealthy("Grafolean fails with 500 on a.b"));
  // What was quarantined may be dropped.
  assertEquals(it.at(602, { problems }), healthy());
});
