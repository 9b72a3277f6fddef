import type { LogRecord } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import {
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  fail,
} from "@std/assert";
import { PingBot } from "./bot.ts";
import type { Packet, Ping } from "./ping.ts";
import type { PingResult } from "./ping_output.ts";

const CREDENTIAL = { timeout: "1", retry: "0", n_packets: "3", sleep_packets: "0" };
const ANSWER: PingResult = { status: "answered", rtt: 0.25 };
const LOSS: PingResult = { status: "lost" };

interface Outcome {
  /** By the name of the device and the rest of the path, as in "router ping.p0.ok". */
  readonly values: Record<string, number>;
  /** What the bot had to say, with its level. */
  readonly said: string[];
}

interface Setup {
  /** The addresses of devices by their names. */
  readonly devices: Record<string, unknown>;
  readonly credential?: Record<string, unknown>;
  /** Stands in for the real ping. */
  readonly ping?: Ping;
}

/** Makes a Grafolean with some devices, and a bot that pings them. */
function setUp({ devices, credential = CREDENTIAL, ping }: Setup) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  const credentialId = sandbox.addCredential(account, { protocol: "ping", details: credential });
  const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
  const names = new Map<string, string>();
  for (const [name, ipv4] of Object.entries(devices)) {
    const { id } = sandbox.addEntity(account, {
      name,
      details: { ipv4 },
      protocols: { ping: { credential: credentialId, bot, sensors: [sensor] } },
    });
    names.set(`${id}`, name);
  }
  const said: string[] = [];
  const collector = new (ping ? withPing(ping) : PingBot)("http://s/api", bot.token, 120, {
    fetch: sandbox.fetch,
    logSink: ({ level, message }: LogRecord) => {
      if (level === "warn" || level === "error") said.push(`${level}: ${message}`);
    },
  });
  const values = (): Record<string, number> =>
    Object.fromEntries(
      sandbox.values(account).map(({ p, v }) => {
        const [, id = "", ...rest] = p.split(".");
        return [`${names.get(id)} ${rest.join(".")}`, v];
      }),
    );
  return { collector, values, said };
}

/** Lets the bot ping each device once. */
async function collectOnce(setup: Setup): Promise<Outcome> {
  const { collector, values, said } = setUp(setup);
  await collector.runOnce();
  return { values: values(), said };
}

function withPing(ping: Ping) {
  return class extends PingBot {
    protected override readonly ping = ping;
  };
}

/** A ping that knows what becomes of the packets to each device, and notes them down. */
function scripted(results: Record<string, PingResult[]>): { ping: Ping; packets: Packet[] } {
  const packets: Packet[] = [];
  return {
    packets,
    ping: (packet) => {
      packets.push(packet);
      return Promise.resolve(results[packet.host]?.shift() ?? LOSS);
    },
  };
}

Deno.test("PingBot tells for each packet whether it was answered and how fast", async () => {
  const { ping } = scripted({ "10.0.0.1": [ANSWER, LOSS, { status: "answered", rtt: 0.5 }] });
  const { values, said } = await collectOnce({ devices: { router: "10.0.0.1" }, ping });
  assertEquals(values, {
    "router ping.p0.ok": 1,
    "router ping.p0.rtt": 0.25,
    "router ping.p1.ok": 0,
    "router ping.p2.ok": 1,
    "router ping.p2.rtt": 0.5,
    "router ping.success": 2 / 3,
  });
  assertEquals(said, []);
});

Deno.test("PingBot says 0 for a device that does not answer, which is no failure of its own", async () => {
  const { ping } = scripted({ "10.0.0.2": [ANSWER, ANSWER, ANSWER] });
  const devices = { dead: "10.0.0.1", alive: " 10.0.0.2 " };
  const { values, said } = await collectOnce({ devices, ping });
  assertEquals(values["dead ping.success"], 0);
  assertEquals(values["dead ping.p2.ok"], 0);
  assertEquals("dead ping.p2.rtt" in values, false);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(said, []);
});

Deno.test("PingBot repeats a lost packet, with the timeout shared among the tries", async () => {
  const { ping, packets } = scripted({ "10.0.0.1": [LOSS, LOSS, ANSWER, ANSWER] });
  const { values } = await collectOnce({
    devices: { router: "10.0.0.1" },
    credential: { ...CREDENTIAL, timeout: "3", retry: "2", n_packets: "3" },
    ping,
  });
  assertEquals(values["router ping.p0.ok"], 1); // the third try
  assertEquals(values["router ping.p1.ok"], 1); // the first
  assertEquals(values["router ping.p2.ok"], 0); // given up
  assertEquals(packets.length, 3 + 1 + 3);
  assertEquals([...new Set(packets.map(({ timeout }) => timeout))], [1]);
});

Deno.test("PingBot names a device that cannot be pinged, says 0, and goes on with the others", async () => {
  const { ping, packets } = scripted({
    nowhere: [{ status: "failed", reason: '"nowhere" is not known here: correct the address' }],
    flaky: [ANSWER, { status: "failed", reason: "ping is not allowed: allow it" }],
    "10.0.0.2": [ANSWER, ANSWER, ANSWER],
  });
  const devices = { lost: "nowhere", torn: "flaky", alive: "10.0.0.2" };
  const { values, said } = await collectOnce({ devices, ping });
  assertEquals(values["lost ping.p0.ok"], 0);
  assertEquals(values["lost ping.p2.ok"], 0);
  assertEquals(values["lost ping.success"], 0);
  assertEquals(values["torn ping.success"], 1 / 3);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(said.length, 2);
  assertStringIncludes(said.join("\n"), 'Cannot ping "lost" as "nowhere" is not known here');
  assertStringIncludes(said.join("\n"), 'Cannot ping "torn" as ping is not allowed');
  assertEquals(packets.filter(({ host }) => host === "nowhere").length, 1); // and not three times
});

Deno.test("PingBot warns of a credential that is no good, once, and uses defaults", async () => {
  const { ping, packets } = scripted({});
  const { said } = await collectOnce({
    devices: { a: "10.0.0.1", b: "10.0.0.2" },
    credential: { ...CREDENTIAL, timeout: "abc" },
    ping,
  });
  assertEquals(said.length, 1);
  assertStringIncludes(said[0] ?? "", 'timeout is "abc", expected a number');
  assertEquals(packets[0]?.timeout, 2);
});

Deno.test("PingBot does not repeat a warning at each refresh", async () => {
  const { collector, said } = setUp({ devices: { blank: "" }, credential: { timeout: "1" } });
  await Array.fromAsync(collector.jobs());
  assertEquals(said.length, 1);
  await Array.fromAsync(collector.jobs());
  assertEquals(said.length, 1);
});

Deno.test("PingBot ends in the middle of a packet when its run is told to", async () => {
  const { collector } = setUp({
    devices: { silent: "10.0.0.1" },
    ping: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  const [job] = await Array.fromAsync(collector.jobs());
  if (job === undefined) throw new Error("there is no job");
  const stop = new AbortController();
  const say = () => {};
  const run = job.performJob([60], job.jobParams, {
    jobId: job.jobId,
    scheduledAt: 0,
    signal: stop.signal,
    log: { debug: say, info: say, warn: say, error: say },
    sendResults: () => fail("whether it would have answered is not known"),
  });
  stop.abort(new Error("that will do"));
  await assertRejects(async () => await run, Error, "that will do");
});

Deno.test("PingBot leaves out devices without an address, and says so", async () => {
  const { ping } = scripted({ "10.0.0.1": [ANSWER, ANSWER, ANSWER] });
  const { values, said } = await collectOnce({
    devices: { blank: " ", nothing: null, number: 7, alive: "10.0.0.1" },
    ping,
  });
  assertEquals(values["alive ping.success"], 1);
  assertEquals(Object.keys(values).every((path) => path.startsWith("alive ")), true);
  assertEquals(said.length, 3);
  assertStringIncludes(said.join("\n"), 'Cannot ping "blank" as it has no address');
});

// From here on with the ping of this system, where it has one and may use it.
async function canPing(host: string): Promise<boolean> {
  try {
    const args = ["-c", "1", host];
    const ping = new Deno.Command("ping", { args, stdout: "null", stderr: "null" });
    return (await ping.output()).success;
  } catch {
    return false;
  }
}

for (const host of ["127.0.0.1", "::1", "localhost"]) {
  Deno.test({
    name: `PingBot pings ${host} with the ping of this system (iputils-ping)`,
    ignore: !await canPing(host),
    fn: async () => {
      const { values, said } = await collectOnce({ devices: { here: host } });
      assertEquals(said, []);
      assertEquals(values["here ping.success"], 1);
      assertGreater(values["here ping.p2.rtt"], 0);
    },
  });
}

Deno.test({
  name: "PingBot hands no options to the ping of this system (iputils-ping)",
  ignore: !await canPing("127.0.0.1"),
  fn: async () => {
    const { values, said } = await collectOnce({ devices: { trick: "-V", here: "127.0.0.1" } });
    assertEquals(values["trick ping.success"], 0);
    assertEquals(values["here ping.success"], 1);
    assertStringIncludes(said.join("\n"), 'Cannot ping "trick" as "-V" is not known here');
  },
});
