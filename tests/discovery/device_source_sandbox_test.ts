import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { DeviceSource } from "../../src/discovery/device_source.ts";
import type { EntityInfo } from "../../src/discovery/entity_info.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { type Account, type Bot, type EntityProtocol, Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

/** Adds an account with a ping credential and two ping sensors. */
function addPingAccount(sandbox: Sandbox, bot: Bot, name: string) {
  const account = sandbox.addAccount({ name });
  const credential = sandbox.addCredential(account, {
    protocol: "ping",
    details: { timeout: "1.0", community: "hush-hush" },
  });
  const sensors = [60, null].map((defaultInterval, n) =>
    sandbox.addSensor(account, { protocol: "ping", defaultInterval, details: { n } })
  );
  const ping: EntityProtocol = {
    credential,
    bot,
    sensors: [sensors[0]!, { sensor: sensors[1]!, interval: 5 }],
  };
  return { account, credential, sensors, ping };
}

const clients: GrafoleanClient[] = [];

Deno.test.afterEach(() => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
});

function sourceOf(sandbox: Sandbox, bot: Bot, options: { url?: string } = {}) {
  const records: LogRecord[] = [];
  const client = new GrafoleanClient(options.url ?? "http://sandbox/api", bot.token, {
    retryDelayMs: 1,
    ...(options.url === undefined && { fetch: sandbox.fetch }),
  });
  clients.push(client);
  const log = createLogger((record) => records.push(record));
  const source = new DeviceSource({ client, log, problems: new ProblemLog(log) });
  const logged = (level: LogRecord["level"]) =>
    records.filter((record) => record.level === level).map(({ message }) => message);
  return { source, logged };
}

async function idsOf(source: DeviceSource, protocol = "ping"): Promise<number[]> {
  const infos = await Array.fromAsync(source.fetch(protocol));
  return infos.map(({ entityId }) => entityId).sort((a, b) => a - b);
}

Deno.test("DeviceSource finds the devices of a bot with the permissions that the UI grants", async () => {
  const sandbox = new Sandbox();
  const account: Account = sandbox.addAccount({ name: "Home", defaults: true });
  const bot = sandbox.addBot({ protocol: "ping", account });
  const other = sandbox.addBot({ protocol: "ping", account });
  const credential = sandbox.addCredential(account, {
    name: "patient",
    protocol: "ping",
    details: { timeout: "1.0" },
  });
  const sensor = sandbox.addSensor(account, {
    name: "heat",
    protocol: "ping",
    defaultInterval: 60,
    details: { label: "°C" },
  });
  const parent = sandbox.addEntity(account, { name: "Rack" });
  const device = sandbox.addEntity(account, {
    name: "Router",
    parent,
    details: { ipv4: "10.0.0.1" },
    protocols: { ping: { credential, bot, sensors: [sensor] } },
  });
  sandbox.addEntity(account, {
    protocols: { ping: { credential, bot: other, sensors: [sensor] } },
  });
  await using server = await sandbox.listen();

  const { source, logged } = sourceOf(sandbox, bot, { url: server.url });
  const infos: EntityInfo<{ ipv4: string }, { timeout: string }, { label: string }>[] = await Array
    .fromAsync(source.fetch("ping"));
  assertEquals(infos, [{
    accountId: account.id,
    entityId: device.id,
    name: "Router",
    entityType: "device",
    parent: parent.id,
    details: { ipv4: "10.0.0.1" },
    credentialName: "patient",
    credentialDetails: { timeout: "1.0" },
    sensors: [{ sensorId: sensor.id, name: "heat", sensorDetails: { label: "°C" }, interval: 60 }],
  }]);
  assertEquals(logged("warn"), []);
  assertEquals(logged("info"), [
    "1 device for ping; 2 left out: 1 protocol off, 1 of another bot",
  ]);
  assertEquals(logged("debug").length, 2);
});

Deno.test("DeviceSource keeps the devices of one of three accounts that fails", async () => {
  const sandbox = new Sandbox();
  const bot = sandbox.addBot({ protocol: "ping" });
  const accounts = ["A", "B", "C"].map((name) => addPingAccount(sandbox, bot, name));
  const devices = accounts.map(({ account, ping }) =>
    sandbox.addEntity(account, { protocols: { ping } })
  );
  const ids = devices.map(({ id }) => id).sort((a, b) => a - b);
  await using server = await sandbox.listen();
  const { source, logged } = sourceOf(sandbox, bot, { url: server.url });
  assertEquals(await idsOf(source), ids);

  const accountId = accounts[1]!.account.id;
  const added = sandbox.addEntity(accounts[2]!.account, {
    protocols: { ping: accounts[2]!.ping },
  });
  const all = [...ids, added.id].sort((a, b) => a - b);
  let warnings = 0;
  for (
    const fault of [
      { status: 500 },
      { status: 403 },
      { status: 502 },
      { status: 200, body: "<html>" },
      { status: 200, body: '{"list":' },
      { drop: "after-body" },
      { drop: "mid-response" },
    ] as const
  ) {
    const path = `/accounts/${accountId}/sensors`;
    using active = sandbox.faults.add({ ...fault, when: (request) => request.path === path });
    assertEquals(await idsOf(source), all);
    assertEquals(await idsOf(source), all);
    assert(active.hits > 0);
    assertEquals(logged("warn").length, ++warnings, JSON.stringify(fault));
    assertStringIncludes(logged("warn").at(-1)!, `Cannot read account "B" (id ${accountId})`);
  }
  assertEquals(await idsOf(source), all);
  assertMatch(
    logged("info").at(-1)!,
    /^Resolved after \d+ s \(14 times\): Cannot read account "B" \(id /,
  );
  const everything = JSON.stringify([logged("debug"), logged("warn"), logged("info")]);
  assert(!everything.includes("hush-hush") && !everything.includes(bot.token));
});

Deno.test("DeviceSource logs what to grant to a bot without permissions", async () => {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount({ name: "Home" });
  const bot = sandbox.addBot({ protocol: "ping", account, permissions: "none" });
  const credential = sandbox.addCredential(account, { protocol: "ping" });
  sandbox.addEntity(account, { protocols: { ping: { credential, bot } } });
  const { source, logged } = sourceOf(sandbox, bot);
  assertEquals(await idsOf(source), []);
  assertStringIncludes(logged("warn")[0]!, "This bot cannot see any account: grant it GET on");
  for (const list of ["entities", "credentials", "sensors"]) {
    // With any permission there, it can see the account.
    sandbox.grant(bot, [{ prefix: `accounts/${account.id}/values` }]);
    assertEquals(await idsOf(source), []);
    assertStringIncludes(
      logged("warn").at(-1)!,
      `grant this bot GET on accounts/${account.id}/${list}`,
    );
    sandbox.grant(bot, [{ prefix: `accounts/${account.id}/${list}`, methods: ["GET"] }]);
  }
  assertEquals(await idsOf(source), []);
  assertMatch(logged("info").join("\n"), /^Resolved after .*: Cannot read account "Home"/m);
  sandbox.removeBot(bot);
  const error = await assertRejects(() => idsOf(source), GrafoleanError);
  assertEquals(error.status, 401);
});

Deno.test("DeviceSource survives a restart of the database", async () => {
  const sandbox = new Sandbox({ workers: 2 });
  const bot = sandbox.addBot({ protocol: "ping" });
  const { account, ping } = addPingAccount(sandbox, bot, "A");
  const device = sandbox.addEntity(account, { protocols: { ping } });
  const { source, logged } = sourceOf(sandbox, bot);
  for (let n = 0; n < 5; n++) {
    assertEquals(await idsOf(source), [device.id]);
    sandbox.restartDatabase();
  }
  assertEquals(logged("warn"), []);
});

Deno.test("DeviceSource finds 20,000 devices in one account", async () => {
  const sandbox = new Sandbox();
  const bot = sandbox.addBot({ protocol: "ping" });
  const { account, ping } = addPingAccount(sandbox, bot, "A");
  for (let n = 0; n < 20_000; n++) {
    sandbox.addEntity(account, {
      details: { ipv4: `10.0.${n >> 8}.${n & 255}` },
      protocols: { ping },
    });
  }
  await using server = await sandbox.listen();
  const { source } = sourceOf(sandbox, bot, { url: server.url });
  for (const what of ["first", "next"]) {
    const start = performance.now();
    let count = 0;
    for await (const info of source.fetch<{ ipv4: string }, unknown, unknown>("ping")) {
      count++;
      assertEquals(info.sensors.length, 2);
    }
    assertEquals(count, 20_000);
    // deno-lint-ignore no-console -- the time is for information only
    console.log(`${what} fetch of 20,000 devices: ${Math.round(performance.now() - start)} ms`);
  }
});
