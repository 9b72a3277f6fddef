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

Deno.test("ping returns the round-trip time of an answer", async () => {
  assertEquals(await ping({ host: "answers", timeout: 1, signal }, FAKE), {
    status: "answered",
    rtt: 0.005,
  });
});

Deno.test("ping recognizes a lost packet", async () => {
  assertEquals(await ping({ host: "lost", timeout: 1, signal }, FAKE), { status: "lost" });
});

Deno.test("ping runs the program with LC_ALL=C", async () => {
  assertEquals(await ping({ host: "language", timeout: 1, signal }, FAKE), {
    status: "answered",
    rtt: 0.001, // one letter in LC_ALL
  });
});

Deno.test({
  name: "ping hides the bot's environment from the program",
  ignore: Deno.build.os === "windows",
  async fn() {
    Deno.env.set("PING_TEST_TOKEN", "5b8c1f0e");
    try {
      const reason = reasonOf(await ping({ host: "environment", timeout: 1, signal }, FAKE));
      assertStringIncludes(reason, "LC_ALL=C");
      assert(!reason.includes("5b8c1f0e"), reason);
    } finally {
      Deno.env.delete("PING_TEST_TOKEN");
    }
  },
});

Deno.test("ping sends one packet and waits for its timeout", async () => {
  const result = await ping({ host: "arguments", timeout: 0.5, signal }, FAKE);
  assertStringIncludes(reasonOf(result), `-n -c 1 -W ${Deno.build.os === "linux" ? "0.5" : "500"}`);
});

Deno.test("ping kills the program when its signal aborts", async () => {
  mock.timers.enable({ apis: ["setTimeout"] }); // so that the deadline does not kill it
  try {
    const stop = new AbortController();
    const result = ping({ host: "hangs", timeout: 1, signal: stop.signal }, FAKE);
    stop.abort(new Error("stopped"));
    await assertRejects(() => result, Error, "stopped");
  } finally {
    mock.timers.reset();
  }
});

Deno.test("ping rejects when the program is killed from outside", async () => {
  await assertRejects(
    () => ping({ host: "killed", timeout: 1, signal }, FAKE),
    Error,
    'ping to "killed" was killed by SIGTERM',
  );
});

Deno.test({
  name: "ping runs the program in its own process group, out of reach of Ctrl-C",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const reason = reasonOf(await ping({ host: "group", timeout: 1, signal }, FAKE));
    const [, its, own] = /\((\d+); (\d+)\)/.exec(reason) ?? [];
    assert(its !== undefined && its !== own, reason);
  },
});

Deno.test("ping sends nothing when its signal is already aborted", async () => {
  const stopped = AbortSignal.abort(new Error("stopped"));
  await assertRejects(
    () => ping({ host: "answers", timeout: 1, signal: stopped }, FAKE),
    Error,
    "stopped",
  );
});

Deno.test("ping kills a program that does not exit", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const result = ping({ host: "hangs", timeout: 1, signal }, FAKE);
    mock.timers.tick(20_000);
    assertStringIncludes(reasonOf(await result), "did not exit within 16 s");
  } finally {
    mock.timers.reset();
  }
});

Deno.test("ping says what to do when the program is missing", async () => {
  const result = await ping({ host: "answers", timeout: 1, signal }, "no-such-ping");
  assertStringIncludes(reasonOf(result), '"no-such-ping" is not installed: install it');
});

Deno.test({
  name: "ping says what to do when Deno is not allowed to run the program",
  permissions: { run: false },
  fn: async () => {
    // A program that exists on every machine.
    const result = await ping({ host: "answers", timeout: 1, signal }, FAKE);
    assertStringIncludes(reasonOf(result), `start the bot with --allow-run=${FAKE}`);
  },
});

Deno.test("ping says why the program cannot be started", async () => {
  const result = await ping({ host: "a\0b", timeout: 1, signal }, FAKE);
  assertStringIncludes(reasonOf(result), "cannot be started: ");
});

Deno.test("pingArguments gives the timeout in seconds on Linux, in milliseconds elsewhere", () => {
  assertEquals(pingArguments("h", 1.5, "linux"), ["-n", "-c", "1", "-W", "1.5", "--", "h"]);
  assertEquals(pingArguments("h", 1.5, "darwin"), ["-n", "-c", "1", "-W", "1500", "--", "h"]);
});

Deno.test("pingArguments never waits for less than a millisecond, which would be forever", () => {
  assertEquals(pingArguments("h", 0.0001, "linux")[4], "0.001");
  assertEquals(pingArguments("h", 2 / 3, "linux")[4], "0.667");
});

Deno.test("pingArguments passes no host as an option", () => {
  const args = pingArguments("-f", 1, "linux");
  assert(args.indexOf("--") < args.indexOf("-f"));
});
