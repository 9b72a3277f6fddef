import type { LogRecord } from "@grafolean/collector";
import { runJob, Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { PingBot } from "./bot.ts";
import type { Packet, Ping } from "./ping.ts";
import type { PingResult } from "./ping_output.ts";

const CREDENTIAL = { timeout: "1", retry: "0", n_packets: "3", sleep_packets: "0" };
const ANSWER: PingResult = { status: "answered", rtt: 0.25 };
const LOSS: PingResult = { status: "lost" };

interface Outcome {
  /** By device name and the rest of the path, such as "router ping.p0.ok". */
  readonly values: Record<string, number>;
  /** The warnings and errors that were logged, as "level: message". */
  readonly logged: string[];
}

interface Setup {
  /** Addresses by device name. */
  readonly devices: Record<string, unknown>;
  readonly credential?: Record<string, unknown>;
  /** Replaces the real ping. */
  readonly ping?: Ping;
}

/** Sets up a Grafolean in memory with these devices and a bot that pings them. */
function setUp({ devices, credential = CREDENTIAL, ping }: Setup) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  const credentialId = sandbox.addCredential(account, {
    name: "fast",
    protocol: "ping",
    details: credential,
  });
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
  const logged: string[] = [];
  const collector = new PingBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    ...(ping && { ping }),
    logSink: ({ level, message }: LogRecord) => {
      if (level === "warn" || level === "error") logged.push(`${level}: ${message}`);
    },
  });
  const values = (): Record<string, number> =>
    Object.fromEntries(
      sandbox.values(account).map(({ p, v }) => {
        const [, id = "", ...rest] = p.split(".");
        return [`${names.get(id)} ${rest.join(".")}`, v];
      }),
    );
  return { collector, values, logged };
}

/** Pings each device once. */
async function collectOnce(setup: Setup): Promise<Outcome> {
  const { collector, values, logged } = setUp(setup);
  await collector.runOnce();
  return { values: values(), logged };
}

/** A ping with the given results per host, which records the packets. */
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

Deno.test("PingBot sends for each packet whether it was answered and how fast", async () => {
  const { ping } = scripted({ "10.0.0.1": [ANSWER, LOSS, { status: "answered", rtt: 0.5 }] });
  const { values, logged } = await collectOnce({ devices: { router: "10.0.0.1" }, ping });
  assertEquals(values, {
    "router ping.p0.ok": 1,
    "router ping.p0.rtt": 0.25,
    "router ping.p1.ok": 0,
    "router ping.p2.ok": 1,
    "router ping.p2.rtt": 0.5,
    "router ping.success": 2 / 3,
  });
  assertEquals(logged, []);
});

Deno.test("PingBot sends 0 for a device that does not answer, and logs nothing", async () => {
  const { ping } = scripted({ "10.0.0.2": [ANSWER, ANSWER, ANSWER] });
  const devices = { dead: "10.0.0.1", alive: " 10.0.0.2 " };
  const { values, logged } = await collectOnce({ devices, ping });
  assertEquals(values["dead ping.success"], 0);
  assertEquals(values["dead ping.p2.ok"], 0);
  assertEquals("dead ping.p2.rtt" in values, false);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(logged, []);
});

Deno.test("PingBot sends a lost packet again, within the same timeout", async () => {
  const { ping, packets } = scripted({ "10.0.0.1": [LOSS, LOSS, ANSWER, ANSWER] });
  const { values } = await collectOnce({
    devices: { router: "10.0.0.1" },
    credential: { ...CREDENTIAL, timeout: "3", retry: "2", n_packets: "3" },
    ping,
  });
  assertEquals(values["router ping.p0.ok"], 1); // at the third attempt
  assertEquals(values["router ping.p1.ok"], 1); // at the first
  assertEquals(values["router ping.p2.ok"], 0); // given up
  assertEquals(packets.length, 3 + 1 + 3);
  assertEquals([...new Set(packets.map(({ timeout }) => timeout))], [1]);
});

Deno.test("PingBot names a device that cannot be pinged, sends 0, and pings the others", async () => {
  const { ping, packets } = scripted({
    nowhere: [{ status: "failed", reason: '"nowhere" cannot be resolved: correct the address' }],
    flaky: [ANSWER, { status: "failed", reason: "ping is not installed" }],
    "10.0.0.2": [ANSWER, ANSWER, ANSWER],
  });
  const devices = { lost: "nowhere", torn: "flaky", alive: "10.0.0.2" };
  const { values, logged } = await collectOnce({ devices, ping });
  assertEquals(values["lost ping.p0.ok"], 0);
  assertEquals(values["lost ping.p2.ok"], 0);
  assertEquals(values["lost ping.success"], 0);
  assertEquals(values["torn ping.success"], 1 / 3);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(logged.length, 2);
  assertStringIncludes(logged.join("\n"), 'Cannot ping "lost" as "nowhere" cannot be resolved');
  assertStringIncludes(logged.join("\n"), 'Cannot ping "torn" as ping is not installed');
  assertEquals(packets.filter(({ host }) => host === "nowhere").length, 1); // not three
});

Deno.test("PingBot warns once about an invalid credential, and uses the default", async () => {
  const { ping, packets } = scripted({});
  const { logged } = await collectOnce({
    devices: { a: "10.0.0.1", b: "10.0.0.2" },
    credential: { ...CREDENTIAL, timeout: "abc" },
    ping,
  });
  assertEquals(logged.length, 1);
  assertStringIncludes(
    logged[0] ?? "",
    'Credential "fast": timeout is "abc", expected a number from 0.01 to 600: using 2',
  );
  assertEquals(packets[0]?.timeout, 2);
});

Deno.test("PingBot does not repeat a warning at every refresh", async () => {
  const { collector, logged } = setUp({ devices: { blank: "" }, credential: { timeout: "1" } });
  await Array.fromAsync(collector.jobs());
  assertEquals(logged.length, 1);
  await Array.fromAsync(collector.jobs());
  assertEquals(logged.length, 1);
});

Deno.test("PingBot stops in the middle of a packet when its run is aborted", async () => {
  const { collector } = setUp({
    devices: { silent: "10.0.0.1" },
    ping: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  const [job] = await Array.fromAsync(collector.jobs());
  const stop = new AbortController();
  const run = runJob(job!, { signal: stop.signal });
  const reason = new Error("stopped");
  stop.abort(reason);
  const { error, values } = await run;
  assertEquals(error, reason);
  assertEquals(values, []); // none for a packet without a result
});

Deno.test("PingBot leaves out devices without an address, and warns", async () => {
  const { ping } = scripted({ "10.0.0.1": [ANSWER, ANSWER, ANSWER] });
  const { values, logged } = await collectOnce({
    devices: { blank: " ", nothing: null, number: 7, alive: "10.0.0.1" },
    ping,
  });
  assertEquals(values["alive ping.success"], 1);
  assertEquals(Object.keys(values).every((path) => path.startsWith("alive ")), true);
  assertEquals(logged.length, 3);
  assertStringIncludes(logged.join("\n"), 'Cannot ping "blank" as it has no address');
});

// The tests below run the system's ping, where it has one that may be used.
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
    name: `PingBot pings ${host} with the system's ping (needs iputils-ping)`,
    ignore: !await canPing(host),
    fn: async () => {
      const { values, logged } = await collectOnce({ devices: { here: host } });
      assertEquals(logged, []);
      assertEquals(values["here ping.success"], 1);
      assertGreater(values["here ping.p2.rtt"], 0);
    },
  });
}

Deno.test({
  name: "PingBot passes no host as an option to the system's ping (needs iputils-ping)",
  ignore: !await canPing("127.0.0.1"),
  fn: async () => {
    const { values, logged } = await collectOnce({ devices: { trick: "-V", here: "127.0.0.1" } });
    assertEquals(values["trick ping.success"], 0);
    assertEquals(values["here ping.success"], 1);
    assertStringIncludes(logged.join("\n"), 'Cannot ping "trick" as "-V" cannot be resolved');
  },
});
