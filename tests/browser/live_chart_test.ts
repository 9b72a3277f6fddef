import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { build } from "../runtimes/node_kit.ts";
import { run } from "../runtimes/published.ts";
import { tempDir } from "../scaffold/project_kit.ts";
import { until } from "../until.ts";
import { inBrowser, TestBrowser } from "./browser_kit.ts";
import { serveChart } from "./chart_page.ts";

/** The texts of the legend. */
function legend(page: Page): Promise<string[]> {
  return page.locator(".u-legend .u-value").allTextContents();
}

/** The colors of some points of the chart. */
function pixels(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...new Set(new Uint32Array(data.buffer))].join();
  })()`);
}

const NEWEST = "2027-01-15 08:00:00";

Deno.test({
  ...inBrowser("LiveChart follows the newest value, zooms by drag, and goes back"),
  async fn() {
    await using server = await serveChart();
    await using browser = await TestBrowser.start();
    const page = await browser.open(server.url);
    const area = page.locator(".u-over");
    await until(async () => (await legend(page)).length === 3);
    assertEquals((await legend(page))[0], NEWEST);
    await page.getByRole("button", { name: "Add" }).click();
    await until(async () => (await legend(page)).join() === "2027-01-15 08:00:01,99,7");

    const { x, y, width } = (await area.boundingBox())!;
    const reset = page.getByRole("button", { name: "Reset zoom" });
    assertEquals(await reset.isVisible(), false);
    await page.mouse.move(x + width * 0.25, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 40, { steps: 5 });
    await page.mouse.up();
    await reset.waitFor();
    // The left edge was 300 s ago, so a quarter is 225 s ago.
    await page.mouse.move(x, y + 40);
    await until(async () => /07:56:1[5-7]$/.test((await legend(page))[0]!));

    await page.mouse.move(x + width / 2, y + 400);
    await reset.click();
    await page.mouse.move(x, y + 40);
    await until(async () => /07:55:0[0-2]$/.test((await legend(page))[0]!));
    assertEquals(await reset.isVisible(), false);
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("LiveChart can be read and zoomed with the keyboard alone"),
  async fn() {
    await using server = await serveChart();
    await using browser = await TestBrowser.start();
    const page = await browser.open(server.url);
    await until(async () => (await legend(page)).length === 3);
    for (let count = 0; count < 3; count++) await page.keyboard.press("Tab");
    assertEquals(
      await page.evaluate("document.activeElement.getAttribute('aria-label')"),
      "Temperature",
    );
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await until(async () => (await legend(page))[0] === "2027-01-15 07:59:58");
    await page.keyboard.press("+");
    await page.getByRole("button", { name: "Reset zoom" }).waitFor();
    await page.keyboard.press("Escape");
    await until(async () => (await legend(page))[0] === NEWEST);
    assertEquals(await page.getByRole("button", { name: "Reset zoom" }).isVisible(), false);
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("LiveChart follows the theme and the width of the page"),
  async fn() {
    await using server = await serveChart();
    await using browser = await TestBrowser.start();
    const page = await browser.open(server.url, { theme: "dark" });
    await until(async () => (await legend(page)).length === 3);
    const dark = await pixels(page);
    await page.getByRole("button", { name: "Light theme" }).click();
    await until(async () => await pixels(page) !== dark);
    await page.reload();
    // The choice outlives the page.
    await page.getByRole("button", { name: "Dark theme" }).waitFor();
    await page.setViewportSize({ width: 360, height: 640 });
    const fits = "document.querySelector('canvas')?.getBoundingClientRect().right <= 360 && " +
      "document.documentElement.scrollWidth <= 360";
    await until(async () => await page.evaluate<boolean>(fits));
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("LiveChart shows the newest values as text without uPlot"),
  async fn() {
    await using server = await serveChart({ uplot: false });
    await using browser = await TestBrowser.start();
    const page = await browser.open(server.url);
    await page.getByText(/inside: [\d.]+, outside: [\d.]+\. For charts, install .* uplot/)
      .waitFor();
    assertEquals(browser.takeErrors(), []);
  },
});

for (const flags of [[], ["--minify"]]) {
  Deno.test({
    ...inBrowser(`scriptOf makes a script that runs after \`deno bundle ${flags}`.trim() + "`"),
    async fn() {
      await using temp = await tempDir();
      const program = join(temp.path, "program.mjs");
      await build("tests/browser/print_chart_script.ts", program, flags);
      const script = await run(Deno.execPath(), ["run", program], temp.path);
      assertNotEquals(script.includes("LiveChart"), flags.length > 0);
      await using server = await serveChart({ script });
      await using browser = await TestBrowser.start();
      const page = await browser.open(server.url);
      await until(async () => (await legend(page)).length === 3);
      assertEquals(browser.takeErrors(), []);
    },
  });
}
