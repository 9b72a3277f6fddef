// The status port of bots as processes, on Deno and on Node.

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { until } from "../until.ts";
import { noSignals, stage, type Started } from "./bot_process.ts";
import { RUNTIMES } from "./bot_runtimes.ts";

/** Any free port. */
const LISTEN = "--allow-net=127.0.0.1:0";

async function addressOf(bot: Started): Promise<string> {
  await bot.waitForOutput("Status at http");
  return /Status at (http:\S+)/.exec(bot.output)![1]!;
}

async function healthz(url: string): Promise<{ ok: boolean; line: string; state: string }> {
  return await (await fetch(`${url}healthz`)).json();
}

/** Opens the stream of events, as a page does, and returns how to wait for its end. */
async function openPage(url: string): Promise<() => Promise<void>> {
  const reader = (await fetch(`${url}events`)).body!.getReader();
  await reader.read();
  return async () => {
    while (await reader.read().then(({ done }) => !done, () => false));
  };
}

/** The data of the first event of a kind that a page gets. */
async function firstEvent(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}events`);
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const found = new RegExp(`event: ${name}\\ndata: (.*)\\n`).exec(text);
    if (found !== null) return found[1]!;
  }
  throw new Error(`No event "${name}" in: ${text}`);
}

for (const { test, command } of RUNTIMES) {
  const shows = test("runBot shows its status while it collects and stops, whoever watches");
  Deno.test({ ...shows, ignore: shows.ignore || noSignals }, async () => {
    await using it = await stage("kitchen", "hangs");
    const bot = it.run(await command(it, LISTEN), { env: { ...it.env, HEALTH_PORT: "0" } });
    const url = await addressOf(bot);
    await it.sandbox.waitForValues(2, { timeout: 120 });
    const { ok, line, state } = await healthz(url);
    assertEquals([ok, state], [true, "collecting"]);
    assertMatch(line, /^named-bot is healthy: 2 jobs, /);
    for (const path of ["", "page.js", "page.css", "readyz", "stats", "metrics"]) {
      const { status, body } = await fetch(url + path);
      await body?.cancel();
      assertEquals(status, 200, path);
    }
    const pageEnded = await openPage(url);
    bot.signal("SIGTERM");
    // The job that hangs is waited for: that can be seen.
    await bot.waitForOutput("Stopping");
    assertEquals((await healthz(url)).state, "collecting");
    await pageEnded();
    assertEquals((await bot.end()).code, 0);
    await assertRejects(() => fetch(url), TypeError);
  });

  const waits = test("runBot shows that it waits for Grafolean");
  Deno.test({ ...waits, ignore: waits.ignore || noSignals }, async () => {
    await using it = await stage("kitchen");
    it.sandbox.faults.add({ status: 503 });
    const bot = it.run(await command(it, LISTEN), { env: { ...it.env, HEALTH_PORT: "0" } });
    const url = await addressOf(bot);
    await until(async () => (await healthz(url)).state === "waiting");
    const { stats } = await (await fetch(`${url}stats`)).json();
    assertEquals(stats, null);
    const ready = async () => {
      const answer = await fetch(`${url}readyz`);
      return `${answer.status} ${(await answer.json()).line}`;
    };
    await until(async () => /^503 named-bot is starting: Waiting as .* 503/.test(await ready()));
    const page = await fetch(url);
    assertStringIncludes(await page.text(), "named-bot status");
    assertMatch(await firstEvent(url, "problems"), /Waiting as .* 503/);
    bot.signal("SIGTERM");
    assertEquals((await bot.end()).code, 0);
  });

  const collects = test("runBot collects while its port cannot be opened");
  Deno.test({ ...collects, ignore: collects.ignore || noSignals }, async () => {
    await using it = await stage("kitchen");
    const used = new URL(it.env.BACKEND_URL).port;
    const cases: [string, Record<string, string>][] = [
      ["listens there: stop that, or choose another port; trying again", { HEALTH_PORT: used }],
      ["as that is no address of this machine", { HEALTH_PORT: "0", HEALTH_HOST: "192.0.2.1" }],
    ];
    for (const [reason, env] of cases) {
      const before = it.sandbox.countValues(it.account);
      const bot = it.run(await command(it, "--allow-net=192.0.2.1:0"), {
        env: { ...it.env, ...env },
      });
      await it.sandbox.waitForValues(before + 1, { timeout: 120 });
      await bot.waitForOutput(reason);
      bot.signal("SIGTERM");
      assertEquals((await bot.end()).code, 0);
    }
  });

  Deno.test(test("runBot ends with 2 if a setting of its port is invalid"), async () => {
    await using it = await stage("kitchen");
    const cases: [string, Record<string, string>][] = [
      ['HEALTH_HOST is "192.0.2.1/24": expected an address', { HEALTH_HOST: "192.0.2.1/24" }],
      ['HEALTH_PORT is "http": expected a port', { HEALTH_PORT: "http" }],
      ["HEALTH_TOKEN is invalid: expected at least 16", { HEALTH_PORT: "0", HEALTH_TOKEN: "x" }],
    ];
    for (const [reason, env] of cases) {
      const { code, stderr } = await it.run(await command(it), {
        env: { ...it.env, ...env },
      }).end();
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, reason);
    }
  });
}

Deno.test("runBot names the permission that its status port lacks", async () => {
  await using it = await stage("kitchen");
  const { code, stderr } = await it.start([], { ...it.env, HEALTH_PORT: "9" }).end();
  assertEquals(code, 2);
  assertStringIncludes(stderr, "as Deno denies it: add 127.0.0.1:9 to --allow-net in the tasks");
});

Deno.test("runBot warns if it may read its settings but not HEALTH_PORT, which may be set", {
  ignore: noSignals,
}, async () => {
  await using it = await stage("kitchen");
  const older = it.permissions.map((flag) => flag.replaceAll(/HEALTH_(?:PORT|HOST|TOKEN),?/g, ""));
  const bot = it.start([], { ...it.env, HEALTH_PORT: "0" }, older);
  await bot.waitForOutput("Cannot read HEALTH_PORT, as Deno denies it: add HEALTH_PORT,");
  bot.signal("SIGTERM");
  assertEquals((await bot.end()).code, 0);
});

Deno.test("runBot opens no port for what ends by itself", async () => {
  await using it = await stage("kitchen");
  // In use, so that opening it would fail.
  const HEALTH_PORT = new URL(it.env.BACKEND_URL).port;
  for (const args of [["--once"], ["--dry-run"], ["--explain"], ["--help"], ["--version"]]) {
    const { code, stdout, stderr } = await it.start(args, { ...it.env, HEALTH_PORT }).end();
    assertEquals(code, 0, stderr);
    if (args[0] === "--help") assertMatch(stdout, /HEALTH_PORT .*HEALTH_HOST .*HEALTH_TOKEN /s);
  }
});

Deno.test("runBot --health asks the port of the running bot where there is no HEALTH_FILE", {
  ignore: noSignals,
}, async () => {
  await using it = await stage("kitchen");
  const env = { ...it.env, HEALTH_TOKEN: "a-token-of-the-port" };
  const running = it.start([], { ...env, HEALTH_PORT: "0" }, [...it.permissions, LISTEN]);
  const { port } = new URL(await addressOf(running));
  const health = async () => {
    const allowed = [...it.permissions, `--allow-net=127.0.0.1:${port}`];
    const { code, stdout } = await it.start(["--health"], { ...env, HEALTH_PORT: port }, allowed)
      .end();
    return `${code} ${stdout.trim()}`;
  };
  await it.sandbox.waitForValues(1, { timeout: 120 });
  assertMatch(await health(), /^0 named-bot is healthy: 1 job/);
  running.signal("SIGTERM");
  const { stdout, stderr } = await running.end();
  assertEquals((stdout + stderr).includes(env.HEALTH_TOKEN), false);
  assertMatch(await health(), /^1 No bot answers at http:/);
});
