import { Collector } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { readReport } from "../../src/bot/health.ts";
import { botMain } from "../../src/bot/main.ts";
import { until } from "../until.ts";
import { VirtualTime } from "../virtual_time.ts";

class IdleBot extends Collector {
  override jobs() {
    return [];
  }
}

interface Result {
  readonly code: number;
  readonly printed: string[];
}

async function run(
  args: string[],
  env: Record<string, string>,
  stop = new AbortController().signal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Result> {
  const printed: string[] = [];
  const code = await botMain(IdleBot, { name: "idle-bot", collector: { fetch } }, {
    args,
    env,
    stop,
    onToken: () => {},
    redact: (text) => text,
    print: (line) => printed.push(line),
    sink: ({ message }) => printed.push(message),
  });
  return { code, printed };
}

Deno.test("botMain --health reports the health of a running bot, and that it has stopped", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const sandbox = new Sandbox();
    const { token } = sandbox.addBot({ protocol: "idle", account: sandbox.addAccount() });
    await using server = await sandbox.listen();
    const file = join(dir, "health.json");
    const env = { BACKEND_URL: server.url, BOT_TOKEN: token, HEALTH_FILE: file };

    const before = await run(["--health"], env);
    assertEquals(before.code, 1);
    assertStringIncludes(before.printed[0]!, "not started");

    const stop = new AbortController();
    const running = run([], env, stop.signal);
    await until(async () => (await run(["--health"], env)).code === 0);
    const during = await run(["--health"], env);
    assertMatch(during.printed[0]!, /^idle-bot is (healthy|starting)/);
    stop.abort();
    assertEquals((await running).code, 0);

    const after = await run(["--health"], env);
    assertEquals([after.code, after.printed], [1, ["idle-bot is unhealthy: stopped"]]);
    assertEquals((await Deno.readTextFile(file)).includes(token), false);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("botMain reports in the health file what it waits for, whatever LOG_LEVEL", async () => {
  const dir = await Deno.makeTempDir();
  using time = new VirtualTime(1_000_000);
  try {
    const env = {
      BACKEND_URL: "http://grafolean.test/api",
      BOT_TOKEN: "a-token",
      HEALTH_FILE: join(dir, "health.json"),
      LOG_LEVEL: "error",
    };
    const stop = new AbortController();
    const away = () => Promise.reject(new TypeError("connection refused"));
    const running = run([], env, stop.signal, away);
    // Nothing of what the bot reads and writes on the disk happens in virtual time.
    const waitForReport = async (): Promise<Result> => {
      for (let attempts = 0; attempts < 100_000; attempts++) {
        const report = await readReport(env.HEALTH_FILE).catch(() => undefined);
        if (report !== undefined && time.now() / 1000 - report.at < 10.5) break;
      }
      return await run(["--health"], env);
    };
    await waitForReport();
    let status: Result | undefined;
    for (let minutes = 0; minutes < 60; minutes++) {
      await time.pass(60, 500);
      status = await waitForReport();
      if (status.printed[0]?.includes("waiting for")) break;
    }
    assertMatch(
      status?.printed[0] ?? "",
      /^idle-bot is unhealthy: waiting for \d+ \w+: Waiting as Grafolean at .* connection refused/,
    );
    stop.abort();
    assertEquals(await running, { code: 0, printed: [] });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("botMain --health needs HEALTH_FILE", async () => {
  const { code, printed } = await run(["--health"], {});
  assertEquals(code, 2);
  assertStringIncludes(printed[0]!, "HEALTH_FILE is not set");
});

Deno.test("botMain warns that HEALTH_PORT has no effect without a status port", async () => {
  const env = { BACKEND_URL: "http://127.0.0.1:1/api", BOT_TOKEN: "0d7f6c1e-token" };
  const start = async (more: Record<string, string>) =>
    (await run([], { ...env, ...more }, AbortSignal.abort())).printed
      .filter((line) => line.startsWith("HEALTH_PORT has no effect, as main.ts does not use it"));
  assertEquals((await start({ HEALTH_PORT: "9464" })).length, 1);
  assertEquals((await start({})).length, 0);
});
