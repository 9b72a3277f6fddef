import { assertEquals, assertRejects } from "@std/assert";
import { createLogger } from "../../src/util/log.ts";
import { progressLog } from "../../src/util/progress.ts";
import { VirtualTime } from "../virtual_time.ts";

function logged() {
  const lines: string[] = [];
  const log = createLogger(({ level, message }) => lines.push(`${level} ${message}`));
  return { show: progressLog(log), take: () => lines.splice(0) };
}

Deno.test("progressLog logs every 10 s what has moved, and every minute what has not", async () => {
  using time = new VirtualTime(0);
  const { show, take } = logged();
  const work = Promise.withResolvers<number>();
  let text: string | undefined = "Running jobs: 0 of 9";
  const shown = show(work.promise, () => text);
  await time.pass(9.9);
  assertEquals(take(), []);
  await time.pass(0.1);
  assertEquals(take(), ["info Running jobs: 0 of 9 (10 s)"]);
  text = "Running jobs: 3 of 9";
  await time.pass(10);
  assertEquals(take(), ["info Running jobs: 3 of 9 (20 s)"]);
  await time.pass(120);
  assertEquals(take(), ["info Running jobs: 3 of 9 (80 s)", "info Running jobs: 3 of 9 (140 s)"]);
  text = undefined;
  await time.pass(120);
  assertEquals(take(), []);
  work.resolve(5);
  assertEquals(await shown, 5);
});

Deno.test("progressLog says how much time is left until a deadline, and ends when the work fails", async () => {
  using time = new VirtualTime(0);
  const { show, take } = logged();
  const work = Promise.withResolvers<void>();
  const shown = show(work.promise, () => "Finishing jobs: 2 running", performance.now() + 25_000);
  await time.pass(15);
  assertEquals(take(), ["info Finishing jobs: 2 running, 15 s left"]);
  work.reject(new Error("failed"));
  await assertRejects(() => shown, Error, "failed");
  await time.pass(100);
  assertEquals(take(), []);
});
