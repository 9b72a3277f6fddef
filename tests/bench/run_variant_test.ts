import { assertEquals, assertRejects } from "@std/assert";
import { denoCommand, runVariant } from "../../bench/harness/processes.ts";
import { FAKE_SUITE, shell } from "./fake_suite.ts";

const { figures } = FAKE_SUITE;

Deno.test("runVariant names what fails, with its errors", async () => {
  const messageOf = async (script: string): Promise<string> =>
    (await assertRejects(() => runVariant("broken", shell(script), figures), Error)).message;
  assertEquals(
    await messageOf("echo no disk >&2; exit 3"),
    "broken failed with exit code 3\nno disk",
  );
  for (const line of ["garbage", "[1]", "{}", '{ "cpu": "fast" }', '{ "cpu": 1, "rss": null }']) {
    assertEquals(
      await messageOf(`echo '${line}'`),
      `broken printed "${line}" as its last line instead of figures in JSON`,
    );
  }
});

Deno.test("runVariant ends a process that hangs", async () => {
  await assertRejects(
    () => runVariant("a", shell("exec sleep 600"), figures, 300),
    Error,
    "a was ended after 0.3 s",
  );
});

Deno.test("denoCommand runs a script with the given permissions and arguments only", () => {
  const [program, ...args] = denoCommand("no_script.ts", ["--allow-read"], "x");
  assertEquals(program, Deno.execPath());
  assertEquals(args.slice(0, 3), ["run", "--no-prompt", "--allow-read"]);
  assertEquals(args.at(-1), "x");
});
