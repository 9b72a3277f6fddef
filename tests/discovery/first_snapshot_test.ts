// What the first snapshot of an account costs and shows.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import { type Account, type Bot, type HalfSaveOptions, Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { job, TestBot, type TestBotOptions } from "../collector/collector_kit.ts";
import { device, FakeBackend } from "./fake_backend.ts";

/** A job for each device. */
const jobs: TestBotOptions["jobs"] = async function* (bot) {
  for await (const device of bot.fetchJobConfigs("ping")) {
    yield job(`${device.entityId}`, { intervals: intervalsOf(device) });
  }
};

function addDevices(sandbox: Sandbox, account: Account, protocol: string, bot: Bot, count: number) {
  const credential = sandbox.addCredential(account, { protocol });
  const sensor = sandbox.addSensor(account, { protocol, defaultInterval: 60 });
  return Array.from({ length: count }, () =>
    sandbox.addEntity(account, {
      protocols: { [protocol]: { credential, bot, sensors: [sensor] } },
    }));
}

for (const protocols of ["no protocol", "another protocol"]) {
  Deno.test(`DeviceSource sends one request for each of 108 accounts without a device, of which two have devices with ${protocols}`, async () => {
    const sandbox = new Sandbox();
    const bot = sandbox.addBot({ protocol: "ping" });
    const snmp = sandbox.addBot({ protocol: "snmp" });
    const accounts = Array.from({ length: 108 }, () => sandbox.addAccount({ defaults: true }));
    for (const account of accounts.slice(0, 2)) {
      if (protocols === "another protocol") addDevices(sandbox, account, "snmp", snmp, 3);
      else sandbox.addEntity(account, { protocols: {} });
    }
    const collector = new TestBot({ token: bot.token, jobs, options: { fetch: sandbox.fetch } });
    const requests = async (): Promise<number> => {
      sandbox.requests.clear();
      await collector.runOnce();
      return sandbox.requests.count;
    };
    // The profile is read once, and devices without any protocol are read twice at first.
    assertEquals(await requests(), protocols === "another protocol" ? 110 : 112);
    assertEquals(await requests(), 109);
    addDevices(sandbox, accounts[50]!, "ping", bot, 1);
    assertEquals(await requests(), 111);
    assertEquals(collector.stats().jobs.known, 1);
  });
}

for (const missing of ["protocol", "sensors"] satisfies HalfSaveOptions["missing"][]) {
  Deno.test(`Collector.runOnce runs the job of a device that is read half-saved, without its ${missing}`, async () => {
    const sandbox = new Sandbox();
    const account = sandbox.addAccount();
    const bot = sandbox.addBot({ protocol: "ping", account });
    const devices = addDevices(sandbox, account, "ping", bot, 40);
    sandbox.halfSave(account, devices[17]!, { missing });
    const collector = new TestBot({ token: bot.token, jobs, options: { fetch: sandbox.fetch } });
    const { ok } = await collector.runOnce();
    assertEquals(ok, 40);
    assertEquals(sandbox.requests.entries.filter(({ path }) => /entities$/.test(path)).length, 2);
  });
}

Deno.test("Collector.runOnce does not poll the device of another bot that is read half-saved", async () => {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  addDevices(sandbox, account, "ping", bot, 2);
  const other = sandbox.addBot({ protocol: "ping", account });
  const [others] = addDevices(sandbox, account, "ping", other, 1);
  sandbox.halfSave(account, others!, { missing: "bot" });
  const collector = new TestBot({ token: bot.token, jobs, options: { fetch: sandbox.fetch } });
  assertEquals((await collector.runOnce()).ok, 2);
  assertEquals(collector.logged("info")[0], "2 devices for ping; 1 left out: 1 of another bot");
});

Deno.test("DeviceSource yields all other devices before it confirms those that may be half-saved", async () => {
  const backend = new FakeBackend([5, 6, 7]);
  backend.account(5, [device(500, { sensors: [] }), device(501)]);
  backend.account(6, [device(600, {}, { protocols: {} }), device(601)]);
  backend.duringDelay = () => {
    backend.account(5, [device(500), device(501)]);
    backend.account(6, [device(600), device(601)]);
  };
  const found: [number, number][] = [];
  for await (const { entityId } of backend.source.fetch("ping")) {
    found.push([entityId, backend.delays.length]);
  }
  assertEquals(found, [[501, 0], [601, 0], [700, 0], [500, 1], [600, 1]]);
  assertEquals(backend.delays, [1000], "one wait for all accounts");
  const again = ["/accounts/5/entities", "/accounts/6/entities"];
  assertEquals(backend.asked.slice(11), again, "what they refer to is known");

  backend.asked.length = 0;
  backend.account(6, [device(600), device(601), device(602, {}, { protocols: {} })]);
  assertEquals(await backend.ids(), [500, 501, 600, 601, 700]);
  assertEquals(backend.delays.length, 1, "only the first snapshot");
  assertEquals(backend.asked.length, 10);
});

Deno.test("DeviceSource finds a half-saved device in an account without any other", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500, {}, { protocols: {} })]);
  backend.duringDelay = () => backend.account(5, [device(500)]);
  assertEquals(await backend.ids(), [500]);
  assertEquals(backend.asked.filter((path) => path.endsWith("sensors")).length, 1);
});

Deno.test("DeviceSource yields a device that is new when it confirms others", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500), device(501, { sensors: [] })]);
  backend.duringDelay = () => backend.account(5, [device(500), device(501), device(502)]);
  assertEquals(await backend.ids(), [500, 501, 502]);
  assertEquals(backend.delays, [1000]);
});

Deno.test("DeviceSource reads only the entities again to confirm devices that stay without the protocol", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500, {}, { protocols: {} }), device(501)]);
  assertEquals(await backend.ids(), [501]);
  const asked = backend.asked.filter((path) => path.startsWith("/accounts/5/"));
  assertEquals(asked.map((path) => path.slice(12)), [
    "entities",
    "credentials",
    "sensors",
    "entities",
  ]);
});

Deno.test("DeviceSource leaves out a possibly half-saved device that is gone or unreadable a second later", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500, { bot: null }), device(501, { bot: null }), device(502)]);
  backend.duringDelay = () => backend.account(5, [device(501, {}, { name: 501 }), device(502)]);
  assertEquals(await backend.ids(), [502]);
});

Deno.test("DeviceSource confirms possibly half-saved devices at the next refresh if it could not", async () => {
  const backend = new FakeBackend();
  const unconfirmed = [device(500, { bot: null }), device(501)];
  backend.account(5, unconfirmed);
  backend.duringDelay = () => backend.answers.set("/accounts/5/entities", { list: {} });
  assertEquals(await backend.ids(), [501]);
  const [warning, ...more] = backend.logged("warn");
  assertStringIncludes(warning!, 'Cannot read account "account 5" (id 5), keeping its 1 device');
  assertEquals(more, []);

  backend.account(5, unconfirmed);
  backend.duringDelay = () => {};
  for await (const { entityId } of backend.source.fetch("ping")) {
    assertEquals(entityId, 501);
    break; // The caller wants no more.
  }
  assertEquals(backend.delays.length, 1);
  assertEquals((await backend.ids()).toSorted(), [500, 501]);
  assertEquals(backend.delays.length, 2);
});

Deno.test("DeviceSource stops confirming devices if the token is refused or its signal aborts", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500, { sensors: [] })]);
  backend.duringDelay = () =>
    backend.answers.set("/accounts/5/entities", new Response("Access denied", { status: 401 }));
  await assertRejects(() => backend.fetch(), GrafoleanError, "unknown bot token");

  backend.account(5, [device(500, { sensors: [] })]);
  const controller = new AbortController();
  const reason = new Error("the bot stops");
  backend.duringDelay = () => controller.abort(reason);
  assertEquals(await backend.fetch("ping", controller.signal).catch((error) => error), reason);
  assert(backend.delays.length === 2);
});

Deno.test("DeviceSource yields all devices to each of two callers at the same time", async () => {
  const backend = new FakeBackend();
  backend.account(5, [device(500, { sensors: [] }), device(501)]);
  backend.duringDelay = () => backend.account(5, [device(500), device(501)]);
  assertEquals(await Promise.all([backend.ids(), backend.ids()]), [[501, 500], [501, 500]]);
});
