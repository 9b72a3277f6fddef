// What the health of a bot is, with a real collector.

import { assertEquals, assertMatch } from "@std/assert";
import { HealthMonitor } from "../../src/bot/health_monitor.ts";
import type { CollectorOptions } from "../../src/collector/options.ts";
import { grafolean, sending, START, TestBot } from "../collector/collector_kit.ts";
import { VirtualTime } from "../virtual_time.ts";

/** A bot that runs in virtual time and sends this value every 10 seconds, and its health. */
function running(options: CollectorOptions = {}, value = 1) {
  const time = new VirtualTime(START);
  const { sandbox, account, bot } = grafolean();
  const collector = new TestBot({
    jobs: () => [
      sending("a", account.id, {
        performJob: (_affecting, _params, context) => context.sendResults(account.id, { a: value }),
      }),
    ],
    token: bot.token,
    options: { fetch: sandbox.fetch, ...options },
  });
  const monitor = new HealthMonitor({ name: "mybot", startedAt: START, jobsRefreshInterval: 120 });
  const stop = new AbortController();
  const work = collector.execute({ signal: stop.signal });
  return {
    time,
    sandbox,
    /** Lets time pass, and returns the status. */
    async after(seconds: number) {
      let status = monitor.collecting(collector.stats(), time.now() / 1000);
      for (let passed = 0; passed < seconds; passed += 10) {
        await time.pass(10);
        status = monitor.collecting(collector.stats(), time.now() / 1000);
      }
      return status;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await time.until(work);
      time[Symbol.dispose]();
    },
  };
}

Deno.test("HealthMonitor reports values that may not be PUT, while others are POSTed", async () => {
  await using it = running();
  assertEquals((await it.after(60)).ok, true);
  const noPut = it.sandbox.faults.add({ when: ({ method }) => method === "PUT", status: 403 });
  it.sandbox.faults.add({ when: ({ method }) => method === "POST", status: 502, times: 1 });
  const { ok, line } = await it.after(90);
  assertEquals(ok, false);
  assertMatch(line, /^mybot is unhealthy: \d+ values? waiting, the oldest for \d+ s: .*403/);
  noPut.remove();
  assertEquals(
    (await it.after(120)).line.replace(/\d+ values sent/, ""),
    "mybot is healthy: 1 job, 0 running, 0 failing, , 0 waiting",
  );
});

Deno.test("HealthMonitor reports an outbox file that cannot be used", async () => {
  await using it = running({ outboxFile: "/does/not/exist/outbox.db" });
  const { ok, line } = await it.after(90);
  assertEquals(ok, false);
  assertMatch(line, /^mybot is unhealthy: .*outbox file "\/does\/not\/exist\/outbox.db"/);
});

Deno.test("HealthMonitor reports a bot whose values are all refused", async () => {
  await using it = running({}, NaN);
  const { ok, line } = await it.after(120);
  assertEquals(ok, false);
  assertMatch(line, /^mybot is unhealthy: (\d+) of \1 values refused in the last 10 minutes/);
});
