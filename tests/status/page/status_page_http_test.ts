// Over a real connection, in real time.

import { assert, assertEquals } from "@std/assert";
import { StatusPage } from "../../../src/status/page/status_page.ts";
import { serve } from "../../../src/web/serve.ts";
import { job, TestBot } from "../../collector/collector_kit.ts";
import { until } from "../../until.ts";
import { FakeRunningBot, Viewer } from "./page_kit.ts";

Deno.test("StatusPage shows 10,000 jobs to those who look, and notices when they go", async () => {
  const count = 10_000;
  const bot = new TestBot({
    jobs: () =>
      Array.from({ length: count }, (_, index) => job(`job-${index}`, { intervals: [2] })),
  });
  const stop = new AbortController();
  const running = new FakeRunningBot(bot);
  await using page = new StatusPage(running);
  await using server = await serve(
    async (request) =>
      await page.handle(request, new URL(request.url).pathname.slice(1)) ??
        new Response(null, { status: 404 }),
    { port: 0, hostname: "127.0.0.1" },
  );
  const execution = bot.execute({ signal: stop.signal });
  await until(() => bot.stats().jobs.known === count);
  {
    await using one = new Viewer(await fetch(`${server.url}events`));
    await using other = new Viewer(await fetch(`${server.url}events`));
    for (const viewer of [one, other]) {
      await viewer.upTo("complete");
      assertEquals(viewer.rows.size, count);
      while (![...viewer.lines.values()].some(({ state }) => state === "ok")) await viewer.next();
    }
    const html = await fetch(server.url);
    assert((await html.text()).includes("page.js"));
  }
  // It may be told of a closed connection only when it writes.
  await until(async () => {
    const { asked } = running;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    return running.asked === asked;
  }, () => running.asked);
  stop.abort();
  await execution;
});
