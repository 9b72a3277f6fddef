import { Sandbox, type SandboxServer } from "@grafolean/collector/testing";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";

const NODE = await versionOfNode();

/** Describes and skips tests where there is no node, or one that is too old. */
function onNode(name: string): Pick<Deno.TestDefinition, "name" | "ignore"> {
  return {
    name: `${name}, on Node ${NODE?.join(".") ?? ""} (needs Node 20)`,
    ignore: (NODE?.[0] ?? 0) < 20,
  };
}

async function versionOfNode(): Promise<number[] | undefined> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).trim().slice(1).split(".").map(Number);
  } catch {
    return undefined;
  }
}

/** A directory for one test that is removed after it. */
async function directory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Turns a module and all that it imports into JavaScript that knows nothing of `jsr:` and import maps. */
async function build(module: string, target: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", target, module],
    cwd: join(import.meta.dirname!, "..", ".."),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** What the process of a bot needs from the environment, and nothing else. */
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
  ...onNode("Collector and Sandbox work in one process"),
  async fn() {
    await using temp = await directory();
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
    });
  },
});

/** A sandbox with a device whose only page is the sandbox itself. */
async function sandboxWithDevice(): Promise<
  { sandbox: Sandbox; server: SandboxServer; env: Record<string, string> }
> {
  const sandbox = new Sandbox();
  const server = await sandbox.listen();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "http", account });
  sandbox.addEntity(account, {
    protocols: {
      http: {
        credential: sandbox.addCredential(account, { protocol: "http", details: {} }),
        bot,
        sensors: [{
          sensor: sandbox.addSensor(account, {
            protocol: "http",
            defaultInterval: 1,
            details: { url: `${server.url}/status/info` },
          }),
          interval: null,
        }],
      },
    },
  });
  return { sandbox, server, env: { BACKEND_URL: server.url, BOT_TOKEN: bot.token } };
}

Deno.test({
  ...onNode("runBot runs every job once with --once, set up by a .env file"),
  async fn() {
    await using temp = await directory();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    const { sandbox, server, env } = await sandboxWithDevice();
    await using _closedAtTheEnd = server;
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
  ...onNode("runBot collects until it is told to end"),
  // Windows has no signal that asks a process to end.
  ignore: onNode("").ignore || Deno.build.os === "windows",
  async fn() {
    await using temp = await directory();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    const { sandbox, server, env } = await sandboxWithDevice();
    await using _closedAtTheEnd = server;

    const bot = startNode({ script, cwd: temp.path, env });
    const output = outputOf(bot);
    await sandbox.waitForValues(8, { timeout: 120_000 });
    bot.kill("SIGTERM");
    const { code, stderr } = await output;
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /INFO {2}Stopped: \d+ values/);
    assert(!stderr.includes(env["BOT_TOKEN"]!), "The token is not said");
  },
});

Deno.test({
  ...onNode("runBot names what is not set and ends with 2"),
  async fn() {
    await using temp = await directory();
    const script = join(temp.path, "http_bot.mjs");
    await build("templates/http/main.ts", script);
    const { code, stderr } = await outputOf(startNode({ script, cwd: temp.path }));
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "BACKEND_URL");
    assertStringIncludes(stderr, "BOT_TOKEN");
  },
});
