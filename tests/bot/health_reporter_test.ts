import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type HealthReport, readHealth } from "../../src/bot/health.ts";
import { HealthReporter } from "../../src/bot/health_reporter.ts";
import { LiveBot } from "../../src/bot/live_bot.ts";
import type { Collector } from "../../src/collector/collector.ts";
import { type CollectorStats, NO_STATS } from "../../src/collector/stats.ts";
import { createLogger } from "../../src/util/log.ts";
import type { Problem } from "../../src/util/problem.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";

const START = 1_000_000;

const OF_BOT: Problem = {
  key: "refresh",
  message: "Cannot refresh the jobs",
  level: "warn",
  kind: "problems",
  since: START,
  times: 1,
};
const OF_ACCOUNT: Problem = { ...OF_BOT, scope: "account 7" };
const OF_JOB: Problem = { ...OF_BOT, key: "failure", message: "no answer", scope: "job 7" };

/** A `HEALTH_FILE` in an empty folder. */
async function healthFile() {
  const dir = await Deno.makeTempDir();
  const path = join(dir, "health.json");
  return {
    path,
    dir,
    read: async (): Promise<HealthReport> => JSON.parse(await Deno.readTextFile(path)),
    write: (report: unknown) => Deno.writeTextFile(path, JSON.stringify(report)),
    status: async () => {
      const { ok, line } = await readHealth(path);
      return [ok, line];
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

function reporter(file: string, logged: string[] = []) {
  const log = createLogger(({ level, message }) => {
    if (level !== "debug") logged.push(message);
  });
  const problems = new ProblemLog(log);
  const bot = new LiveBot({
    name: "mybot",
    version: undefined,
    env: {},
    log,
    redact: (text) => text,
    jobsRefreshInterval: 120,
    problems,
  });
  const it = new HealthReporter({ file, bot, problems });
  return {
    onCollecting: (getStats: () => CollectorStats) =>
      // Nothing else of it is used.
      bot.setCollector({ stats: getStats } as Collector),
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  };
}

Deno.test("HealthReporter writes its reports where readHealth reads them", async () => {
  using time = new VirtualTime(START);
  await using file = await healthFile();
  {
    await using it = reporter(file.path);
    await time.pass(1);
    const refresh = { ok: true, at: START + 1, error: null };
    it.onCollecting(() => ({ ...NO_STATS, refresh, problems: [OF_BOT, OF_ACCOUNT, OF_JOB] }));
    await time.pass(9);
  }
  assertEquals([...Deno.readDirSync(file.dir)].map(({ name }) => name), ["health.json"]);
  const { pid, stats, ...report } = await file.read();
  assertEquals(report, {
    ok: false,
    line: "mybot is unhealthy: stopped",
    at: START + 10,
    state: "stopped",
    name: "mybot",
    startedAt: START,
  });
  assertEquals([pid, stats?.refresh.ok], [Deno.pid, true]);
  // Everybody may read the file.
  assertEquals(stats?.problems, [OF_BOT, OF_ACCOUNT]);
  // However long ago.
  await time.pass(100, 10_000);
  assertEquals(await file.status(), [false, "mybot is unhealthy: stopped"]);
});

Deno.test("HealthReporter leaves the file to a bot that runs", async () => {
  using time = new VirtualTime(START);
  await using file = await healthFile();
  const other = { ok: true, line: "other is healthy", name: "other", state: "collecting" };
  const running = { ...other, pid: Deno.pid + 1, at: START - 5 };
  await file.write(running);
  {
    await using _it = reporter(file.path);
  }
  assertEquals(await file.read(), running as unknown as HealthReport);

  // One that was killed, one that has stopped, and one before a restart of the container, where pids are the same.
  for (const changes of [{ at: START - 16 }, { state: "stopped" }, { pid: Deno.pid }]) {
    await file.write({ ...running, ...changes });
    {
      await using _it = reporter(file.path);
      await time.pass(1);
    }
    assertEquals((await file.read()).name, "mybot");
  }
});

Deno.test("HealthReporter does not replace a file of another program", async () => {
  using _time = new VirtualTime(START);
  await using file = await healthFile();
  for (const text of ["BACKEND_URL=http://127.0.0.1/api\n", '{"version": 1}', "null"]) {
    await Deno.writeTextFile(file.path, text);
    const logged: string[] = [];
    {
      await using _it = reporter(file.path, logged);
    }
    assertEquals(await Deno.readTextFile(file.path), text);
    assertStringIncludes(logged.join(), "it is a file of another program");
  }
});

Deno.test("HealthReporter writes through no link that somebody else may have planted", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using _time = new VirtualTime(START);
  await using file = await healthFile();
  const precious = join(file.dir, "precious");
  await Deno.writeTextFile(precious, "precious");
  await Deno.symlink(precious, `${file.path}.new`);
  {
    await using _it = reporter(file.path);
  }
  assertEquals((await file.read()).name, "mybot");
  assertEquals(await Deno.readTextFile(precious), "precious");
  for (const [target, reason] of [[file.dir, "a directory"], ["/dev/null", "no regular file"]]) {
    await Deno.remove(file.path);
    await Deno.symlink(target!, file.path);
    const logged: string[] = [];
    {
      await using _it = reporter(file.path, logged);
    }
    assertStringIncludes(logged.join(), `": it is ${reason}: expected the name of a file`);
  }
});

Deno.test("HealthReporter logs once that it cannot write, and when it can again", async () => {
  using time = new VirtualTime(START);
  await using file = await healthFile();
  const path = join(file.dir, "folder", "health.json");
  const logged: string[] = [];
  const written = async (count: number) => {
    while (logged.length < count) await time.pass(10, 1000);
  };
  {
    await using _it = reporter(path, logged);
    await written(1);
    await time.pass(30);
    await Deno.mkdir(join(file.dir, "folder"));
    await written(2);
  }
  assertEquals(logged.length, 2);
  assertStringIncludes(logged[0]!, `Cannot write HEALTH_FILE "${path}": `);
  assertStringIncludes(logged[1]!, "Resolved after ");
});
