import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Started } from "../bot/bot_process.ts";
import { build } from "../runtimes/node_kit.ts";
import { listenHostile, WAYS } from "./hostile_server.ts";

const PROGRAM = fileURLToPath(new URL("./leaky_bot.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const FILES = ".env,outbox.db,health.json,health.json.new";
const DENO = [
  Deno.execPath(),
  "run",
  "--no-check",
  "--no-prompt",
  "--allow-net=127.0.0.1",
  "--allow-env",
  `--allow-read=${FILES}`,
  `--allow-write=${FILES}`,
  "--allow-run=env",
  `--config=${CONFIG}`,
  PROGRAM,
];
const TOKEN = "7c1e9a52-3b4d-4f6a-8e21-5d0c9b7a6f13";

const isWindows = Deno.build.os === "windows";

/** Asserts that a text holds neither the token nor its start or end. */
function assertNoToken(text: string): void {
  const parts = [TOKEN.slice(0, 8), TOKEN.slice(-12)];
  const leaks = text.split("\n").filter((line) =>
    parts.some((part) => line.toLowerCase().includes(part))
  );
  assertEquals(leaks.slice(0, 5), []);
}

/** A temporary directory. */
async function folder() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function start(
  command: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Deno.ChildProcess {
  const [program = "", ...args] = command;
  return new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", LOG_LEVEL: "debug", BOT_TOKEN: TOKEN, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outputOf(process: Deno.ChildProcess): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Runs a program that prints all it gets from the library while a backend repeats the URL of each request. */
async function tryHostile(command: readonly string[]): Promise<void> {
  await using server = await listenHostile();
  await using dir = await folder();
  const origin = `http://127.0.0.1:${server.port}`;
  const { code, output } = await outputOf(start(command, dir.path, {
    BACKEND_URL: `${origin}/WAY/api`,
    WAYS: WAYS.join(","),
  }));
  assertEquals(code, 0, output.slice(-2000));
  for (const way of WAYS) assertStringIncludes(output, `${origin}/${way}/api`);
  assertStringIncludes(output, "***");
  assertNoToken(output);
}

Deno.test("The library never shows the token, whatever the backend answers", async () => {
  await tryHostile(DENO);
});

Deno.test({
  name: "The library never shows the token, whatever the backend answers, on Node (needs Node 20)",
  ignore: !await hasNode(),
  async fn() {
    await using dir = await folder();
    const script = join(dir.path, "leaky_bot.mjs");
    await build(PROGRAM, script);
    await tryHostile(["node", script]);
  },
});

async function hasNode(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1]) >= 20;
  } catch {
    return false;
  }
}

/** A Grafolean with the bot. */
function sandboxWithBot() {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  sandbox.addBot({ protocol: "leaky", account, token: TOKEN });
  return { sandbox, account };
}

for (const args of [["--once"], ["--dry-run"], ["--dry-run", "--json"]]) {
  Deno.test(`runBot ${args.join(" ")} never shows the token, whatever jobs throw, leak and log`, async () => {
    const { sandbox, account } = sandboxWithBot();
    await using server = await sandbox.listen();
    await using dir = await folder();
    const jobs = [
      "id",
      "throws",
      "throws text",
      "throws late",
      "throws object",
      "rejects",
      "timer",
      "fetches",
      "logs",
      "refused",
      ...(isWindows ? [] : ["child"]),
    ];
    const { code, output } = await outputOf(start([...DENO, ...args], dir.path, {
      BACKEND_URL: server.url,
      ACCOUNT: `${account.id}`,
      JOBS: jobs.join(","),
    }));
    assertEquals(code, 1, output);
    for (
      const line of [
        "[id ***] My id holds",
        "TypeError: Cannot ask http",
        "left behind: http",
        "thrown by a timer: http",
        "*** and ***",
        // What is not a string is logged too.
        "WARN  [logs] Error: http",
      ]
    ) assertStringIncludes(output, line);
    if (!isWindows) assertStringIncludes(output, "BACKEND_URL=");
    assertNoToken(output);
  });
}

Deno.test({
  name: "runBot writes files that hold no token and that nobody else can write",
  ignore: isWindows,
  async fn() {
    const { sandbox, account } = sandboxWithBot();
    const down = sandbox.faults.add({ when: ({ path }) => path.endsWith("/values"), status: 503 });
    await using server = await sandbox.listen();
    await using dir = await folder();
    const bot = start(["sh", "-c", 'umask 000; exec "$@"', "sh", ...DENO], dir.path, {
      BACKEND_URL: server.url,
      ACCOUNT: `${account.id}`,
      JOBS: "id,rejects,sends",
      OUTBOX_FILE: "outbox.db",
      HEALTH_FILE: "health.json",
    });
    const output = outputOf(bot);
    const modes: Record<string, number> = {};
    const seen = () => Object.keys(modes).sort().join();
    while (seen() !== "health.json,outbox.db,outbox.db-journal") {
      for (const name of ["health.json", "outbox.db", "outbox.db-journal"]) {
        const info = await Deno.stat(join(dir.path, name)).catch(() => undefined);
        if (info?.mode) modes[name] = info.mode & 0o777;
      }
      await new Promise((next) => setTimeout(next, 5));
    }
    // Until values are waiting in the file.
    while (down.hits < 2) await new Promise((next) => setTimeout(next, 5));
    // May leave a core. SIGQUIT may, too, but is ignored where the tests run in the background of a shell.
    bot.kill("SIGABRT");
    assertNoToken((await output).output);
    assertEquals(modes, { "health.json": 0o644, "outbox.db": 0o600, "outbox.db-journal": 0o600 });
    for await (const { name } of Deno.readDir(dir.path)) {
      assertNoToken(new TextDecoder("latin1").decode(await Deno.readFile(join(dir.path, name))));
    }
  },
});

Deno.test({
  name: "runBot shows neither of its tokens on the status port, whatever jobs throw",
  ignore: isWindows,
  async fn() {
    const { sandbox, account } = sandboxWithBot();
    await using server = await sandbox.listen();
    await using dir = await folder();
    const healthToken = "hg7c1e9a52-of-the-port";
    const bot = new Started(DENO, {
      cwd: dir.path,
      env: {
        BACKEND_URL: server.url,
        BOT_TOKEN: TOKEN,
        ACCOUNT: `${account.id}`,
        JOBS: "id,throws,throws text,throws late,throws object,fetches,refused,child",
        HEALTH_PORT: "0",
        HEALTH_TOKEN: healthToken,
      },
    });
    await bot.waitForOutput("Status at http");
    const url = /Status at (http:\S+)/.exec(bot.output)![1]!;
    const headers = { authorization: `Bearer ${healthToken}` };
    const read = async (path: string) => await (await fetch(url + path, { headers })).text();
    // Until all that can fail has failed.
    let metrics = "";
    while (!/^grafolean_bot_problems_open\{kind="failing jobs"\} [6-9]$/m.test(metrics)) {
      metrics = await read("metrics");
    }
    const texts = [metrics];
    for (const path of ["", "page.js", "healthz", "readyz", "stats", "job?id=throws", "nothing"]) {
      texts.push(await read(path));
    }
    const events = (await fetch(`${url}events`, { headers })).body!
      .pipeThrough(new TextDecoderStream());
    for await (const text of events) {
      texts.push(text);
      if (text.includes("event: complete")) break;
    }
    bot.signal("SIGTERM");
    const { stdout, stderr } = await bot.end();
    assertStringIncludes(texts.join(), "***");
    // The child sees it no more.
    assertStringIncludes(stdout, "BACKEND_URL=");
    assertNoToken(texts.join("\n") + stdout + stderr);
    assertEquals((texts.join() + stdout + stderr).includes(healthToken), false);
  },
});
