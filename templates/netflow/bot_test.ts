import { ConfigError, type LogRecord } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { mock } from "node:test";
import { NetflowBot, PROTOCOL } from "./bot.ts";
import type { NetflowSettings } from "./settings.ts";

const MINUTE = 60_000;
const MIDNIGHT = Date.UTC(2026, 10, 24);

// The clock stands still until a test moves it. Timers go on.
mock.timers.enable({ apis: ["Date"] });

/** Listens on a free local port. */
const SETTINGS: NetflowSettings = {
  hostname: "127.0.0.1",
  port: 0,
  snapshotFile: "",
  suggest: true,
  scaleSampled: true,
};

/** A sandbox with one exporter, and bots for it, at midnight. */
function setUp(options: { address?: string; permissions?: "ui" | "all"; sandbox?: Sandbox } = {}) {
  const { address = "127.0.0.1", permissions = "all", sandbox = new Sandbox() } = options;
  const account = sandbox.addAccount();
  const token = sandbox.addBot({ protocol: PROTOCOL, account, permissions });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL, details: {} });
  // As in Grafolean: NetFlow is not polled.
  const sensor = sandbox.addSensor(account, {
    protocol: PROTOCOL,
    defaultInterval: null,
    details: {},
  });
  const exporter = sandbox.addEntity(account, {
    name: "router",
    details: { ipv4: address },
    protocols: { [PROTOCOL]: { credential, bot: token, sensors: [sensor] } },
  });
  const log: LogRecord[] = [];
  mock.timers.setTime(MIDNIGHT);
  /** When it runs once, it calls a function instead of waiting for a minute. */
  const bot = (
    settings: Partial<NetflowSettings> = {},
    whileListening: (bot: NetflowBot) => Promise<void> = async () => {},
  ) => {
    const bot: NetflowBot = new NetflowBot("http://sandbox/api", token.token, 120, {
      settings: { ...SETTINGS, ...settings },
      delay: () => whileListening(bot),
      fetch: sandbox.fetch,
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
  return { sandbox, account, exporter, bot, log, values };
}

/** Sends a NetFlow v5 packet with one flow to a local port. */
async function send(port: number, bytes: number): Promise<void> {
  const packet = new DataView(new ArrayBuffer(72));
  packet.setUint16(0, 5); // version
  packet.setUint16(2, 1); // flows
  packet.setUint32(24, 0x0a000001); // source
  packet.setUint32(28, 0x0a090001); // destination
  packet.setUint16(36, 3); // input
  packet.setUint32(44, bytes);
  packet.setUint16(58, 443); // destination port
  packet.setUint8(62, 6); // TCP
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  await new Promise((done) => socket.send(new Uint8Array(packet.buffer), port, "127.0.0.1", done));
  await new Promise<void>((done) => socket.close(done));
}

/** Sends one flow and waits until it was received. */
async function sendOne(bot: NetflowBot): Promise<void> {
  await send(bot.port!, 1);
  await until(() => bot.counts?.packets === 1, "the packet is received");
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
    await send(port!, 40);
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
    const snapshotFile = `${folder}/data/snapshot`;
    const first = bot({ snapshotFile });
    await whileItRuns(first, async (port) => {
      await until(() => first.stats().jobs.known > 0, "the exporter is known");
      await send(port, 1500);
      await send(port, 40);
      await until(() => first.counts?.flows === 2, "the flows are received");
      mock.timers.tick(MINUTE);
      await until(() => sandbox.countValues() > 0, "the minute is sent");
      await send(port, 100);
      await until(() => first.counts?.flows === 3, "another flow is received");
    });
    assertEquals(values(), {
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
    const second = bot({ snapshotFile });
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

Deno.test("NetflowBot refuses to use the snapshot of another running bot", () =>
  inFolder(async (folder) => {
    const { bot } = setUp();
    const snapshotFile = `${folder}/data/snapshot`;
    await whileItRuns(bot({ snapshotFile }), async (port) => {
      const second = bot({ snapshotFile, port });
      await assertRejects(() => second.execute(), ConfigError, "is in use by another bot");
      await assertRejects(() => Deno.stat(snapshotFile), Deno.errors.NotFound);
    });
    await whileItRuns(bot({ snapshotFile }), () => Promise.resolve());
  }));

Deno.test("NetflowBot lets another bot use the snapshot when it cannot listen itself", () =>
  inFolder(async (folder) => {
    const { bot } = setUp();
    const snapshotFile = `${folder}/data/snapshot`;
    await whileItRuns(bot({ snapshotFile: `${folder}/other` }), async (port) => {
      const second = bot({ snapshotFile, port });
      await assertRejects(() => second.execute(), ConfigError, "set NETFLOW_PORT");
      await whileItRuns(bot({ snapshotFile }), () => Promise.resolve());
    });
  }));

Deno.test("NetflowBot logs once that its snapshot cannot be written", () =>
  inFolder(async (folder) => {
    const { bot, log } = setUp();
    await Deno.writeTextFile(`${folder}/file`, "");
    const collector = bot({ snapshotFile: `${folder}/file/snapshot` });
    const failures = () =>
      log.filter(({ message }) => message.startsWith("Cannot write the snapshot"));
    await whileItRuns(collector, async () => {
      await until(() => collector.stats().jobs.known > 0, "it runs");
      mock.timers.tick(MINUTE);
      await until(() => failures().length > 0, "it tried to write the snapshot");
    });
    assertEquals(failures().map(({ level }) => level), ["error", "debug"]);
  }));

Deno.test("NetflowBot logs an error and starts empty when its snapshot is damaged", () =>
  inFolder(async (folder) => {
    const { bot, log } = setUp();
    const snapshotFile = `${folder}/snapshot`;
    const collector = bot({ snapshotFile });
    await Deno.writeTextFile(snapshotFile, '["snapshot",{"format":"gra');
    await whileItRuns(collector, async () => {
      await until(() => collector.stats().jobs.known > 0, "it runs");
    });
    const [error] = log.filter(({ level }) => level === "error");
    assert(error?.message.includes(`Cannot read the snapshot "${snapshotFile}"`), error?.message);
    assert((await Deno.stat(`${snapshotFile}.damaged`)).isFile);
    assert((await Deno.stat(snapshotFile)).isFile);
  }));

Deno.test("NetflowBot adds unknown exporters to Grafolean as devices, once", async () => {
  const { bot, sandbox, account, log } = setUp({ address: "192.0.2.1" });
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
  const { bot, log } = setUp({ address: "192.0.2.1", permissions: "ui" });
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
