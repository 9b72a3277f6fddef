import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";

const PASSES = `Deno.test("passes", () => {});`;
const FAILS = `Deno.test("fails", () => { throw new Error("the reason"); });`;
const SKIPPED = `Deno.test({ name: "waits (needs a moon)", ignore: true, fn() {} });`;
const HANGS = `Deno.test("hangs", () => {
  console.log("started");
  return new Promise(() => setInterval(() => {}, 1000));
});`;

/** Runs tests as `deno task test` does, and cuts that once something has been printed. */
async function run(tests: string[], cutAfter?: string): Promise<{ code: number; out: string }> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(directory, "a_test.ts"), tests.join("\n"));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-RWE", "--allow-run", join(import.meta.dirname!, "run.ts")]
        .concat(directory, "--no-check"),
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let out = "";
    let cut = false;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      out += text;
      if (!cut && cutAfter !== undefined && out.includes(cutAfter)) {
        cut = true;
        child.kill("SIGTERM");
      }
    }
    return { code: (await child.status).code, out };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "tests/run.ts reports what it knows when it is cut (needs SIGTERM)",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, out } = await run([PASSES, FAILS, SKIPPED, HANGS], "started");
    assertStringIncludes(out, "fails failed: Error: the reason");
    assertMatch(out, /tests were pending:\n\nhangs\n/);
    assertMatch(out, /Failed:\n\S+a_test\.ts => fails\n/);
    assertMatch(out, /Skipped:\n\S+ => waits \(needs a moon\)\n/);
    assertMatch(out, /\n1 passed, 1 failed, 1 skipped\n$/);
    assertEquals(code, 1);
  },
});

Deno.test("tests/run.ts succeeds when every test was skipped", async () => {
  const { code, out } = await run([SKIPPED]);
  assertMatch(out, /\n0 passed, 0 failed, 1 skipped\n$/);
  assertEquals(code, 0);
});

Deno.test("tests/run.ts fails when a test ends the process", async () => {
  const exits = `Deno.test({ name: "exits", sanitizeExit: false, fn() { Deno.exit(0); } });`;
  const { code, out } = await run([PASSES, exits]);
  assertMatch(out, /\n1 passed, 1 failed\n$/);
  assertEquals(code, 1);
});

Deno.test("tests/run.ts fails when there is no test", async () => {
  const { code, out } = await run([""]);
  assertMatch(out, /\n0 passed, 1 failed\n$/);
  assertEquals(code, 1);
});
