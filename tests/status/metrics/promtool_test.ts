import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { Metrics } from "../../../src/status/metrics/metrics.ts";
import { codeBlocks } from "../../docs/markdown.ts";
import { tempDir } from "../../scaffold/project_kit.ts";
import { hasPromtool, promtool } from "./promtool.ts";
import { runningBot } from "./running_bot.ts";
import { metricsOf, troubledBot } from "./troubled_bot.ts";

const PAGE = join(import.meta.dirname!, "../../../docs/metrics.md");
const ignore = !await hasPromtool();

Deno.test({
  name: "Metrics of a bot in trouble are what Prometheus expects (needs promtool)",
  ignore,
  async fn() {
    const { bot } = troubledBot();
    const text = await metricsOf(bot);
    assertEquals(await promtool(["check", "metrics"], text), { code: 0, output: "" }, text);
  },
});

Deno.test({
  name: "Metrics of a bot that waits for its token are what Prometheus expects (needs promtool)",
  ignore,
  async fn() {
    using metrics = new Metrics(runningBot(undefined, { name: 'a "bot" \\ of\ntwo lines' }));
    const text = await metrics.render();
    assertEquals(await promtool(["check", "metrics"], text), { code: 0, output: "" }, text);
  },
});

Deno.test({
  name: "docs/metrics.md has a configuration and alerts that Prometheus takes (needs promtool)",
  ignore,
  async fn() {
    await using temp = await tempDir();
    for (const { file, text } of codeBlocks(await Deno.readTextFile(PAGE))) {
      const path = join(temp.path, file!);
      await Deno.writeTextFile(path, text);
      const what = path.endsWith(".rules.yml") ? ["rules"] : ["config", "--syntax-only"];
      const { code, output } = await promtool(["check", ...what, path]);
      assertEquals(code, 0, output);
    }
  },
});
