import { assertEquals } from "@std/assert";
import type { RunningBot } from "../../src/bot/status_port.ts";
import { StatusPage } from "../../src/status/page/status_page.ts";
import type { Problem } from "../../src/util/problem.ts";
import { serve } from "../../src/web/serve.ts";
import { runningBot } from "../status/metrics/running_bot.ts";
import { inBrowser, TestBrowser } from "./browser_kit.ts";

/** A bot that waits, and why. */
function waitingBot(message: string): RunningBot {
  const since = Date.now() / 1000;
  const problem: Problem = {
    key: "bot token",
    message,
    level: "warn",
    kind: "problems",
    since,
    times: 3,
  };
  return runningBot(undefined, {
    health: () => ({ ok: true, line: `demo is starting: ${message}`, state: "waiting", since }),
    problems: () => [problem],
  });
}

Deno.test({
  ...inBrowser("the status page says what a bot waits for before it collects"),
  async fn() {
    const cause = "Waiting for the bot token: its file does not exist yet";
    const status = new StatusPage(waitingBot(cause));
    const server = await serve(
      async (request) =>
        await status.handle(request, new URL(request.url).pathname.slice(1)) ??
          new Response(null, { status: 404 }),
      { port: 0, hostname: "127.0.0.1" },
    );
    try {
      await using browser = await TestBrowser.start();
      const page = await browser.open(server.url);
      await page.getByText(/^Waiting for \d+ s$/).waitFor();
      // In the header and among the problems.
      await page.getByText(cause, { exact: true }).nth(1).waitFor();
      assertEquals(await page.getByText(/healthy/i).count(), 0);
      assertEquals(browser.takeErrors(), []);
    } finally {
      await status[Symbol.asyncDispose]();
      await server.close();
    }
  },
});
