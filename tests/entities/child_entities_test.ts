import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChildEntities, type ChildEntitiesOptions } from "../../src/entities/child_entities.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { listEntities, updateEntity } from "../../src/grafolean/entities.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { type Grants, Sandbox } from "../../src/testing/mod.ts";

/** A Grafolean with one device, and a bot that keeps its interfaces. */
function kit(options: { grants?: Grants; keep?: ChildEntitiesOptions } = {}) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "snmp", account, permissions: options.grants ?? "all" });
  const device = sandbox.addEntity(account, { name: "router", entityType: "device" });
  const client = new GrafoleanClient("http://sandbox/api", bot.token, {
    fetch: sandbox.fetch,
    maxAttempts: 1,
  });
  const warnings: string[] = [];
  const keeper = new ChildEntities(client, {
    settleTime: 0,
    log: { warn: (message) => void warnings.push(message) },
    ...options.keep,
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
  const sync = (...names: string[]) => keeper.sync(account.id, wanted(...names));
  const interfaces = async () =>
    (await listEntities(client, account.id))
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
    keeper,
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

Deno.test("ChildEntities creates, changes and deletes until the children are what is wanted", async () => {
  const { sync, interfaces } = kit();
  assertEquals(await sync("eth1", "eth2"), counts(2, 0, 0));
  assertEquals(await interfaces(), [
    { name: "eth1", details: { snmp_index: "1", speed_bps: "1000" } },
    { name: "eth2", details: { snmp_index: "2", speed_bps: "1000" } },
  ]);
  assertEquals(await sync("wan2", "eth3"), counts(1, 1, 1));
  assertEquals((await interfaces()).map(({ name }) => name), ["eth3", "wan2"]);
});

Deno.test("ChildEntities reads one list for many devices, and writes nothing, while nothing changes", async () => {
  let now = 0;
  const { sync, writes, reads, sandbox } = kit({ keep: { now: () => now } });
  await sync("eth1");
  sandbox.requests.clear();
  for (let i = 0; i < 10; i++) assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals(reads(), 0);
  now = 300_001;
  await Promise.all([sync("eth1"), sync("eth1"), sync("eth1")]);
  assertEquals(reads(), 1);
  assertEquals(writes(), []);
});

Deno.test("ChildEntities sees what others have done before it writes", async () => {
  let now = 0;
  const { sync, sandbox, account, device, writes } = kit({ keep: { now: () => now } });
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

/** One interface under an old name, with a protocol of its own. */
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

Deno.test("ChildEntities keeps the protocols and the other details of what it changes", async () => {
  const parts = kit();
  const { id } = withProtocol(parts);
  const find = async () =>
    (await listEntities(parts.client, parts.account.id)).find((entity) => entity.id === id);
  const before = await find();
  assertEquals(await parts.sync("new1"), counts(0, 1, 0));
  const after = await find();
  assertEquals(after?.name, "new1");
  assertEquals(after?.details, { snmp_index: "1", speed_bps: "1000", note: "kept" });
  assertEquals(after?.protocols, before?.protocols);
  assertEquals(Object.keys(after?.protocols ?? {}), ["snmp"]);
});

for (const missing of ["protocol", "sensors", "bot"] as const) {
  Deno.test(`ChildEntities does not write over what is half-saved: its ${missing} is missing`, async () => {
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

Deno.test("ChildEntities leaves alone an entity whose protocol has lost its bot", async () => {
  const parts = kit();
  withProtocol(parts);
  parts.sandbox.updateBot(parts.bot, { protocol: "other" });
  const report = await parts.sync("new1");
  assertEquals(report.updated, 0);
  assert(report.skipped[0]?.reason.includes('its protocol "snmp" has no bot'));
  assertEquals(parts.writes(), []);
});

Deno.test("ChildEntities waits between its two looks at what it changes", async () => {
  const parts = kit({ keep: { settleTime: 0.05 } });
  withProtocol(parts);
  await parts.sync("new1");
  const looks = parts.sandbox.requests.entries.filter(({ method }) => method === "GET");
  assertEquals(looks.length, 2);
  assert((looks[1]?.at ?? 0) - (looks[0]?.at ?? 0) >= 45); // 50, less what timers and clocks are rounded by
});

Deno.test("ChildEntities says once what to grant, leaves the account alone for a while, and tries again", async () => {
  let now = 0;
  const { sync, sandbox, bot, warnings } = kit({ grants: "ui", keep: { now: () => now } });
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

Deno.test("ChildEntities is content with the list while there is nothing to write, whatever it may", async () => {
  const { sync, warnings } = kit({ grants: "ui" });
  assertEquals(await sync(), counts(0, 0, 0));
  assertEquals(warnings, []);
});

Deno.test("ChildEntities passes a failure of the backend on, and reads the list again the next time", async () => {
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

Deno.test("ChildEntities goes on with the others when one child is refused", async () => {
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

Deno.test("ChildEntities counts a child that somebody else has deleted as deleted", async () => {
  const { sync, sandbox } = kit();
  await sync("eth1");
  sandbox.faults.add({ when: ({ method }) => method === "DELETE", status: 404, processed: true });
  assertEquals(await sync(), counts(0, 0, 1));
});

Deno.test("ChildEntities ends with the signal", async () => {
  const { keeper, account, wanted, sandbox } = kit();
  sandbox.faults.add({ hang: true });
  const controller = new AbortController();
  const sync = keeper.sync(account.id, wanted("eth1"), controller.signal);
  controller.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => sync, DOMException, "enough");
});

Deno.test("updateEntity sends the protocols back as they were", async () => {
  const parts = kit();
  const { id } = withProtocol(parts);
  const entities = await listEntities(parts.client, parts.account.id);
  const before = entities.find((entity) => entity.id === id);
  assert(before !== undefined);
  const data = { name: "x", entityType: "interface", details: {} };
  await updateEntity(parts.client, parts.account.id, before, data);
  const after = (await listEntities(parts.client, parts.account.id)).find((entity) =>
    entity.id === id
  );
  assertEquals(after, { ...before, name: "x", details: {} });
});

Deno.test("ChildEntities writes nothing in a dry run", async () => {
  const { sync, writes } = kit({ keep: { dryRun: true } });
  assertEquals(await sync("eth1"), counts(0, 0, 0));
  assertEquals(writes(), []);
});
