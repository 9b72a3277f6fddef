import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Pinger, PingRequest } from "../../../templates/ping/pinger.ts";
import {
  type PingArguments,
  pingArguments,
  SystemPinger,
} from "../../../templates/ping/system_ping.ts";
import { until } from "../../until.ts";
import { testOnUnix } from "./unix.ts";

const FAKE = fileURLToPath(new URL("./fake_ping.sh", import.meta.url));
const signal = new AbortController().signal;
const pinger = new SystemPinger({ program: FAKE });

function request(host: string, more: Partial<PingRequest> = {}): PingRequest {
  return { host, packets: 3, timeout: 1, pause: 0, signal, ...more };
}

async function failure(
  host: string,
  more: Partial<PingRequest> = {},
  by: Pinger = pinger,
): Promise<string> {
  return (await assertRejects(() => by.ping(request(host, more)), Error)).message;
}

testOnUnix("SystemPinger returns the results of all packets", async () => {
  assertEquals(await pinger.ping(request("answers")), [0.005, 0.005, 0.005]);
});

testOnUnix("SystemPinger takes packets for lost that a router reports as unreachable", async () => {
  assertEquals(await pinger.ping(request("unreachable")), ["lost", "lost", "lost"]);
});

testOnUnix("SystemPinger rejects when ping was stopped before answers could come", async () => {
  assertStringIncludes(await failure("interrupted", { timeout: 60 }), "something else stopped it");
});

testOnUnix("SystemPinger rejects when ping is killed from outside", async () => {
  assertEquals(await failure("killed"), "ping was killed by SIGTERM");
});

testOnUnix("SystemPinger waits for the timeout of a packet before it sends the next", async () => {
  const wait = Deno.build.os === "linux" ? "0.5" : "500";
  const message = await failure("arguments", { timeout: 0.5, pause: 0.1 });
  assertStringIncludes(message, `-n -c 3 -i 0.5 -W ${wait} -- arguments`);
  assertStringIncludes(await failure("arguments", { timeout: 0.5, pause: 2 }), "-i 2 ");
  // What iputils before 2021 allows.
  assertStringIncludes(await failure("arguments", { timeout: 0.01, pause: 0 }), "-i 0.2 ");
});

testOnUnix(
  "SystemPinger kills a ping that does not end; only a name may wait for name servers",
  async () => {
    const impatient = new SystemPinger({ program: FAKE, grace: 0 });
    const short = { packets: 1, timeout: 0.4 };
    assertEquals(
      await failure("hangs", short, impatient),
      "ping was killed by its timeout: check the name servers of this machine",
    );
    assertEquals(await failure("10.0.0.9", short, impatient), "ping was killed by its timeout");
  },
);

testOnUnix("SystemPinger runs at most 256 processes at once", async () => {
  const file = await Deno.makeTempFile();
  try {
    const stop = new AbortController();
    const results = Array.from(
      { length: 300 },
      () => pinger.ping(request(file, { signal: stop.signal })).catch(({ name }) => name),
    );
    const started = async () => (await Deno.readTextFile(file)).split("\n").length - 1;
    await until(async () => await started() >= 256);
    // One that waits for its turn leaves at once.
    const waiting = new AbortController();
    const result = pinger.ping(request("answers", { signal: waiting.signal }));
    waiting.abort(new Error("left"));
    await assertRejects(() => result, Error, "left");
    stop.abort();
    assertEquals(await Promise.all(results), new Array(300).fill("AbortError"));
    assertEquals(await started(), 256);
    assertEquals(await pinger.ping(request("answers")), [0.005, 0.005, 0.005]);
  } finally {
    await Deno.remove(file);
  }
});

function args(more: Partial<PingArguments>, os = "linux"): string[] {
  return pingArguments({ host: "h", packets: 1, timeout: 1, interval: 1, ...more }, os);
}

Deno.test("pingArguments gives the timeout in seconds on Linux, in milliseconds elsewhere", () => {
  const expected = ["-n", "-c", "1", "-i", "1", "-W"];
  assertEquals(args({ timeout: 1.5 }, "linux"), [...expected, "1.5", "--", "h"]);
  assertEquals(args({ timeout: 1.5 }, "darwin"), [...expected, "1500", "--", "h"]);
});

Deno.test("pingArguments never waits for less than a millisecond, which would be forever", () => {
  assertEquals(args({ timeout: 0.0001 })[6], "0.001");
  assertEquals(args({ timeout: 2 / 3 })[6], "0.667");
});

Deno.test("pingArguments passes no host as an option", () => {
  const list = args({ host: "-f" });
  assert(list.indexOf("--") < list.indexOf("-f"));
});

Deno.test("pingArguments encodes international names, which ping understands in no C locale", () => {
  assertEquals(args({ host: "bücher.example" }).at(-1), "xn--bcher-kva.example");
  assertEquals(args({ host: "日本.example" }).at(-1), "xn--wgv71a.example");
  assertEquals(args({ host: "my_host.example." }).at(-1), "my_host.example.");
  assertEquals(args({ host: "fe80::1%eth0" }).at(-1), "fe80::1%eth0");
});

Deno.test("pingArguments chooses between the addresses of names", () => {
  assertEquals(args({ host: "router", ipVersion: 6 })[0], "-6");
  assertEquals(args({ host: "router", ipVersion: 4 })[0], "-4");
  assertEquals(args({ host: "router" })[0], "-n");
  assertEquals(args({ host: "10.0.0.1", ipVersion: 6 })[0], "-n");
});
