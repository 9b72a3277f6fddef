import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { loadUPlot } from "../../src/web/uplot.ts";
import { build, onNode } from "../runtimes/node_kit.ts";
import { run } from "../runtimes/published.ts";
import { tempDir } from "../scaffold/project_kit.ts";

Deno.test("loadUPlot loads what a browser needs, with the licence", async () => {
  const { js, css } = (await loadUPlot())!;
  assertMatch(js, /^\/\*\s*The MIT License[^]*Copyright \(c\)[^]*\*\/\s*var uPlot=/);
  assertMatch(css, /\.u-legend/);
});

Deno.test({
  ...onNode("loadUPlot finds the npm package, or nothing"),
  async fn() {
    await using temp = await tempDir();
    await build("tests/web/uplot_on_node.ts", join(temp.path, "uplot.mjs"));
    assertEquals(await run("node", ["uplot.mjs"], temp.path), "undefined\n");
    const dist = join(temp.path, "node_modules", "uplot", "dist");
    await Deno.mkdir(dist, { recursive: true });
    await Deno.writeTextFile(join(dist, "..", "package.json"), "{}");
    await Deno.writeTextFile(join(dist, "..", "LICENSE"), "free\n");
    await Deno.writeTextFile(join(dist, "uPlot.iife.min.js"), "script");
    await Deno.writeTextFile(join(dist, "uPlot.min.css"), "style");
    assertEquals(
      await run("node", ["uplot.mjs"], temp.path),
      "{ js: '/*\\nfree\\n*/\\nscript', css: 'style' }\n",
    );
  },
});
