import { ConfigError, type Job, type JobContext, type LogRecord } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { mock } from "node:test";
import { NetflowBot, PROTOCOL } from "./bot.ts";
import type { Device } from "./device.ts";
import type { NetflowSettings } from "./settings.ts";
import { v5 } from "./testing/packet_builder.ts";

const MINUTE = 60_000;
const MIDNIGHT = Date.UTC(2026, 10, 24);

// The clock stands still until a test moves it. Timers go on.
mock.timers.enable({ apis: ["Date"] });

/** Listens on a free local port. */
const SETTINGS: NetflowSettings = {
  hostname: "127.0.0.1",
  port: 0,
  stateFile: "",
  memoryBytes: 64_000_000,
  suggest: true,
  scaleSampled: true,
};

/** A sandbox with one exporter, and bots for it, at midnight. */
function setUp(options: { details?: object; permissions?: "ui" | "all"; sandbox?: Sandbox } = {}) {
  const { details, permissions = "all", sandbox = new Sandbox() } = options;
  const account = sandbox.addAccount();
  const token = sandbox.addBot({ protocol: PROTOCOL, account, permissions });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL, details: {} });
  // As in Grafolean: NetFlow is not polled.
  const sensor = sandbox.addSensor(account, {
    protocol: PROTOCOL,
    defaultInterval: null,
    details: {},
  });
  const addDevice = (name: string, details: object) =>
    sandbox.addEntity(account, {
      name,
      details: { ipv4: "127.0.0.1", ...details },
      protocols: { [PROTOCOL]: { credential, bot: token, sensors: [sensor] } },
    });
  const exporter = addDevice("router", details ?? {});
  const log: LogRecord[] = [];
  mock.timers.setTime(MIDNIGHT);
  const grafolean = { isAway: false };
  /** When it runs once, it calls a function instead of waiting for a minute. */
  const bot = (
    settings: Partial<NetflowSettings> = {},
    whileListening: (bot: NetflowBot) => Promise<void> = async () => {},
  ) => {
    const bot: NetflowBot = new NetflowBot("http://sandbox/api", token.token, 120, {
      settings: { ...SETTINGS, ...settings },
      delay: () => whileListening(bot),
      fetch: (...args) =>
        grafolean.isAway
          ? Promise.reject(new TypeError("connection refused"))
          : sandbox.fetch(...args),
      logSink: (record) => log.push(record),
    });
    return bot;
  };
  const values = () =>
    Object.fromEntries(
      sandbox.values(account).map(({ p, v }) => [
        p.replace(`entity.${exporter.id}`, "entity.ID"),
        v,
      ]),
    );
  const lines = (start: string) => log.filter(({ message }) => message.startsWith(start));
  return { sandbox, account, exporter, addDevice, grafolean, bot, log, lines, values };
}

/** Sends a packet to a local port. */
async function sendPacket(port: number, packet: Uint8Array): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  await new Promise((done) => socket.send(packet, port, "127.0.0.1", done));
  await new Promise<void>((done) => socket.close(done));
}

const flow = (bytes: number, input = 3) => ({
  source: "10.0.0.1",
  destination: "10.9.0.1",
  bytes,
  packets: 1,
  protocol: 6, // TCP
  sourcePort: 40_000,
  destinationPort: 443,
  input,
  output: 0,
});

/** Sends a NetFlow v5 packet with one flow to a local port. */
function send(port: number, bytes: number, sequence = 0): Promise<void> {
  return sendPacket(port, v5({ sequence }, flow(bytes)));
}

/** Sends one flow and waits until it was received. */
async function sendOne(bot: NetflowBot): Promise<void> {
  await send(bot.port!, 1);
  await until(() => bot.counts?.packets === 1, "the packet is received");
}

/** The traffic job of a bot that runs. */
async function trafficJob(bot: NetflowBot): Promise<Job<readonly Device[]>> {
  for await (const job of bot.jobs()) {
    if (job.jobId === "traffic") return job as Job<readonly Device[]>;
  }
  throw new Error("No traffic job");
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const start = performance.now(); !condition();) {
    if (performance.now() - start > 120_000) throw new Error(`Timed out waiting until ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Runs a bot during `work`. */
async function whileItRuns(bot: NetflowBot, work: (port: number) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const running = bot.execute({ signal: stop.signal });
  try {
    await Promise.race([running, until(() => bot.port !== undefined, "it listens")]);
    await Promise.race([running, work(bot.port!)]);
  } finally {
    stop.abort();
    await running;
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: ".", prefix: ".test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("NetflowBot sends the sums of one minute when run once", async () => {
  const { bot, values, log } = setUp();
  const collector = bot({}, async ({ port }) => {
    await send(port!, 1500);
    await send(port!, 40, 1);
    await until(() => collector.counts?.flows === 2, "the flows are received");
    mock.timers.tick(MINUTE);
  });
  await collector.runOnce();
  assertEquals(values()["netflow.1min.ingress.entity.ID"], 1540);
  assertEquals(log.filter(({ level }) => level === "error"), []);
});

Deno.test("NetflowBot sends a minute when it ends, and a day that includes a restart", () =>
  inFolder(async (folder) => {
    const { bot, values, sandbox } = setUp();
    const stateFile = `${folder}/data/state`;
    const first = bot({ stateFile });
    await whileItRuns(first, async (port) => {
      await until(() => first.stats().jobs.known > 0, "the exporter is known");
      await send(port, 1500);
      await send(port, 40, 1);
      await until(() => first.counts?.flows === 2, "the flows are received");
      mock.timers.tick(MINUTE);
      await until(() => "netflow.entity.ID.lost" in values(), "the minute is sent");
      await send(port, 100, 2);
      await until(() => first.counts?.flows === 3, "another flow is received");
    });
    assertEquals(values(), {
      "netflow.entity.ID.lost": 0,
      "netflow.entity.ID.malformed": 0,
      "netflow.entity.ID.undecodable": 0,
      "netflow.1min.ingress": 1540,
      "netflow.1min.ingress.entity.ID": 1540,
      "netflow.1min.ingress.entity.ID.topip.10%2e0%2e0%2e1": 1540,
      "netflow.1min.ingress.entity.ID.topprotocol.TCP": 1540,
      "netflow.1min.ingress.entity.ID.topconn.10%2e0%2e0%2e1.10%2e9%2e0%2e1": 1540,
      "netflow.1min.ingress.entity.ID.topdstports.443": 1540,
      "netflow.1min.ingress.entity.ID.if.3": 1540,
      "netflow.1min.ingress.entity.ID.if.3.topip.10%2e0%2e0%2e1": 1540,
      "netflow.1min.ingress.entity.ID.if.3.topprotocol.TCP": 1540,
      "netflow.1min.egress": 0,
      "netflow.1min.egress.entity.ID": 0,
    });

    sandbox.clearValues();
    const second = bot({ stateFile });
    await whileItRuns(second, async (port) => {
      await send(port, 7);
      await until(() => second.counts?.flows === 1, "the flow is received");
      mock.timers.tick(24 * 60 * MINUTE);
      await until(() => "netflow.24h.ingress" in values(), "the day is sent");
    });
    for (const label of ["15min", "1h", "4h", "24h"]) {
      assertEquals(values()[`netflow.${label}.ingress.entity.ID`], 1647);
    }
  }));

Deno.test("NetflowBot refuses to use the state file of another running bot", () =>
  inFolder(async (folder) => {
    const { bot } = setUp();
    const stateFile = `${folder}/data/state`;
    await whileItRuns(bot({ stateFile }), async (port) => {
      const second = bot({ stateFile, port });
      await assertRejects(() => second.execute(), ConfigError, "is in use by another bot");
      await assertRejects(() => Deno.stat(stateFile), Deno.errors.NotFound);
    });
    await whileItRuns(bot({ stateFile }), () => Promise.resolve());
  }));

Deno.test("NetflowBot lets another bot use the state file when it cannot listen itself", () =>
  inFolder(async (folder) => {
    const { bot } = setUp();
    const stateFile = `${folder}/data/state`;
    await whileItRuns(bot({ stateFile: `${folder}/other` }), async (port) => {
      const second = bot({ stateFile, port });
      await assertRejects(() => second.execute(), ConfigError, "set NETFLOW_PORT");
      await whileItRuns(bot({ stateFile }), () => Promise.resolve());
    });
  }));

Deno.test("NetflowBot logs once that its state cannot be written", () =>
  inFolder(async (folder) => {
    const { bot, lines } = setUp();
    await Deno.writeTextFile(`${folder}/file`, "");
    const collector = bot({ stateFile: `${folder}/file/state` });
    const failures = () => lines("Cannot write the state");
    await whileItRuns(collector, async () => {
      await until(() => collector.stats().jobs.known > 0, "it runs");
      mock.timers.tick(MINUTE);
      await until(() => failures().length > 0, "it tried to write the state");
    });
    assertEquals(failures().map(({ level }) => level), ["error", "debug"]);
  }));

Deno.test("NetflowBot logs an error and starts empty when its state is damaged", () =>
  inFolder(async (folder) => {
    const { bot, log } = setUp();
    const stateFile = `${folder}/state`;
    const collector = bot({ stateFile });
    await Deno.writeTextFile(stateFile, '["netflow-state",{"ver');
    await whileItRuns(collector, async () => {
      await until(() => collector.stats().jobs.known > 0, "it runs");
    });
    const [error] = log.filter(({ level }) => level === "error");
    assert(error?.message.includes(`Cannot read the state "${stateFile}"`), error?.message);
    assert((await Deno.stat(`${stateFile}.damaged`)).isFile);
    assert((await Deno.stat(stateFile)).isFile);
  }));

Deno.test("NetflowBot adds unknown exporters to Grafolean as devices, once", async () => {
  const { bot, sandbox, account, log } = setUp({ details: { ipv4: "192.0.2.1" } });
  const names = async () => {
    const reader = sandbox.addBot({ protocol: null, account, permissions: "all" });
    const answer = await sandbox.fetch(
      `http://sandbox/api/accounts/${account.id}/entities/?b=${reader.token}`,
    );
    const { list } = await answer.json();
    return list.map((each: { name: string }) => each.name).sort();
  };
  for (let n = 0; n < 2; n++) {
    await bot({}, sendOne).runOnce();
    assertEquals(await names(), ["127.0.0.1 (NetFlow exporter)", "router"]);
  }
  assert(log.some(({ message }) => message.includes("127.0.0.1 (NetFlow exporter)")));
});

Deno.test("NetflowBot warns and continues when it may not add devices", async () => {
  const { bot, log } = setUp({ details: { ipv4: "192.0.2.1" }, permissions: "ui" });
  assertEquals((await bot({}, sendOne).runOnce()).failed, 0);
  const warnings = log.filter(({ message }) => message.includes("POST on accounts/"));
  assertEquals(warnings.length, 1);
});

Deno.test("NetflowBot throws a ConfigError that names NETFLOW_PORT when the port is in use", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const collector = setUp().bot({ port: socket.address().port });
  await assertRejects(() => collector.runOnce(), ConfigError, "set NETFLOW_PORT");
  await new Promise<void>((done) => socket.close(done));
});

/** Runs a bot, sends it one flow, and lets minutes pass until the values are sent. */
async function runMinutes(
  setup: ReturnType<typeof setUp>,
  stateFile: string,
  bytes: number,
  minutes = 1,
): Promise<void> {
  const bot = setup.bot({ stateFile });
  await whileItRuns(bot, async (port) => {
    await until(() => bot.stats().jobs.known > 0, "the exporter is known");
    await send(port, bytes);
    await until(() => bot.counts?.flows === 1, "the flow is received");
    setup.sandbox.clearValues();
    mock.timers.tick(minutes * MINUTE);
    await until(() => "netflow.entity.ID.lost" in setup.values(), "the values are sent");
  });
}

Deno.test("NetflowBot counts on after it was killed between sending and saving", () =>
  inFolder(async (folder) => {
    const setup = setUp();
    const stateFile = `${folder}/state`;
    await runMinutes(setup, stateFile, 1000);
    const saved = await Deno.readTextFile(stateFile);
    await runMinutes(setup, stateFile, 500);
    await Deno.writeTextFile(stateFile, saved);
    // What was sent, but not saved, is missing time.
    await runMinutes(setup, stateFile, 7, 13);
    assertEquals(setup.values()["netflow.1min.ingress"], 7);
    assertEquals(setup.values()["netflow.15min.ingress"], 1007);
  }));

Deno.test("NetflowBot counts the exporters of its state while Grafolean is away at the start", () =>
  inFolder(async (folder) => {
    const setup = setUp();
    const stateFile = `${folder}/state`;
    await runMinutes(setup, stateFile, 1000);
    setup.grafolean.isAway = true;
    const bot = setup.bot({ stateFile });
    await whileItRuns(bot, async (port) => {
      await send(port, 500);
      await until(() => bot.counts?.flows === 1, "the flow is received");
    });
    setup.grafolean.isAway = false;
    await runMinutes(setup, stateFile, 7);
    assertEquals(setup.values()["netflow.1min.ingress.entity.ID"], 507);
  }));

Deno.test("NetflowBot delivers the values of minutes in which Grafolean was away", async () => {
  const { bot, grafolean, values } = setUp();
  await inFolder((folder) => {
    const running = bot({ stateFile: `${folder}/state` });
    return whileItRuns(running, async (port) => {
      await until(() => running.stats().jobs.known > 0, "the exporter is known");
      await send(port, 1000);
      await until(() => running.counts?.flows === 1, "the flow is received");
      grafolean.isAway = true;
      mock.timers.tick(MINUTE);
      await until(() => running.stats().values.waiting > 0, "values wait");
      grafolean.isAway = false;
      await until(() => "netflow.1min.ingress" in values(), "the minute is sent");
    });
  });
});

Deno.test("NetflowBot counts the traffic of two devices with one address once in the total", async () => {
  const { bot, addDevice, values } = setUp();
  const { id } = addDevice("the same router", {});
  const collector = bot({}, async () => {
    await sendOne(collector);
    mock.timers.tick(MINUTE);
  });
  await collector.runOnce();
  assertEquals(values()["netflow.1min.ingress.entity.ID"], 1);
  assertEquals(values()[`netflow.1min.ingress.entity.${id}`], 1);
  assertEquals(values()["netflow.1min.ingress"], 1);
});

Deno.test("NetflowBot multiplies by the sampling rate of the device, and names one that is wrong", async () => {
  const { bot, addDevice, values, log } = setUp({ details: { sampling_rate: "100" } });
  addDevice("switch", { ipv4: "192.0.2.2", sampling_rate: "1:100" });
  const collector = bot({}, async () => {
    await sendOne(collector);
    mock.timers.tick(MINUTE);
  });
  await collector.runOnce();
  assertEquals(values()["netflow.1min.ingress.entity.ID"], 100);
  assertEquals(log.filter(({ level }) => level === "warn").map(({ message }) => message), [
    'Ignoring the sampling_rate "1:100" of "switch": ' +
    "write a number from 1 to 1000000, such as 1000 if it samples one packet in 1000",
  ]);
});

Deno.test("NetflowBot sends and logs how much was lost and could not be decoded", async () => {
  const { bot, values, log } = setUp();
  const collector = bot({}, async ({ port }) => {
    await send(port!, 1);
    await send(port!, 1, 8); // 7 flows later
    await sendPacket(port!, Uint8Array.of(0, 1, 2, 3));
    await until(() => collector.counts?.packets === 3, "the packets are received");
    mock.timers.tick(MINUTE);
  });
  await collector.runOnce();
  assertEquals(values()["netflow.entity.ID.lost"], 7);
  assertEquals(values()["netflow.entity.ID.malformed"], 1);
  assertEquals(values()["netflow.entity.ID.undecodable"], 0);
  const warnings = log.filter(({ level }) => level === "warn").map(({ message }) => message);
  assertEquals(warnings.map((message) => message.split(/[:;(]/)[0]), [
    'Packets of "router" ',
    'Cannot decode all packets of "router" ',
  ]);
});

Deno.test("NetflowBot does not add senders of something else as devices", async () => {
  const { bot, lines } = setUp({ details: { ipv4: "192.0.2.1" } });
  const collector = bot({}, async ({ port }) => {
    await sendPacket(port!, new TextEncoder().encode("<13>syslog"));
    await until(() => collector.counts?.packets === 1, "the packet is received");
  });
  await collector.runOnce();
  assertEquals(lines("Added to account"), []);
  const [line] = lines("Ignoring packets of 127.0.0.1: ");
  assert(line !== undefined);
});

Deno.test("NetflowBot reports that the sums take up all of their memory", async () => {
  const { bot, values, lines } = setUp();
  const collector = bot({ memoryBytes: 1 }, async () => {
    await sendOne(collector);
    mock.timers.tick(MINUTE);
  });
  await collector.runOnce();
  assertEquals(values()["netflow.1min.ingress.entity.ID"], 1);
  assertEquals(lines("The sums take up all of their memory").length, 1);
});

/** Calls the traffic job of a bot as the scheduler does, a minute after midnight. */
async function perform(
  bot: NetflowBot,
  { signal = new AbortController().signal, sendResults }:
    & Pick<JobContext, "sendResults">
    & Partial<JobContext>,
): Promise<void> {
  const { performJob, jobParams } = await trafficJob(bot);
  const context = { signal, sendResults, scheduledAt: (MIDNIGHT + MINUTE) / 1000 };
  await performJob([60], jobParams, context as unknown as JobContext);
}

Deno.test("NetflowBot sends a window again that it was sending when it was aborted", () =>
  inFolder(async (folder) => {
    const { bot, values } = setUp();
    const collector = bot({ stateFile: `${folder}/state` });
    await whileItRuns(collector, async (port) => {
      await until(() => collector.stats().jobs.known > 0, "the exporter is known");
      // With so many interfaces the values are not sent at once.
      for (let sequence = 0; sequence < 300; sequence += 30) {
        const flows = Array.from({ length: 30 }, (_, n) => flow(1000, sequence + n));
        await sendPacket(port, v5({ sequence }, ...flows));
      }
      await until(() => collector.counts?.flows === 300, "the flows are received");
      const abort = new AbortController();
      let calls = 0;
      const sendResults = () => {
        calls++;
        abort.abort();
        return Promise.resolve();
      };
      await assertRejects(
        () => perform(collector, { signal: abort.signal, sendResults }),
        DOMException,
      );
      assertEquals(calls, 1);
      mock.timers.tick(MINUTE);
      await until(() => "netflow.1min.ingress" in values(), "the minute is sent");
      assertEquals(values()["netflow.1min.ingress"], 300_000);
    });
  }));

Deno.test("NetflowBot closes a window that cannot be sent, so that it counts in the longer ones", () =>
  inFolder(async (folder) => {
    const { bot, values } = setUp();
    const collector = bot({ stateFile: `${folder}/state` });
    await whileItRuns(collector, async (port) => {
      await until(() => collector.stats().jobs.known > 0, "the exporter is known");
      await send(port, 1000);
      await until(() => collector.counts?.flows === 1, "the flow is received");
      await assertRejects(
        () => perform(collector, { sendResults: () => Promise.reject(new Error("no")) }),
        Error,
        "no",
      );
      mock.timers.tick(15 * MINUTE);
      await until(() => "netflow.15min.ingress" in values(), "15 minutes are sent");
      assertEquals(values()["netflow.1min.ingress"], undefined);
      assertEquals(values()["netflow.15min.ingress"], 1000);
    });
  }));
