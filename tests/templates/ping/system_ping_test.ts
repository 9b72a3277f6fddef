import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Pinger, PingRequest } from "../../../templates/ping/pinger.ts";
import { SystemPinger } from "../../../templates/ping/system_ping.ts";
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

/** Returns the arguments that ping gets; the fake prints them for the host "arguments". */
async function argumentsFor(more: Partial<PingRequest>, by = pinger): Promise<string> {
  const message = await failure("arguments", more, by);
  return message.slice(message.indexOf("(") + 1, message.indexOf("):"));
}

testOnUnix("SystemPinger waits for the timeout of a packet before it sends the next", async () => {
  const wait = Deno.build.os === "linux" ? ["0.5", "0.001", "0.667"] : ["500", "1", "667"];
  const end = "-- arguments";
  assertEquals(await argumentsFor({ timeout: 0.5 }), `-n -c 3 -i 0.5 -W ${wait[0]} ${end}`);
  assertEquals(await argumentsFor({ timeout: 0.5, pause: 2 }), `-n -c 3 -i 2 -W ${wait[0]} ${end}`);
  // What iputils before 2021 allows, and not less than a millisecond, which would be forever.
  assertEquals(await argumentsFor({ timeout: 0.0001 }), `-n -c 3 -i 0.2 -W ${wait[1]} ${end}`);
  assertStringIncludes(await argumentsFor({ timeout: 2 / 3 }), `-W ${wait[2]} ${end}`);
});

testOnUnix("SystemPinger chooses between the addresses of names", async () => {
  for (const ipVersion of [4, 6] as const) {
    const by = new SystemPinger({ program: FAKE, ipVersion });
    assertStringIncludes(await argumentsFor({}, by), `-${ipVersion} -n `);
    assertStringIncludes(await failure("192.0.2.7", {}, by), "(-n ");
  }
});

testOnUnix(
  "SystemPinger encodes international names, which ping knows in no C locale",
  async () => {
    assertStringIncludes(await failure("bücher.example"), "-- xn--bcher-kva.example)");
    assertStringIncludes(await failure("my_host.example."), "-- my_host.example.)");
    assertStringIncludes(await failure("fe80::7%eth0"), "-- fe80::7%eth0)");
  },
);

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
