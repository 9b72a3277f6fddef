import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { tempDir } from "../scaffold/project_kit.ts";
import { build, onNode } from "./node_kit.ts";

Deno.test({
  ...onNode("exportMetrics passes the numbers of a bot to an SDK of OpenTelemetry"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "exporting_bot.mjs");
    await build("tests/runtimes/exporting_bot.ts", script);
    const { code, stdout, stderr } = await new Deno.Command("node", { args: [script] }).output();
    const decoder = new TextDecoder();
    assertEquals([code, decoder.decode(stderr)], [0, ""]);
    const { isOffBefore, exported } = JSON.parse(decoder.decode(stdout));
    assertEquals(isOffBefore, true);
    const expected = {
      "grafolean.bot.jobs": 2,
      "grafolean.bot.runs ok": 1,
      "grafolean.bot.runs failed": 1,
      "grafolean.bot.run.duration": 2,
      "grafolean.bot.requests values POST 204": 1,
      "grafolean.bot.request.duration values": 1,
      "grafolean.bot.values sent": 2,
      "grafolean.bot.problems_open failing jobs": 1,
    };
    assertEquals(
      Object.fromEntries(Object.keys(expected).map((key) => [key, exported[key]])),
      expected,
    );
  },
});
