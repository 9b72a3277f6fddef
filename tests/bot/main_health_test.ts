import { Collector } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { loadConfig } from "../../src/bot/config.ts";
import { botMain } from "../../src/bot/main.ts";

class IdleBot extends Collector {
  override jobs() {
    return [];
  }
}

interface Ran {
  readonly code: number;
  readonly printed: string[];
}

async function run(
  args: string[],
  env: Record<string, string>,
  stop = new AbortController().signal,
): Promise<Ran> {
  const printed: string[] = [];
  const code = await botMain(IdleBot, { name: "idle-bot" }, {
    args,
    env,
    stop,
    onToken: () => {},
    print: (line) => printed.push(line),
    sink: ({ message }) => printed.push(message),
  });
  return { code, printed };
}

Deno.test("runBot --health tells how the bot is that runs, and that it has ended", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const sandbox = new Sandbox();
    const { token } = sandbox.addBot({
      protocol: "idle",
      account: sandbox.addAccount(),
    });
    await using server = await sandbox.listen();
    const file = join(dir, "health.json");
    const env = {
      BACKEND_URL: server.url,
      BOT_TOKEN: token,
      HEALTH_FILE: file,
    };

    const before = await run(["--health"], env);
    assertEquals(before.code, 1);
    assertStringIncludes(before.printed[0]!, "not started");

    const stop = new AbortController();
    const running = run([], env, stop.signal);
    let during: Ran;
    do during = await run(["--health"], env); while (during.code !== 0);
    assertMatch(during.printed[0]!, /^idle-bot: (well|starting)/);
    stop.abort();
    assertEquals((await running).code, 0);

    const after = await run(["--health"], env);
    assertEquals([after.code, after.printed], [1, [
      "idle-bot: the bot has ended",
    ]]);
    assertEquals((await Deno.readTextFile(file)).includes(token), false);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("runBot --health needs to know the file", async () => {
  const { code, printed } = await run(["--health"], {});
  assertEquals(code, 2);
  assertStringIncludes(printed[0]!, "HEALTH_FILE is not set");
});

Deno.test({
  name: "loadConfig takes settings that it may not look at for settings that are not there",
  permissions: { env: ["BACKEND_URL", "BOT_TOKEN"], read: true, write: true },
  async fn() {
    const env = new Proxy<Record<string, string>>({}, {
      get(_target, name: string) {
        if (name === "BACKEND_URL") return "http://localhost/api";
        if (name === "BOT_TOKEN") return "0d7f6c1e";
        return Deno.env.get(name); // not allowed
      },
    });
    const config = await loadConfig({ env, envFile: false });
    assertEquals(config.outboxFile, undefined);
    assertEquals(config.healthFile, undefined);
  },
});
