// Bots as processes whose log or output cannot be written, on Deno and on Node, which fail in different ways.

import { assertEquals, assertMatch } from "@std/assert";
import { noSignals, type Stage, stage } from "./bot_process.ts";
import { RUNTIMES } from "./bot_runtimes.ts";

// Only Linux has a file that is always full.
const noFullDisk = Deno.build.os !== "linux";

/** The command with a stream that is written to a full disk. */
function onFullDisk(stream: "1" | "2", command: readonly string[]): string[] {
  return ["sh", "-c", `exec "$@" ${stream}>/dev/full`, "sh", ...command];
}

/** Waits until the bot has polled and delivered several times, and stops it. */
async function endAfterSomeTime(it: Stage, bot: ReturnType<Stage["run"]>) {
  const delivered = it.sandbox.waitForValues(4, {
    timeout: 120,
  });
  const died = bot.ended.then(() => "the bot has ended");
  assertEquals(await Promise.race([delivered.then(() => "delivered"), died]), "delivered");
  bot.signal("SIGTERM");
  return await bot.end();
}

for (const { test, command } of RUNTIMES) {
  const full = test("runBot polls and delivers when its log is on a full disk");
  Deno.test({ ...full, ignore: full.ignore || noFullDisk }, async () => {
    await using it = await stage("kitchen", "careless");
    const bot = it.run(onFullDisk("2", await command(it)), { env: it.env });
    assertEquals((await endAfterSomeTime(it, bot)).code, 0);
  });

  const closed = test("runBot polls and delivers when nobody reads its log");
  Deno.test({ ...closed, ignore: closed.ignore || noSignals }, async () => {
    await using it = await stage("kitchen", "careless");
    const bot = it.run(await command(it), { env: it.env, closed: "stderr" });
    assertEquals((await endAfterSomeTime(it, bot)).code, 0);
  });

  Deno.test(test("runBot --dry-run ends quietly when nobody reads its output"), async () => {
    await using it = await stage("kitchen", "hall", "roof");
    const args = [...await command(it), "--dry-run", "--json"];
    const bot = it.run(args, { env: { ...it.env, LOG_LEVEL: "warn" }, closed: "stdout" });
    const { code, stderr } = await bot.end();
    assertEquals([code, stderr], [0, ""]);
  });

  const lost = test("runBot --dry-run fails when its output does not fit on the disk");
  Deno.test({ ...lost, ignore: lost.ignore || noFullDisk }, async () => {
    await using it = await stage("kitchen");
    const args = [...await command(it), "--dry-run"];
    const { code, stderr } = await it.run(onFullDisk("1", args), { env: it.env }).end();
    assertEquals(code, 1);
    assertMatch(stderr, /ERROR Cannot write to standard output: .*no space left on device.*\n$/i);
  });
}
