import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { sandboxWith, tempDir } from "../scaffold/project_kit.ts";
import { build, NODE, onNode } from "./node_kit.ts";

/** How to start a bot. */
interface BotProcess {
  readonly script: string;
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

function startNode({ script, cwd, args = [], env = {} }: BotProcess): Deno.ChildProcess {
  return new Deno.Command("node", {
    args: [script, ...args],
    cwd,
    env: { NO_COLOR: "1", BACKEND_URL: "", BOT_TOKEN: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outputOf(
  process: Deno.ChildProcess,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  ...onNode("GrafoleanClient, Limiter, orderedMap and waitFor leave no listener on a signal"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "one_signal.mjs");
    await build("tests/runtimes/one_signal.ts", script);
    const { code, stderr } = await outputOf(startNode({ script, cwd: temp.path }));
    assertEquals([code, stderr], [0, ""]);
  },
});

Deno.test({
  ...onNode("Collector and Sandbox work in one process"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "sandbox_and_bot.mjs");
    await build("tests/runtimes/sandbox_and_bot.ts", script);

    const { code, stdout, stderr } = await outputOf(startNode({ script, cwd: temp.path }));
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), {
      runtime: `node ${NODE!.join(".")}`,
      isDeno: false,
      status: 200,
      size: 5,
      sent: true,
      waiting: 0,
      whileAway: 1,
    });
  },
});

Deno.test({
  ...onNode("the toolkit works"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "tools.mjs");
    await build("tests/runtimes/tools.ts", script);
    const { code, stdout, stderr } = await outputOf(startNode({ script, cwd: temp.path }));
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout), [
      100,
      [{ key: "10.0.0.2", sum: 1500, error: 0 }],
      "10.0.0.1",
      ["10.0.0.1"],
      ["no answer"],
    ]);
  },
});

/** Starts a sandbox with a device whose web page is the sandbox itself. */
async function httpSandbox() {
  const backend = await sandboxWith({
    protocol: "http",
    sensor: (url) => ({ url: `${url}/status/info` }),
  });
  return { ...backend, env: { BACKEND_URL: backend.url, BOT_TOKEN: backend.token } };
}

Deno.test({
  ...onNode("runBot runs every job once with --once and a .env file"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    await using backend = await httpSandbox();
    const { sandbox, env } = backend;
    const lines = Object.entries(env).map(([name, value]) => `${name}="${value}"\n`);
    await Deno.writeTextFile(join(temp.path, ".env"), lines.join(""));

    const { code, stderr } = await outputOf(
      new Deno.Command("node", {
        args: [script, "--once"],
        cwd: temp.path,
        env: { NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    assertEquals(code, 0, stderr);
    assertEquals(sandbox.values().filter(({ p }) => p.endsWith(".ok")).map(({ v }) => v), [1]);
  },
});

Deno.test({
  ...onNode("runBot collects until SIGTERM"),
  // Windows has no SIGTERM.
  ignore: onNode("").ignore || Deno.build.os === "windows",
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    await using backend = await httpSandbox();
    const { sandbox, env } = backend;

    const bot = startNode({ script, cwd: temp.path, env });
    const output = outputOf(bot);
    await sandbox.waitForValues(8, { timeout: 120 });
    bot.kill("SIGTERM");
    const { code, stderr } = await output;
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /INFO {2}Stopped: \d+ values/);
    assert(!stderr.includes(env.BOT_TOKEN), "The token is logged");
  },
});

Deno.test({
  ...onNode("runBot names missing settings and exits with 2"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    const { code, stderr } = await outputOf(startNode({ script, cwd: temp.path }));
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "BACKEND_URL");
    assertStringIncludes(stderr, "BOT_TOKEN");
  },
});
