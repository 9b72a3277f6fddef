import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BotHealth, RunningBot } from "../../src/bot/status_port.ts";
import { Status } from "../../src/status/status.ts";
import { VERSION } from "../../src/util/version.ts";
import { grafolean, job, TestBot } from "../collector/collector_kit.ts";
import { until } from "../until.ts";
import { runningBot } from "./metrics/running_bot.ts";

/** What a bot answers at a path. */
async function ask(bot: RunningBot, path: string, init?: RequestInit): Promise<Response> {
  const status = new Status(bot);
  try {
    const request = new Request(`http://127.0.0.1/${path}`, init);
    const response = await status.handle(request, path);
    return new Response(await response.text(), response);
  } finally {
    await status[Symbol.asyncDispose]();
  }
}

async function json(bot: RunningBot, path: string) {
  const response = await ask(bot, path);
  assertEquals(response.headers.get("content-type"), "application/json");
  return { code: response.status, ...await response.json() };
}

const HEALTH: BotHealth = { ok: true, line: "demo is healthy", state: "collecting", since: 5 };

Deno.test("Status answers /healthz with 200 for a healthy bot, with 503 and the cause for another", async () => {
  const healthy = runningBot(undefined, { health: () => HEALTH });
  assertEquals(await json(healthy, "healthz"), { code: 200, name: "demo", ...HEALTH });
  const ill = { ...HEALTH, ok: false, line: "demo is unhealthy: no answer" };
  const unhealthy = runningBot(undefined, { health: () => ill });
  assertEquals(await json(unhealthy, "healthz"), { code: 503, name: "demo", ...ill });
});

Deno.test("Status answers /readyz with 200 once there is something to poll and Grafolean has answered", async () => {
  const line = "demo is starting: Waiting for the bot token";
  const waiting = runningBot(undefined, { health: () => ({ ...HEALTH, line }) });
  assertEquals(await json(waiting, "readyz"), { code: 503, name: "demo", ok: false, line });

  const { sandbox, bot: { token }, addDevice } = grafolean();
  let isAway = true;
  const fetch: typeof globalThis.fetch = (...args) =>
    isAway ? Promise.reject(new TypeError("no route")) : sandbox.fetch(...args);
  await using bot = new TestBot({
    token,
    refresh: 1,
    options: { fetch },
    jobs: async function* (it: TestBot) {
      for await (const device of it.fetchJobConfigs("demo")) yield job(`${device.entityId}`);
    },
  });
  const status = new Status(runningBot(bot));
  const readyz = async () => {
    const answer = await status.handle(new Request("http://127.0.0.1/readyz"), "readyz");
    return `${answer.status} ${(await answer.json()).line}`;
  };
  assertStringIncludes(await readyz(), "503 demo is not ready: Grafolean has not answered yet");
  const stop = new AbortController();
  const running = bot.execute({ signal: stop.signal });
  await until(async () => (await readyz()).includes("cannot refresh its jobs: "));
  isAway = false;
  await until(async () => (await readyz()).includes("503 demo is not ready: nothing to poll"));
  addDevice();
  await until(async () => (await readyz()) === "200 demo is ready");
  // Grafolean may be away later: values wait, nothing is lost.
  isAway = true;
  await until(() => bot.stats().refresh.ok === false);
  assertEquals(await readyz(), "200 demo is ready");
  stop.abort();
  await running;
  await status[Symbol.asyncDispose]();
});

Deno.test("Status answers /stats with the stats, the versions and the health, without what devices are polled with", async () => {
  await using bot = new TestBot({
    jobs: () => [
      job("failing", {
        jobParams: { password: "hunter2" },
        performJob: () => Promise.reject(new Error("no answer")),
      }),
    ],
    options: { fetch: grafolean().sandbox.fetch },
  });
  await bot.runOnce();
  const text = await (await ask(runningBot(bot), "stats")).text();
  const { at: _at, pid, runtime, stats, ...rest } = JSON.parse(text);
  assertEquals(rest, {
    name: "demo",
    version: "1.2.3",
    library: VERSION,
    startedAt: 1_800_000_000,
    health: { ok: true, line: "demo is healthy", state: "collecting", since: 1_800_000_000 },
  });
  assertEquals(pid, Deno.pid);
  assertMatch(runtime, /^Deno \d+\.\d+\.\d+/);
  assertEquals(stats, JSON.parse(JSON.stringify(bot.stats())));
  assertEquals(stats.runs.failed, 1);
  assertEquals(text.includes("hunter2"), false);
  assertEquals((await json(runningBot(undefined), "stats")).stats, null);
});

Deno.test("Status hides the token wherever it stands", async () => {
  const token = "7c1e9a52-3b4d-4f6a-8e21-5d0c9b7a6f13";
  const bot = runningBot(undefined, {
    name: `bot ${token}`,
    redact: (text) => text.replaceAll(token, "***"),
    health: () => ({ ...HEALTH, line: `cannot ask http://x/?b=${token}` }),
  });
  for (const path of ["healthz", "readyz", "stats", "metrics", ""]) {
    const text = await (await ask(bot, path)).text();
    assertEquals(text.includes(token), false, path);
  }
});

Deno.test("Status shows a page and metrics, and says what there is for anything else", async () => {
  const bot = runningBot(undefined);
  const page = await ask(bot, "");
  assertEquals([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  const metrics = await ask(bot, "metrics");
  assertStringIncludes(await metrics.text(), "grafolean_bot_healthy 1");
  assertMatch(metrics.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  for (const path of ["x", "healthz/", "../main.ts", "%2e%2e/.env", "client/status_page.js"]) {
    const { status, headers } = await ask(bot, path);
    assertEquals([status, headers.get("content-type")], [404, "text/plain; charset=utf-8"]);
  }
});

Deno.test("Status changes nothing: other methods than GET and HEAD are refused", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    for (const path of ["", "healthz", "stats", "events"]) {
      const { status, headers } = await ask(runningBot(undefined), path, { method });
      assertEquals([status, headers.get("allow")], [405, "GET, HEAD"]);
      assertEquals(headers.get("access-control-allow-origin"), null);
    }
  }
});

Deno.test("Status lets no other page show or use what it answers", async () => {
  for (const path of ["", "healthz", "readyz", "stats", "metrics", "x"]) {
    const { headers } = await ask(runningBot(undefined), path);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertStringIncludes(headers.get("content-security-policy")!, "frame-ancestors 'self'");
  }
});

Deno.test("Status answers with 500 what it cannot show, and logs why once", async () => {
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  let isBroken = false;
  const status = new Status(runningBot(undefined, {
    log: { debug: () => {}, info: log, warn: log, error: log },
    health() {
      if (isBroken) throw new Error("broken");
      return HEALTH;
    },
  }));
  const code = async (path = "healthz") =>
    (await status.handle(new Request(`http://127.0.0.1/${path}`), path)).status;
  isBroken = true;
  // What works says nothing about what does not.
  assertEquals([await code(), await code("page.css"), await code()], [500, 200, 500]);
  assertEquals(logged.length, 1);
  assertStringIncludes(logged[0]!, "Cannot show the status: Error: broken");
  isBroken = false;
  assertEquals(await code(), 200);
  await status[Symbol.asyncDispose]();
});
