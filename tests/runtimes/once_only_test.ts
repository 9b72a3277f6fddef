import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { build } from "./node_kit.ts";

const PROGRAM = "tests/runtimes/once_only.ts";
const ROOT = join(import.meta.dirname!, "..", "..");

/** Runs a program and returns its output. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const output = await new Deno.Command(command, { args: [...args], cwd: ROOT }).output();
  assertEquals(output.code, 0, new TextDecoder().decode(output.stderr));
  return new TextDecoder().decode(output.stdout);
}

/** Whether Node 20 or later is installed. */
async function hasNode(): Promise<boolean> {
  try {
    return parseInt((await run("node", ["--version"])).slice(1)) >= 20;
  } catch {
    return false;
  }
}

function assertOnceOnly(printed: string): void {
  const deaths = ["reset", "end", "reset in the body", "end in the answer"];
  assertEquals(JSON.parse(printed), deaths.map((death) => ({ death, posts: 1, puts: 10 })));
}

Deno.test("Outbox sends a POST once even if its connection dies, and then a PUT, on Deno", async () => {
  const args = ["run", "--no-check", "--no-prompt", "--allow-net=127.0.0.1", PROGRAM];
  assertOnceOnly(await run(Deno.execPath(), args));
});

Deno.test({
  name:
    "Outbox sends a POST once even if its connection dies, and then a PUT, on Node (needs Node 20)",
  ignore: !await hasNode(),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const script = join(folder, "once_only.mjs");
      await build(PROGRAM, script);
      assertOnceOnly(await run("node", [script]));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
