import { assertEquals, assertRejects } from "@std/assert";
import { denoCommand, runVariant } from "../../bench/harness/run_variant.ts";
import { FAKE_SUITE, printing } from "./fake_suite.ts";

const { figures } = FAKE_SUITE;

Deno.test("runVariant reads the figures of the suite in the last line, and ignores others", async () => {
  const command = printing('{ "cpu": 2, "other": "x" }');
  assertEquals(await runVariant("a", command, figures), { cpu: 2 });
});

Deno.test("runVariant kills a process that hangs", async () => {
  const command = [Deno.execPath(), "eval", "setInterval(() => {}, 1000)"];
  await assertRejects(
    () => runVariant("a", command, figures, 300),
    Error,
    "a was killed after 0.3 s",
  );
});

Deno.test("denoCommand runs a script with the given permissions and arguments only", () => {
  const script = import.meta.resolve("./no_script.ts");
  const [program, ...args] = denoCommand(script, ["--allow-read"], "x");
  assertEquals(program, Deno.execPath());
  assertEquals(args.slice(0, 3), ["run", "--no-prompt", "--allow-read"]);
  assertEquals(args.at(-1), "x");
});
