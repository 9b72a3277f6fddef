import { assertEquals, assertRejects } from "@std/assert";
import { JobRefresher } from "../../src/collector/job_refresher.ts";
import { JobScheduler } from "../../src/jobs/scheduler.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { job } from "./collector_kit.ts";

Deno.test("JobRefresher does not call jobs() after its signal aborted, and counts no failure", async () => {
  let calls = 0;
  const log = createLogger(() => {});
  const refresher = new JobRefresher({
    jobs: () => {
      calls++;
      return [job("a")];
    },
    scheduler: new JobScheduler({ sink: () => {}, intake: { accept: () => Promise.resolve() } }),
    intervalMs: 1000,
    log,
    problems: new ProblemLog(log),
    redact: (text) => text,
  });
  const reason = new Error("enough");
  const stop = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => refresher.refresh(stop)), reason);
  assertEquals(await refresher.refreshUntilOk(stop), false);
  await refresher.keepRefreshing(stop);
  assertEquals(calls, 0);
  assertEquals(refresher.stats(), { ok: null, at: null, error: null });
});
