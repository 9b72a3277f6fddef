// Signals to real processes, and a real terminal.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { HealthReport } from "../../src/bot/health.ts";
import { until } from "../until.ts";
import { denoRun, noSignals, stage } from "./bot_process.ts";
import { noTerminal, startInTerminal } from "./bot_terminal.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`runBot lets jobs finish at ${signal}, sends their values and exits with 0`, {
    ignore: noSignals,
  }, async () => {
    await using it = await stage("slow");
    const bot = it.start([], it.env);
    await it.sandbox.waitForValues(1, { path: "slow.started", timeout: 120 });
    bot.signal(signal);
    const { code, stdout, stderr } = await bot.end();
    assertEquals([code, stdout], [0, ""], stderr);
    assertEquals(it.sandbox.values(it.account, "slow.done").length, 1);
    assertStringIncludes(stderr, "Stopping: finishing jobs");
    assertStringIncludes(stderr, "Stopped: 2 values sent\n");
  });
}

Deno.test("runBot takes signals that come together as one", { ignore: noSignals }, async () => {
  await using it = await stage("slow");
  const bot = it.start([], it.env);
  await it.sandbox.waitForValues(1, { path: "slow.started", timeout: 120 });
  bot.signal("SIGTERM");
  bot.signal("SIGINT");
  const { code, stderr } = await bot.end();
  assertEquals(code, 0, stderr);
  assertEquals(it.sandbox.values(it.account, "slow.done").length, 1);
});

Deno.test("runBot quits at a later signal and logs why", { ignore: noSignals }, async () => {
  await using it = await stage("hangs");
  const signals = ["SIGINT", "SIGTERM"] as const;
  const bots = signals.map((signal) => ({ signal, bot: it.start([], it.env) }));
  await it.sandbox.waitForValues(2, { path: "hangs.started", timeout: 120 });
  const ends = await Promise.all(bots.map(async ({ signal, bot }) => {
    bot.signal(signal);
    await bot.waitForOutput("again to quit now");
    // However slow the machine is, one of them comes half a second after the first.
    const repeat = setInterval(() => bot.signal(signal), 100);
    bot.ended.finally(() => clearInterval(repeat));
    return await bot.end();
  }));
  assertEquals(ends.map(({ code }) => code), [130, 143]);
  for (const [n, { stderr }] of ends.entries()) {
    assertStringIncludes(
      stderr.trimEnd().split("\n").at(-1) ?? "",
      `ERROR Quit by ${signals[n]} before the end: what is not in OUTBOX_FILE is lost`,
    );
  }
});

Deno.test("runBot finishes its jobs at one Ctrl-C under deno task (needs script)", {
  ignore: noTerminal,
}, async () => {
  // About half of the time the Ctrl-C arrives twice.
  const stages = await Promise.all(Array.from({ length: 4 }, () => stage("slow")));
  const ends = await Promise.all(stages.map(async (it) => {
    const bot = await startInTerminal(it);
    await it.sandbox.waitForValues(1, { path: "slow.started", timeout: 120 });
    await bot.type("\x03");
    const { code, stdout } = await bot.end();
    const done = it.sandbox.values(it.account, "slow.done").length;
    await it[Symbol.asyncDispose]();
    return { code, done, stdout };
  }));
  for (const { code, done, stdout } of ends) assertEquals([code, done], [0, 1], stdout);
});

Deno.test("runBot delivers what waits when its terminal is closed (needs script)", {
  ignore: noTerminal,
}, async () => {
  await using it = await stage("slow");
  const health = join(it.folder, "health.json");
  const files = `${health},${health}.new`;
  const bot = await startInTerminal(it, {
    env: { ...it.env, HEALTH_FILE: health },
    permissions: [
      ...it.permissions.slice(0, 2),
      `--allow-read=.env,${files}`,
      `--allow-write=${files}`,
    ],
  });
  await it.sandbox.waitForValues(1, { path: "slow.started", timeout: 120 });
  bot.signal("SIGKILL");
  await bot.end();
  const report = async (): Promise<HealthReport> => JSON.parse(await Deno.readTextFile(health));
  await until(async () => (await report()).state === "stopped");
  assertEquals(it.sandbox.values(it.account, "slow.done").length, 1);
});

Deno.test("runBot outlives its terminal when it was started by nohup", {
  ignore: noSignals,
}, async () => {
  await using it = await stage("kitchen");
  const bot = it.run(["nohup", ...denoRun(it.permissions)], { env: it.env });
  await it.sandbox.waitForValues(1, { timeout: 120 });
  bot.signal("SIGHUP");
  await it.sandbox.waitForValues(it.sandbox.countValues(it.account) + 2, { timeout: 120 });
  bot.signal("SIGTERM");
  assertEquals((await bot.end()).code, 0);
});
