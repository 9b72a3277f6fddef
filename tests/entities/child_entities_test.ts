import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChildEntities, type ChildEntitiesOptions } from "../../src/entities/child_entities.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { listEntities, updateEntity } from "../../src/grafolean/entities.ts";
import { type Grants, Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";

/** A Grafolean with one device, and a bot that writes its interfaces. */
function kit(options: { grants?: Grants; children?: ChildEntitiesOptions } = {}) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "snmp", account, permissions: options.grants ?? "all" });
  const device = sandbox.addEntity(account, { name: "router", entityType: "device" });
  const client = new GrafoleanClient("http://sandbox/api", bot.token, {
    fetch: sandbox.fetch,
    maxAttempts: 1,
  });
  const warnings: string[] = [];
  const children = new ChildEntities(client, {
    settleTime: 0,
    log: { warn: (message) => void warnings.push(message) },
    ...options.children,
  });
  const wanted = (...names: string[]) => ({
    parent: device.id,
    entityType: "interface",
    key: "snmp_index",
    children: names.map((name) => ({
      name,
      details: { snmp_index: name.replace(/\D/g, ""), speed_bps: "1000" },
    })),
  });
  const sync = (...names: string[]) => children.sync(account.id, wanted(...names));
  const interfaces = async () =>
    (await listEntities(client, account.id)).items
      .filter(({ parent, entity_type }) => parent === device.id && entity_type === "interface")
      .map(({ name, details }) => ({ name, details }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  const writes = () =>
    sandbox.requests.entries.filter(({ method }) => method !== "GET").map(({ method }) => method);
  const reads = () => sandbox.requests.entries.filter(({ method }) => method === "GET").length;
  return {
    sandbox,
    account,
    bot,
    device,
    client,
    children,
    warnings,
    wanted,
    sync,
    interfaces,
    writes,
    reads,
  };
}

const counts = (created: number, updated: number, deleted: number) => ({
  created,
  updated,
  deleted,
  skipped: [],
  forbidden: false,
});

Deno.test("ChildEntities creates, updates and deletes children to match what is wanted", async () => {
  const { sync, interfaces } = kit();
  assertEquals(await sync("eth1", "eth2"), counts(2, 0, 0));
  assertEquals(await interfaces(), [
    { name: "eth1", details: { snmp_index: "1", speed_bps: "1000" } },
    { name: "eth2", details: { snmp_index: "2", speed_bps: "1000" } },
  ]);
  assertEquals(await sync("wan2", "eth3"), counts(1, 1, 1));
  assertEquals((await interfaces()).map(({ name }) => name), ["eth3", "wan2"]);
});

Deno.test("ChildEntities reads one list for many devices and writes nothing while nothing changes", async () => {
  let now = 0;
  const { sync, writes, reads, sandbox } = kit({ children: { now: () => now } });
  await sync("eth1");
  sandbox.requests.clear();
  for (let i = 0; i < 10; i++) assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals(reads(), 0);
  now = 300_001;
  await Promise.all([sync("eth1"), sync("eth1"), sync("eth1")]);
  assertEquals(reads(), 1);
  assertEquals(writes(), []);
});

Deno.test("ChildEntities reads a recent list before it writes", async () => {
  let now = 0;
  const { sync, sandbox, account, device, writes } = kit({ children: { now: () => now } });
  await sync();
  sandbox.addEntity(account, {
    name: "eth1",
    entityType: "interface",
    parent: device.id,
    details: { snmp_index: "1", speed_bps: "1000" },
  });
  now = 60_000;
  assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals(writes(), []);
});

/** Adds an interface with an old name and a protocol. */
function withProtocol(parts: ReturnType<typeof kit>) {
  const { sandbox, account, bot, device } = parts;
  const credential = sandbox.addCredential(account, { protocol: "snmp", details: {} });
  const sensor = sandbox.addSensor(account, { protocol: "snmp", defaultInterval: 60, details: {} });
  return sandbox.addEntity(account, {
    name: "old",
    entityType: "interface",
    parent: device.id,
    details: { snmp_index: "1", note: "kept" },
    protocols: {
      snmp: {
        credential: credential.id,
        bot: bot.id,
        sensors: [{ sensor: sensor.id, interval: 7 }],
      },
    },
  });
}

Deno.test("ChildEntities keeps the protocols and other details of an updated child", async () => {
  const parts = kit();
  const { id } = withProtocol(parts);
  const find = async () =>
    (await listEntities(parts.client, parts.account.id)).items.find((entity) => entity.id === id);
  const before = await find();
  assertEquals(await parts.sync("new1"), counts(0, 1, 0));
  const after = await find();
  assertEquals(after?.name, "new1");
  assertEquals(after?.details, { snmp_index: "1", speed_bps: "1000", note: "kept" });
  assertEquals(after?.protocols, before?.protocols);
  assertEquals(Object.keys(after?.protocols ?? {}), ["snmp"]);
});

for (const missing of ["protocol", "sensors", "bot"] as const) {
  Deno.test(`ChildEntities does not update a half-saved child without its ${missing}`, async () => {
    const parts = kit();
    const entity = withProtocol(parts);
    parts.sandbox.halfSave(parts.account, entity, { missing, reads: 1 });
    const report = await parts.sync("new1");
    assertEquals(report.updated, 0);
    assertEquals(report.skipped.map(({ name }) => name), ["new1"]);
    assertEquals(parts.writes(), []);
    assertEquals(await parts.sync("new1"), counts(0, 1, 0));
  });
}

Deno.test("ChildEntities does not update a child whose protocol has no bot", async () => {
  const parts = kit();
  withProtocol(parts);
  parts.sandbox.updateBot(parts.bot, { protocol: "other" });
  const report = await parts.sync("new1");
  assertEquals(report.updated, 0);
  assert(report.skipped[0]?.reason.includes('its protocol "snmp" has no bot'));
  assertEquals(parts.writes(), []);
});

Deno.test("ChildEntities waits between the two reads of a child that it updates", async () => {
  const parts = kit({ children: { settleTime: 0.05 } });
  withProtocol(parts);
  await parts.sync("new1");
  const reads = parts.sandbox.requests.entries.filter(({ method }) => method === "GET");
  assertEquals(reads.length, 2);
  assert((reads[1]?.at ?? 0) - (reads[0]?.at ?? 0) >= 45); // 50, less the rounding of timers and clocks
});

Deno.test("ChildEntities logs once what to grant, pauses, and retries", async () => {
  let now = 0;
  const { sync, sandbox, bot, warnings } = kit({ grants: "ui", children: { now: () => now } });
  assertEquals(await sync("eth1"), { ...counts(0, 0, 0), forbidden: true });
  assertEquals(warnings.length, 1);
  assert(warnings[0]?.includes("grant it POST, PUT and DELETE on accounts/"));
  sandbox.requests.clear();
  assertEquals((await sync("eth1")).forbidden, true);
  assertEquals(sandbox.requests.count, 0);
  now = 900_000;
  assertEquals((await sync("eth1")).forbidden, true);
  assertEquals(warnings.length, 1);
  sandbox.grant(bot, "all");
  now = 1_800_000;
  assertEquals(await sync("eth1"), counts(1, 0, 0));
});

Deno.test("ChildEntities needs no write permission while there is nothing to write", async () => {
  const { sync, warnings } = kit({ grants: "ui" });
  assertEquals(await sync(), counts(0, 0, 0));
  assertEquals(warnings, []);
});

Deno.test("ChildEntities throws if the backend fails, and reads the list again the next time", async () => {
  const { sync, sandbox, interfaces } = kit();
  const fault = sandbox.faults.add({
    when: ({ method }) => method === "POST",
    status: 500,
    processed: true,
  });
  const error = await assertRejects(() => sync("eth1"), GrafoleanError);
  assertEquals((error as GrafoleanError).status, 500);
  fault.remove();
  assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals((await interfaces()).length, 1);
});

Deno.test("ChildEntities writes the other children when one is refused", async () => {
  const { sync, sandbox, interfaces } = kit();
  sandbox.faults.add({
    when: ({ method }) => method === "POST",
    status: 400,
    body: "no such name",
    times: 1,
  });
  const report = await sync("eth1", "eth2");
  assertEquals(report.created, 1);
  assertEquals(report.skipped.map(({ name }) => name), ["eth1"]);
  assertEquals((await interfaces()).map(({ name }) => name), ["eth2"]);
});

Deno.test("ChildEntities counts a child that is already gone as deleted", async () => {
  const { sync, sandbox } = kit();
  await sync("eth1");
  sandbox.faults.add({ when: ({ method }) => method === "DELETE", status: 404, processed: true });
  assertEquals(await sync(), counts(0, 0, 1));
});

Deno.test("ChildEntities rejects with the reason of its signal", async () => {
  const { children, account, wanted, sandbox } = kit();
  sandbox.faults.add({ hang: true });
  const controller = new AbortController();
  const sync = children.sync(account.id, wanted("eth1"), controller.signal);
  controller.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => sync, DOMException, "enough");
});

Deno.test("updateEntity keeps the protocols", async () => {
  const parts = kit();
  const { id } = withProtocol(parts);
  const entities = await listEntities(parts.client, parts.account.id);
  const before = entities.items.find((entity) => entity.id === id);
  assert(before !== undefined);
  const data = { name: "x", entityType: "interface", details: {} };
  await updateEntity(parts.client, parts.account.id, before, data);
  const after = (await listEntities(parts.client, parts.account.id)).items
    .find((entity) => entity.id === id);
  assertEquals(after, { ...before, name: "x", details: {} });
});

Deno.test("ChildEntities writes nothing in a dry run", async () => {
  const { sync, writes } = kit({ children: { dryRun: true } });
  assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals(writes(), []);
});
