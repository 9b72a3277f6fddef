import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { until } from "../until.ts";
import { inBrowser, TestBrowser } from "./browser_kit.ts";
import { DemoSite } from "./demo_site.ts";
import { poorContrasts } from "./page_checks.ts";

/** How many points of the canvas of the first chart have the color of its line. */
function drawn(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(".card canvas");
    if (canvas === null) return 0;
    const probe = document.createElement("span");
    probe.style.color = "var(--series-1)";
    document.body.append(probe);
    const color = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (color.every((part, index) => Math.abs(part - data[at + index]) < 40) && data[at + 3] > 200) count++;
    }
    return count;
  })()`);
}

/** A number in the delivery section of the status page. */
async function delivery(page: Page, name: string): Promise<number> {
  const term = page.locator("dt", { hasText: new RegExp(`^${name}$`) });
  const text = await page.locator("dl.numbers > div", { has: term }).locator("dd").textContent();
  return Number(text?.replaceAll(",", ""));
}

/** Posts values of a path to the sandbox of a site. */
function poster({ sandbox, account, url }: DemoSite): (v: number) => Promise<void> {
  const { token } = sandbox.addBot({ protocol: null, account, permissions: "all" });
  return async (v) => {
    const response = await fetch(`${url}api/accounts/${account.id}/values?b=${token}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ p: "kitchen.temperature", v }]),
    });
    assertEquals(response.status, 204);
  };
}

Deno.test({
  ...inBrowser("the sandbox's page shows a value on its chart as soon as it is posted"),
  async fn() {
    await using site = await DemoSite.start({ devices: [] });
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.url);
    await page.getByText("No value has been stored yet.").waitFor();
    const post = poster(site);
    await post(21.5);
    const card = page.locator(".card", { hasText: "kitchen.temperature" });
    await card.getByTitle("21.5", { exact: true }).waitFor();
    await until(async () => await drawn(page) > 5);
    const before = await drawn(page);
    for (let value = 0; value < 5; value++) await post(value * 10);
    await card.getByTitle("40", { exact: true }).waitFor();
    await until(async () => await drawn(page) > 2 * before);
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("the sandbox's page shows a value that is posted while it reads those before"),
  async fn() {
    await using site = await DemoSite.start({ devices: [] });
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.url);
    const post = poster(site);
    const card = page.locator(".card", { hasText: "kitchen.temperature" });
    await page.route("**/page/history?*", async (route) => {
      const response = await route.fetch();
      await post(40);
      await card.getByTitle("40", { exact: true }).waitFor();
      await route.fulfill({ response });
    }, { times: 1 });
    await post(21.5);
    await card.locator(".u-legend", { hasText: "40" }).waitFor();
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("the sandbox's page lets values wait, and drain again, at the switch of a fault"),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.url);
    const bot = await browser.open(site.botUrl);
    await until(async () => await delivery(bot, "Sent") > 0);
    const away = page.getByRole("switch", { name: "Backend away" });
    // With the keyboard.
    await away.focus();
    await page.keyboard.press("Space");
    await until(async () => await away.getAttribute("aria-checked") === "true");
    await until(async () => await delivery(bot, "Waiting") >= 10);
    await page.keyboard.press("Space");
    await until(async () => await away.getAttribute("aria-checked") === "false");
    await until(async () => await delivery(bot, "Waiting") === 0, () => site.stored);
    // Those that waited were stored with their own times, by PUT.
    assert(site.sandbox.values().some(({ method }) => method === "PUT"));
    assertEquals(await delivery(bot, "Dropped"), 0);
  },
});

Deno.test({
  ...inBrowser(
    "the sandbox's page sets the time range, pauses and filters with the keyboard alone",
  ),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.url);
    await page.locator(".card").nth(5).waitFor();
    await page.keyboard.press("3");
    const pressed = page.getByRole("group", { name: "Time range" }).locator("[aria-pressed=true]");
    assertEquals(await pressed.textContent(), "30 min");
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.keyboard.press("/");
    // A digit is text here.
    await page.keyboard.type("switch 1");
    await until(async () => await page.locator(".card:visible").count() === 2);
    assertEquals(await pressed.textContent(), "30 min");
    await page.keyboard.press("Escape");
    await until(async () => await page.locator(".card:visible").count() > 2);
    assertEquals(browser.takeErrors(), []);
  },
});

for (const theme of ["light", "dark"] as const) {
  Deno.test({
    ...inBrowser(`the sandbox's page has enough contrast in the ${theme} theme`),
    async fn() {
      await using site = await DemoSite.start();
      await using browser = await TestBrowser.start();
      const page = await browser.open(site.url, { theme });
      await page.locator(".card").nth(5).waitFor();
      assertEquals(await poorContrasts(page), []);
      await page.getByRole("switch", { name: "Slow" }).click();
      await until(async () => await page.locator("[aria-checked=true]").count() === 1);
      assertEquals(await poorContrasts(page), []);
      await page.getByRole("switch", { name: "Slow" }).click();
      await until(async () => await page.locator("[aria-checked=true]").count() === 0);
      assertEquals(browser.takeErrors(), []);
    },
  });
}

Deno.test({
  ...inBrowser("the sandbox's page fits a screen of 360 pixels"),
  async fn() {
    await using site = await DemoSite.start();
    await using browser = await TestBrowser.start();
    const page = await browser.open(site.url, { width: 360, height: 640 });
    await page.locator(".card").nth(5).waitFor();
    assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
  },
});
