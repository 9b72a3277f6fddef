// `deno task setup` in a project, as its users run it.

import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { generate, tempDir } from "../scaffold/project_kit.ts";
import { PASSWORD } from "./setup_kit.ts";

const WINDOWS = Deno.build.os === "windows";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the task `setup` with a text as its standard input. */
async function task(dir: string, args: readonly string[], input: string): Promise<Ran> {
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
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("deno task setup of a new project leads from a login to the first value", async () => {
  await using dir = await tempDir();
  await generate(dir.path, { template: TEMPLATES[0], name: "mybot" });
  const sandbox = new Sandbox();
  sandbox.addAccount({ name: "Home" });
  sandbox.addPerson({ username: "admin", password: PASSWORD });
  await using server = await sandbox.listen();
  const args = ["--url", server.url, "--user", "admin"];

  const first = await task(dir.path, args, `${PASSWORD}\n`);
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
