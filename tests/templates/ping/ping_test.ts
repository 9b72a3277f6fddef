import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mock } from "node:test";
import { fileURLToPath } from "node:url";
import { ping, pingArguments } from "../../../templates/ping/ping.ts";
import type { PingResult } from "../../../templates/ping/ping_output.ts";

const FAKE = fileURLToPath(new URL("./fake_ping.sh", import.meta.url));
const signal = new AbortController().signal;

function reasonOf(result: PingResult): string {
  return result.status === "failed" ? result.reason : result.status;
}

Deno.test("ping tells the round-trip time of an answer", async () => {
  assertEquals(await ping({ host: "answers", timeout: 1, signal }, FAKE), {
    status: "answered",
    rtt: 0.005,
  });
});

Deno.test("ping tells a lost packet", async () => {
  assertEquals(await ping({ host: "lost", timeout: 1, signal }, FAKE), { status: "lost" });
});

Deno.test("ping makes the program speak the language that the parser knows", async () => {
  assertEquals(await ping({ host: "language", timeout: 1, signal }, FAKE), {
    status: "answered",
    rtt: 0.001, // LC_ALL has one letter
  });
});

Deno.test({
  name: "ping gives the program nothing of the environment of the bot",
  ignore: Deno.build.os === "windows",
  async fn() {
    Deno.env.set("PING_TEST_TOKEN", "5b8c1f0e");
    try {
      const said = reasonOf(await ping({ host: "environment", timeout: 1, signal }, FAKE));
      assertStringIncludes(said, "LC_ALL=C");
      assert(!said.includes("5b8c1f0e"), said);
    } finally {
      Deno.env.delete("PING_TEST_TOKEN");
    }
  },
});

Deno.test("ping sends one packet, and waits for as long as it is told", async () => {
  const result = await ping({ host: "arguments", timeout: 0.5, signal }, FAKE);
  assertStringIncludes(reasonOf(result), `-n -c 1 -W ${Deno.build.os === "linux" ? "0.5" : "500"}`);
});

Deno.test("ping kills the program when its signal aborts", async () => {
  mock.timers.enable({ apis: ["setTimeout"] }); // so that nothing else kills it
  try {
    const stop = new AbortController();
    const result = ping({ host: "hangs", timeout: 1, signal: stop.signal }, FAKE);
    stop.abort(new Error("that will do"));
    await assertRejects(() => result, Error, "that will do");
  } finally {
    mock.timers.reset();
  }
});

Deno.test("ping takes a packet for neither lost nor answered when somebody ends the program", async () => {
  await assertRejects(
    () => ping({ host: "ended", timeout: 1, signal }, FAKE),
    Error,
    'ping to "ended" was ended by SIGTERM',
  );
});

Deno.test({
  name: "ping keeps the program from hearing what ends the bot, such as Ctrl-C",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const said = reasonOf(await ping({ host: "group", timeout: 1, signal }, FAKE));
    const [, its, own] = /says: (\d+); (\d+)\./.exec(said) ?? [];
    assert(its !== undefined && its !== own, said);
  },
});

Deno.test("ping sends nothing when its signal has aborted before", async () => {
  const stopped = AbortSignal.abort(new Error("that will do"));
  await assertRejects(
    () => ping({ host: "answers", timeout: 1, signal: stopped }, FAKE),
    Error,
    "that will do",
  );
});

Deno.test("ping kills a program that does not come to an end", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const result = ping({ host: "hangs", timeout: 1, signal }, FAKE);
    mock.timers.tick(20_000);
    assertStringIncludes(reasonOf(await result), "not come to an end after 16 s");
  } finally {
    mock.timers.reset();
  }
});

Deno.test("ping says what to do where the program is missing", async () => {
  const result = await ping({ host: "answers", timeout: 1, signal }, "no-such-ping");
  assertStringIncludes(reasonOf(result), '"no-such-ping" is not here: install it');
});

Deno.test({
  name: "ping says what to do where Deno may not run the program",
  permissions: { run: false },
  fn: async () => {
    // One that is there on every machine.
    const result = await ping({ host: "answers", timeout: 1, signal }, FAKE);
    assertStringIncludes(reasonOf(result), `start the bot with --allow-run=${FAKE}`);
  },
});

Deno.test("ping says what happened where the program cannot be started", async () => {
  const result = await ping({ host: "a\0b", timeout: 1, signal }, FAKE);
  assertStringIncludes(reasonOf(result), "cannot be started: ");
});

Deno.test("pingArguments counts the time in seconds on Linux, in milliseconds elsewhere", () => {
  assertEquals(pingArguments("h", 1.5, "linux"), ["-n", "-c", "1", "-W", "1.5", "--", "h"]);
  assertEquals(pingArguments("h", 1.5, "darwin"), ["-n", "-c", "1", "-W", "1500", "--", "h"]);
});

Deno.test("pingArguments never asks for less than a millisecond, which would be for ever", () => {
  assertEquals(pingArguments("h", 0.0001, "linux")[4], "0.001");
  assertEquals(pingArguments("h", 2 / 3, "linux")[4], "0.667");
});

Deno.test("pingArguments keeps a host that begins with a dash from being an option", () => {
  const args = pingArguments("-f", 1, "linux");
  assert(args.indexOf("--") < args.indexOf("-f"));
});
