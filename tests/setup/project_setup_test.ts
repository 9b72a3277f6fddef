// `deno task setup` in a project, as its users run it.

import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { generate, tempDir } from "../scaffold/project_kit.ts";
import { type Json, PASSWORD } from "./setup_kit.ts";

const PYTHON = await new Deno.Command("python3", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);
const WINDOWS = Deno.build.os === "windows";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the task `setup` with a text as its standard input. */
async function task(
  dir: string,
  args: readonly string[],
  input: string,
  { staysOpen = false } = {},
): Promise<Ran> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "setup", ...args],
    cwd: dir,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  if (!staysOpen) await writer.close();
  const { code, stdout, stderr } = await child.output();
  if (staysOpen) await writer.close().catch(() => {});
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("deno task setup of a new project leads from a login to the first value", async () => {
  await using dir = await tempDir();
  await generate(dir.path, { template: TEMPLATES[0], name: "mybot" });
  const sandbox = new Sandbox();
  sandbox.addPerson({ username: "admin", password: PASSWORD });
  await using server = await sandbox.listen();
  const args = ["--url", server.url, "--user", "admin", "--create-account", "Home"];

  const input = `${PASSWORD}\n\n`;
  const first = await task(dir.path, args, input, { staysOpen: true });
  assertEquals([first.code, first.err], [0, ""], first.out);
  assertMatch(first.out, /created {2}bot "mybot"/);
  assertMatch(first.out, /: 42 at entity\.\d+\.mybot\.\d+/);
  const env = join(dir.path, ".env");
  if (!WINDOWS) assertEquals((await Deno.stat(env)).mode! & 0o777, 0o600);
  const text = await Deno.readTextFile(env);
  assertStringIncludes(text, `BACKEND_URL=${server.url}\n`);
  const token = /^BOT_TOKEN=(.+)$/m.exec(text)![1]!;

  const second = await task(dir.path, args, PASSWORD);
  assertEquals([second.code, second.err], [0, ""], second.out);
  assertStringIncludes(second.out, "Nothing was missing");
  for (const secret of [PASSWORD, token]) {
    assertEquals([first.out, second.out].join().includes(secret), false);
  }
});

/** The details of the credentials of the first account, for the bot's protocol. */
async function credentialsOf(sandbox: Sandbox, url: string): Promise<unknown[]> {
  const { authorization } = sandbox.addPerson();
  const get = async (path: string) =>
    await (await sandbox.fetch(`${url}${path}`, { headers: { authorization } })).json();
  const { list: [account] } = await get("/accounts");
  const { list } = await get(`/accounts/${account.id}/credentials`);
  return list.filter((each: Json) => each.protocol === "mybot").map((each: Json) => each.details);
}

/** A terminal: types the next answer whenever a text appears. Returns all that it shows, and the exit code. */
const TYPIST = `
import os, pty, select, sys
answers = [line.rstrip("\\n").split("\\t") for line in sys.stdin]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = ""
seen = 0
cancel = False
idle = 0
while idle < 240:
    # As long as the terminal is not in raw mode yet, Ctrl-C may be lost.
    if not select.select([terminal], [], [], 0.5)[0]:
        idle += 1
        if cancel:
            os.write(terminal, b"\\x03")
        continue
    idle = 0
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data.decode("utf-8", "replace")
    if answers and answers[0][0] in shown[seen:]:
        seen = len(shown)
        keys = answers.pop(0)[1]
        cancel = keys == "^C"
        if not cancel:
            os.write(terminal, keys.encode() + b"\\r")
print(shown)
if idle > 0:
    os.kill(child, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

/** Runs the task `setup` in a terminal. */
async function taskAtTerminal(
  dir: string,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<Ran> {
  const child = new Deno.Command("python3", {
    args: ["-c", TYPIST, Deno.execPath(), "task", "-q", "setup"],
    cwd: dir,
    env: { NO_COLOR: "1", TERM: "xterm" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = answers.map((answer) => `${answer.join("\t")}\n`).join("");
  await writer.write(new TextEncoder().encode(lines));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

const ignore = !PYTHON;

Deno.test("deno task setup at a terminal shows neither password nor token (needs python3)", {
  ignore,
}, async () => {
  await using dir = await tempDir();
  await generate(dir.path, { template: TEMPLATES[0], name: "mybot" });
  const sandbox = new Sandbox();
  sandbox.addPerson({ username: "admin", password: PASSWORD });
  await using server = await sandbox.listen();
  const answers = [
    ["URL of Grafolean", server.url],
    ["User name", "admin"],
    ["Password", PASSWORD],
    ["Name of a new one", ""],
    ["Name of the first device", "kitchen"],
    ["IP address", ""],
    ["User name on the devices", ""],
    ["Password on the devices", "s3cr3t k3y"],
  ] as const;
  const { code, out, err } = await taskAtTerminal(dir.path, answers);
  assertEquals([code, err], [0, ""], out);
  assertMatch(out, /The first value of "kitchen" has arrived: 42/);
  const text = await Deno.readTextFile(join(dir.path, ".env"));
  const token = /^BOT_TOKEN=(.+)$/m.exec(text)![1]!;
  for (const secret of [PASSWORD, "s3cr3t k3y", token]) assertEquals(out.includes(secret), false);

  const [credential] = await credentialsOf(sandbox, server.url);
  assertEquals(credential, { user: "", password: "s3cr3t k3y" });
});

Deno.test("deno task setup ends at Ctrl-C, at any question (needs python3)", {
  ignore,
}, async () => {
  await using dir = await tempDir();
  await generate(dir.path, { template: TEMPLATES[0], name: "mybot" });
  const sandbox = new Sandbox();
  sandbox.addPerson({ username: "admin", password: PASSWORD });
  await using server = await sandbox.listen();
  const answers = [
    ["URL of Grafolean", server.url],
    ["User name", "admin"],
    ["Password", PASSWORD],
    ["Name of a new one", "Home"],
  ] as const;
  for (let n = 0; n <= answers.length; n++) {
    const question = answers[n]?.[0] ?? "Name of the first device";
    const typed = [...answers.slice(0, n), [question, "^C"] as const];
    const { code, out } = await taskAtTerminal(dir.path, typed);
    assertEquals(code, 130, out);
    assertMatch(out, /Cancelled\r?\n/);
    assertStringIncludes(out, n < answers.length ? "Nothing was created" : "run the setup again");
  }
});

Deno.test("deno task setup names the host that deno.json does not permit", async () => {
  await using dir = await tempDir();
  const backendUrl = "https://grafolean.example.com/api";
  await generate(dir.path, { template: TEMPLATES[0], name: "mybot", backendUrl });
  // The minimal bot may connect to any host, unlike most.
  const config = join(dir.path, "deno.json");
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(
    config,
    text.replaceAll("--allow-net ", "--allow-net=grafolean.example.com:443 "),
  );
  const args = ["--url", "http://127.0.0.1:9/api", "--user", "admin"];
  const { code, err } = await task(dir.path, args, PASSWORD);
  assertEquals(code, 2);
  assertStringIncludes(err, 'replace "grafolean.example.com:443" by "127.0.0.1:9"');
  assertStringIncludes(err, "deno.json");
});
