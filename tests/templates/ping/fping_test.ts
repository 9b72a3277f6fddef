import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { FpingPinger } from "../../../templates/ping/fping.ts";
import type { PacketResult, Pinger, PingRequest } from "../../../templates/ping/pinger.ts";
import { until } from "../../until.ts";
import { exists, install, testOnUnix } from "./unix.ts";

const FAKE = fileURLToPath(new URL("./fake_fping.sh", import.meta.url));
const signal = new AbortController().signal;

/** Pings what fping does not, and remembers it. */
class Others implements Pinger {
  readonly hosts: string[] = [];

  ping({ host }: PingRequest): Promise<readonly PacketResult[]> {
    this.hosts.push(host);
    return Promise.resolve([]);
  }
}

function request(host: string, more: Partial<PingRequest> = {}): PingRequest {
  return { host, packets: 1, timeout: 1, pause: 0, signal, ...more };
}

function fake(): FpingPinger {
  return new FpingPinger(new Others(), FAKE);
}

async function failure(host: string, pinger: Pinger = fake()): Promise<string> {
  return (await assertRejects(() => pinger.ping(request(host)), Error)).message;
}

testOnUnix(
  "FpingPinger rejects for a device to which fping could not send, and for no other",
  async () => {
    const pinger = fake();
    const results = await Promise.allSettled(
      ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((host) => pinger.ping(request(host))),
    );
    assertEquals(results[0], { status: "fulfilled", value: [0.005] });
    assertEquals(results[1], { status: "fulfilled", value: ["lost"] });
    assertEquals(results[2]?.status, "rejected");
    assertStringIncludes(
      await failure("192.0.2.3"),
      "fping could not send to it, or was stopped: check the routes and the firewall of this machine",
    );
  },
);

testOnUnix(
  "FpingPinger rejects for the devices without a result when fping is killed",
  async () => {
    const pinger = fake();
    const results = await Promise.allSettled(
      ["192.0.2.1", "192.0.2.2", "192.0.2.4", "192.0.2.3"].map((host) =>
        pinger.ping(request(host))
      ),
    );
    assertEquals(results[0], { status: "fulfilled", value: [0.005] });
    assertEquals(results[1], { status: "fulfilled", value: ["lost"] });
    assertEquals(results[2]?.status, "rejected");
    assertEquals(results[3]?.status, "rejected");
    assertEquals(await failure("192.0.2.4"), "fping was killed by SIGKILL");
  },
);

testOnUnix("FpingPinger says what fping complains about", async () => {
  assertStringIncludes(await failure("192.0.2.6"), "can't create socket (must run as root?)");
});

testOnUnix(
  "FpingPinger gives one process the devices with equal options, each address once",
  async () => {
    const pinger = fake();
    const hosts = ["192.0.2.8", "10.0.0.1", "::1", "10.0.0.1", "fe80::1%eth0"];
    const results = await Promise.allSettled(hosts.map((host) => pinger.ping(request(host))));
    const [first] = results;
    assert(first?.status === "rejected");
    assertStringIncludes(first.reason.message, ": 10.0.0.1 ::1 fe80::1%eth0 )");
  },
);

testOnUnix("FpingPinger starts a process for each set of options", async () => {
  const pinger = fake();
  const ping = async (more: Partial<PingRequest>): Promise<string> => {
    const error = await assertRejects(() => pinger.ping(request("192.0.2.7", more)), Error);
    return /\(\S*: (.*)\)/.exec(error.message)?.[1] ?? "";
  };
  const options = await Promise.all([
    ping({}),
    ping({ packets: 3, timeout: 2, pause: 1 }),
    // fping itself must not give up before the bot would.
    ping({ timeout: 0.01, pause: 0.0001 }),
    ping({ timeout: 2 / 3 }),
  ]);
  assertEquals(options, [
    "-C1 -t1000 -p10 -i1",
    "-C3 -t2000 -p1000 -i1",
    "-C1 -t500 -p10 -i1",
    "-C1 -t667 -p10 -i1",
  ]);
});

testOnUnix("FpingPinger leaves names and long timeouts to another pinger", async () => {
  const others = new Others();
  const pinger = new FpingPinger(others, FAKE);
  for (const host of ["router.example", "-f", "10.1", "300.0.0.1", "a b", "", "#x", "1.1.1.1\n2"]) {
    await pinger.ping(request(host));
    assertEquals(others.hosts.pop(), host);
  }
  await pinger.ping(request("10.0.0.1", { timeout: 20 }));
  assertEquals(others.hosts, ["10.0.0.1"]);
});

for (const isStopped of [true, false]) {
  const outcome = isStopped ? "kills fping when all" : "does not kill fping when some";
  testOnUnix(`FpingPinger ${outcome} devices are aborted`, async () => {
    const fping = await install(`echo >"$0.started"
until [ -e "$0.go" ]; do sleep 0.05; done
echo "192.0.2.1 : [0], 64 bytes, 5 ms (5 avg, 0% loss)"`);
    const pinger = new FpingPinger(new Others(), fping);
    const stop = new AbortController();
    const first = pinger.ping(request("192.0.2.1", { signal: stop.signal }));
    const second = pinger.ping(request("192.0.2.1", isStopped ? { signal: stop.signal } : {}));
    await until(() => exists(`${fping}.started`));
    stop.abort(new Error("stopped"));
    const aborted = [assertRejects(() => first, Error, "stopped")];
    if (isStopped) aborted.push(assertRejects(() => second, Error, "stopped"));
    else {
      await Deno.writeTextFile(`${fping}.go`, "");
      assertEquals(await second, [0.005]);
    }
    await Promise.all(aborted);
  });
}

testOnUnix("FpingPinger starts no process for devices that were aborted before", async () => {
  const fping = await install('echo >>"$0.started"');
  const pinger = new FpingPinger(new Others(), fping);
  const stop = new AbortController();
  const result = pinger.ping(request("192.0.2.1", { signal: stop.signal }));
  stop.abort(new Error("stopped"));
  await assertRejects(() => result, Error, "stopped");
  await assertRejects(() => pinger.ping(request("192.0.2.1", { signal: stop.signal })), Error);
  // Its batch starts later.
  await assertRejects(() => pinger.ping(request("192.0.2.1", { packets: 2 })), Error);
  assertEquals(await Deno.readTextFile(`${fping}.started`), "\n");
});

async function hasFping(): Promise<boolean> {
  try {
    const args = ["-C1", "127.0.0.1"];
    const fping = new Deno.Command("fping", { args, stdout: "null", stderr: "null" });
    return (await fping.output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "FpingPinger pings hundreds of addresses at once (needs fping)",
  ignore: !await hasFping(),
  async fn() {
    const pinger = new FpingPinger(new Others());
    const options = { packets: 2, timeout: 9 };
    const hosts = Array.from({ length: 500 }, (_, i) => `127.1.${i >> 8}.${i & 255}`);
    const all = await Promise.all(hosts.map((host) => pinger.ping(request(host, options))));
    for (const [i, results] of all.entries()) {
      assertEquals(results.length, 2);
      assert(results.every((rtt) => typeof rtt === "number"), `${hosts[i]}: ${results}`);
    }
  },
});
