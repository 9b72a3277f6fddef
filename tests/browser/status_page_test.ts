import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { until } from "../until.ts";
import { inBrowser, TestBrowser } from "./browser_kit.ts";
import { DemoSite } from "./demo_site.ts";
import { poorContrasts } from "./page_checks.ts";

/** The names in the rows that can be seen, from top to bottom. */
async function names(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll(".row:not([hidden])")]
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
    .map((row) => row.querySelector(".name").textContent)`);
}

/** Waits until the page shows all devices, each after its first run. */
async function loaded(page: Page): Promise<void> {
  await until(async () => (await names(page)).length === 7);
  await until(async () => await page.locator(".row[data-state=ok]").count() === 5);
  await until(async () => await page.locator(".row[data-state=failing]").count() === 1);
}

const SORTED = [
  "access point",
  "file server",
  "old switch",
  "printer",
  "router",
  "switch 1",
  "switch 2",
];

Deno.test({
  ...inBrowser("the status page sorts and filters devices"),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.botUrl);
    await loaded(page);
    // What fails comes first.
    await until(async () => (await names(page))[0] === "printer");
    await page.locator(".header .name button").click();
    await until(async () => (await names(page)).join() === SORTED.join());
    await page.locator(".header .name button").click();
    await until(async () => (await names(page)).join() === SORTED.toReversed().join());

    await page.getByRole("searchbox").fill("switch");
    await until(async () => (await names(page)).join() === "switch 2,switch 1,old switch");
    await page.getByRole("button", { name: /Not polled/ }).click();
    await until(async () => (await names(page)).join() === "old switch");
    // The address of the page keeps the choice.
    await page.reload();
    await until(async () => (await names(page)).join() === "old switch");
    await page.getByRole("searchbox").fill("no such device");
    await page.getByText("No device matches.").waitFor();
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("the status page can be used with the keyboard alone"),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.botUrl);
    await loaded(page);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("/");
    await page.keyboard.type("switch");
    await until(async () => (await names(page)).length === 3);
    const third = (await names(page))[2];
    await press("Enter", "Home", "ArrowDown", "ArrowDown", "Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    assertEquals(await dialog.getByRole("heading", { level: 2 }).textContent(), third);
    await press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await press("/", "Escape");
    await until(async () => (await names(page)).length === 7);

    // Tab reaches everything that can be clicked, and shows where it is.
    await page.reload();
    await loaded(page);
    const reached = new Set<string>();
    for (let count = 0; count < 60; count++) {
      await press("Tab");
      const [label, outline]: [string, string] = await page.evaluate(`(async () => {
        // The table shows its active row with the next frame.
        await new Promise(requestAnimationFrame);
        const element = document.activeElement;
        if (element === document.body) return ["", ""];
        const label = element.getAttribute("aria-label") ?? element.textContent;
        // In a table the active row shows it.
        const id = element.getAttribute("aria-activedescendant");
        const shown = id === null ? element : document.getElementById(id);
        return [label.trim(), getComputedStyle(shown).outlineStyle];
      })()`);
      // After the last one comes the browser itself.
      if (label === "") break;
      reached.add(label);
      assert(outline !== "none", `"${label}" does not show that it has the focus`);
    }
    const labels = [...reached].join("\n");
    for (const label of ["Dark theme", "Failing", "Filter by", "Device", "Devices and jobs"]) {
      assert(labels.includes(label), `Tab does not reach "${label}", only:\n${labels}`);
    }
    assertEquals(browser.takeErrors(), []);
  },
});

for (const theme of ["light", "dark"] as const) {
  Deno.test({
    ...inBrowser(`the status page has enough contrast in the ${theme} theme`),
    async fn() {
      await using site = await DemoSite.start();
      await using browser = await TestBrowser.start();
      const page = await browser.open(site.botUrl, { theme });
      await loaded(page);
      assertEquals(await poorContrasts(page), []);
      await page.locator(".row[data-state=failing]").click();
      await page.getByRole("dialog").waitFor();
      assertEquals(await poorContrasts(page), []);
    },
  });
}

Deno.test({
  ...inBrowser("the status page fits a screen of 360 pixels"),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.botUrl, { width: 360, height: 640 });
    await loaded(page);
    const width = () => page.evaluate("document.documentElement.scrollWidth");
    assertEquals(await width(), 360);
    await page.locator(".row[data-state=failing]").click();
    await page.getByRole("dialog").waitFor();
    assertEquals(await width(), 360);
  },
});

Deno.test({
  ...inBrowser("the status page keeps few rows in the document, however many devices there are"),
  async fn() {
    const count = 10_000;
    const devices = Array.from(
      { length: count },
      (_, index) => index === 9999 ? "needle" : `device ${index}`,
    );
    await using site = await DemoSite.start({ devices, interval: 3600 });
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.botUrl);
    const elements = () => page.locator(".row").count();
    const shown = page.getByRole("button", { name: /^All/ });
    await until(async () => /10,001/.test(await shown.textContent() ?? ""), () => elements());
    const state = page.getByRole("grid");
    let most = 0;
    for (let step = 1; step <= 20; step++) {
      await page.evaluate(`scrollTo(0, document.body.scrollHeight * ${step / 20})`);
      await until(async () => {
        most = Math.max(most, await elements());
        const inSight = await page.evaluate<number>(
          `[...document.querySelectorAll(".row:not([hidden])")]
          .filter((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
          }).length`,
        );
        return inSight >= 15;
      });
    }
    assert(most < 60, `${most} rows`);
    assertEquals(await state.getAttribute("aria-rowcount"), String(count + 2));
    await page.getByRole("searchbox").fill("needle");
    await until(async () => (await names(page)).join() === "needle");
    assertEquals(browser.takeErrors(), []);
  },
});
