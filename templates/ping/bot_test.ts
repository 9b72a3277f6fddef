import type { LogRecord } from "@grafolean/collector";
import { runJob, Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { PingBot } from "./bot.ts";
import type { PacketResult, Pinger, PingRequest } from "./pinger.ts";

const CREDENTIAL = { timeout: "1", retry: "0", n_packets: "3", sleep_packets: "0" };

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
  /** Replaces fping and ping. */
  readonly pinger?: Pinger;
}

/** Sets up a Grafolean in memory with these devices and a bot that pings them. */
function setUp({ devices, credential = CREDENTIAL, pinger }: Setup) {
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
    settings: { ipVersion: undefined },
    ...(pinger && { pinger }),
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

/** A pinger with the given results of the packets to each host, and losses after them. It records what it was asked for. */
function scripted(results: Record<string, (PacketResult | Error)[]>) {
  const requests: PingRequest[] = [];
  const pinger: Pinger = {
    ping(request) {
      requests.push(request);
      const packets: PacketResult[] = [];
      while (packets.length < request.packets) {
        const result = results[request.host]?.shift() ?? "lost";
        if (result instanceof Error) return Promise.reject(result);
        packets.push(result);
      }
      return Promise.resolve(packets);
    },
  };
  return { pinger, requests };
}

Deno.test("PingBot sends for each packet whether it was answered and how fast", async () => {
  const { pinger, requests } = scripted({ "10.0.0.1": [0.25, "lost", 0.5] });
  const { values, logged } = await collectOnce({ devices: { router: "10.0.0.1" }, pinger });
  assertEquals(values, {
    "router ping.p0.ok": 1,
    "router ping.p0.rtt": 0.25,
    "router ping.p1.ok": 0,
    "router ping.p2.ok": 1,
    "router ping.p2.rtt": 0.5,
    "router ping.success": 2 / 3,
  });
  assertEquals(logged, []);
  assertEquals(requests.length, 1);
});

Deno.test("PingBot sends 0 for a device that does not answer, and logs nothing", async () => {
  const { pinger } = scripted({ "10.0.0.2": [0.1, 0.1, 0.1] });
  const devices = { dead: "10.0.0.1", alive: " 10.0.0.2 " };
  const { values, logged } = await collectOnce({ devices, pinger });
  assertEquals(values["dead ping.success"], 0);
  assertEquals(values["dead ping.p2.ok"], 0);
  assertEquals("dead ping.p2.rtt" in values, false);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(logged, []);
});

Deno.test("PingBot sends no value for a device that this machine could not ping, and says why", async () => {
  const { pinger } = scripted({
    "10.0.0.1": [0.1, new Error("fping could not send to it: check the routes")],
    "10.0.0.2": [0.1, 0.1, 0.1],
  });
  const devices = { unknown: "10.0.0.1", alive: "10.0.0.2" };
  const { values, logged } = await collectOnce({ devices, pinger });
  assertEquals(Object.keys(values).filter((path) => path.startsWith("unknown")), []);
  assertEquals(values["alive ping.success"], 1);
  assertEquals(logged.length, 1);
  assertStringIncludes(
    logged.join(),
    'Cannot ping "unknown" (10.0.0.1): fping could not send to it: check the routes',
  );
});

Deno.test("PingBot sends a lost packet again, within the same timeout", async () => {
  const { pinger, requests } = scripted({ "10.0.0.1": ["lost", "lost", 0.1, 0.1] });
  const { values } = await collectOnce({
    devices: { router: "10.0.0.1" },
    credential: { ...CREDENTIAL, timeout: "3", retry: "2", n_packets: "3" },
    pinger,
  });
  assertEquals(values["router ping.p0.ok"], 1); // at the third attempt
  assertEquals(values["router ping.p1.ok"], 1); // at the first
  assertEquals(values["router ping.p2.ok"], 0); // given up
  assertEquals(requests.map(({ packets }) => packets), new Array(3 + 1 + 3).fill(1));
  assertEquals([...new Set(requests.map(({ timeout }) => timeout))], [1]);
});

Deno.test("PingBot gives each attempt more time than its share of the timeout", async () => {
  const credential = { ...CREDENTIAL, retry: "9", n_packets: "1000" };
  const { collector } = setUp({ devices: { router: "10.0.0.1" }, credential });
  const [job] = await Array.fromAsync(collector.jobs());
  assertGreater(job?.timeout, 10_000 * 0.6); // what fping takes for 10,000 attempts
});

Deno.test("PingBot takes the address out of what people write into the field", async () => {
  const { pinger, requests } = scripted({});
  await collectOnce({
    devices: {
      a: "10.0.0.1:161",
      b: "[fe80::1]:161",
      c: "[::1]",
      d: "fe80::1%eth0",
      e: "bücher.example:161",
      f: "-f",
      g: "::ffff:10.0.0.2",
    },
    pinger,
  });
  assertEquals(
    requests.map(({ host }) => host).sort(),
    ["-f", "10.0.0.1", "10.0.0.2", "::1", "bücher.example", "fe80::1", "fe80::1%eth0"],
  );
});

Deno.test("PingBot leaves out devices without an address, and warns", async () => {
  const { pinger, requests } = scripted({ "10.0.0.1": [0.1, 0.1, 0.1] });
  const devices = {
    blank: " ",
    nothing: null,
    number: 7,
    two: "10.0.0.1 10.0.0.2",
    lines: "10.0.0.1\n10.0.0.2",
    options: "-f /etc/passwd",
    alive: "10.0.0.1",
  };
  const { values, logged } = await collectOnce({ devices, pinger });
  assertEquals(values["alive ping.success"], 1);
  assertEquals(requests.map(({ host }) => host), ["10.0.0.1"]);
  assertEquals(logged.length, 6);
  assertStringIncludes(logged.join("\n"), 'Cannot ping "blank"');
});

Deno.test("PingBot warns once about an invalid credential, and uses the default", async () => {
  const { pinger, requests } = scripted({});
  const { logged } = await collectOnce({
    devices: { a: "10.0.0.1", b: "10.0.0.2" },
    credential: { ...CREDENTIAL, timeout: "abc" },
    pinger,
  });
  assertEquals(logged.length, 1);
  assertStringIncludes(
    logged[0] ?? "",
    'Credential "fast": timeout is "abc", expected a number from 0.01 to 600: using 2',
  );
  assertEquals(requests[0]?.timeout, 2);
});

Deno.test("PingBot does not repeat a warning at every refresh", async () => {
  const { collector, logged } = setUp({ devices: { blank: "" }, credential: { timeout: "1" } });
  await Array.fromAsync(collector.jobs());
  assertEquals(logged.length, 1);
  await Array.fromAsync(collector.jobs());
  assertEquals(logged.length, 1);
});

Deno.test("PingBot does not believe in losses while the machine stood still", async () => {
  const pinger: Pinger = {
    ping({ host }) {
      const end = performance.now() + 1500;
      while (host === "10.0.0.1" && performance.now() < end);
      return Promise.resolve([0.1, 0.1, host === "10.0.0.3" ? 0.1 : "lost"]);
    },
  };
  const devices = { first: "10.0.0.1", alive: "10.0.0.3" };
  const { values, logged } = await collectOnce({ devices, pinger });
  assertEquals("first ping.success" in values, false);
  assertEquals(values["alive ping.success"], 1);
  assertStringIncludes(
    logged.join(),
    '"first" (10.0.0.1): this machine stood still while it waited',
  );
});

Deno.test("PingBot stops in the middle of a ping when its run is aborted", async () => {
  const { collector } = setUp({
    devices: { silent: "10.0.0.1" },
    pinger: {
      ping: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
  });
  const [job] = await Array.fromAsync(collector.jobs());
  const stop = new AbortController();
  const run = runJob(job!, { signal: stop.signal });
  const reason = new Error("stopped");
  stop.abort(reason);
  const { error, values } = await run;
  assertEquals(error, reason);
  assertEquals(values, []);
});

// The tests below use fping or ping, where this machine has one that may be used.
async function canRun(program: string, host: string): Promise<boolean> {
  try {
    const command = new Deno.Command(program, {
      args: ["-c", "1", host],
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

const canPing = await canRun("ping", "127.0.0.1");

// On a busy machine an answer takes long to be read.
const PATIENT = { ...CREDENTIAL, timeout: "9" };

for (const host of ["127.0.0.1", "::1", "localhost"]) {
  Deno.test({
    name: `PingBot pings ${host} with what is installed (needs ping)`,
    ignore: !canPing || host === "::1" && !await canRun("ping", host),
    fn: async () => {
      const { values, logged } = await collectOnce({
        devices: { here: host },
        credential: PATIENT,
      });
      assertEquals(logged, []);
      assertEquals(values["here ping.success"], 1);
      assertGreater(values["here ping.p2.rtt"], 0);
    },
  });
}

Deno.test({
  name: "PingBot passes no host as an option (needs ping)",
  ignore: !canPing,
  fn: async () => {
    const devices = { trick: "-V", here: "127.0.0.1" };
    const { values, logged } = await collectOnce({ devices, credential: PATIENT });
    assertEquals("trick ping.success" in values, false);
    assertEquals(values["here ping.success"], 1);
    assertStringIncludes(
      logged.join("\n"),
      'Cannot ping "trick" (-V): its name cannot be resolved',
    );
  },
});
