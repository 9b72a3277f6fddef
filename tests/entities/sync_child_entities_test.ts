import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SyncChildEntitiesOptions } from "../../src/entities/child_plan.ts";
import {
  syncChildEntities,
  type SyncChildEntitiesReport,
} from "../../src/entities/sync_child_entities.ts";
import { updateEntity } from "../../src/grafolean/routes.ts";
import type { Created } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { VirtualTime } from "../virtual_time.ts";
import { EntitiesKit } from "./entities_kit.ts";

const NOON = 1_800_000_000;

/** A bot that writes the interfaces of one device. */
class Kit extends EntitiesKit {
  readonly device = this.sandbox.addEntity(this.account, { name: "router" });

  wanted(...names: string[]): SyncChildEntitiesOptions {
    return {
      parent: this.device.id,
      entityType: "interface",
      key: "snmp_index",
      children: names.map((name) => ({
        name,
        details: { snmp_index: name.replace(/\D/g, ""), speed_bps: "1000" },
      })),
    };
  }

  sync(...names: string[]): Promise<SyncChildEntitiesReport> {
    return syncChildEntities(this.writer, this.account.id, this.wanted(...names));
  }

  async interfaces(): Promise<{ name: string; details: unknown }[]> {
    return (await this.entities())
      .filter(({ parent, entity_type }) => parent === this.device.id && entity_type === "interface")
      .map(({ name, details }) => ({ name, details }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Adds an interface with an old name and a protocol. */
  addWithProtocol(): Created {
    const { sandbox, account, bot } = this;
    const credential = sandbox.addCredential(account, { protocol: "snmp" });
    const sensor = sandbox.addSensor(account, { protocol: "snmp", defaultInterval: 60 });
    return sandbox.addEntity(account, {
      name: "old",
      entityType: "interface",
      parent: this.device,
      details: { snmp_index: "1", note: "kept" },
      protocols: { snmp: { credential, bot, sensors: [{ sensor, interval: 7 }] } },
    });
  }
}

const counts = (created: number, updated: number, deleted: number): SyncChildEntitiesReport => ({
  created,
  updated,
  deleted,
  skipped: [],
  forbidden: false,
});

Deno.test("syncChildEntities creates, updates and deletes children to match what is wanted", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  assertEquals(await kit.sync("eth1", "eth2"), counts(2, 0, 0));
  assertEquals(await kit.interfaces(), [
    { name: "eth1", details: { snmp_index: "1", speed_bps: "1000" } },
    { name: "eth2", details: { snmp_index: "2", speed_bps: "1000" } },
  ]);
  assertEquals(await time.until(kit.sync("wan2", "eth3")), counts(1, 1, 1));
  assertEquals((await kit.interfaces()).map(({ name }) => name), ["eth3", "wan2"]);
});

Deno.test("syncChildEntities reads one list for many devices and writes nothing while nothing changes", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  await kit.sync("eth1");
  kit.sandbox.requests.clear();
  for (let i = 0; i < 10; i++) assertEquals(await kit.sync("eth1"), counts(0, 0, 0));
  assertEquals(kit.reads, 0);
  await time.pass(301, 1000);
  await Promise.all([kit.sync("eth1"), kit.sync("eth1"), kit.sync("eth1")]);
  assertEquals(kit.reads, 1);
  assertEquals(kit.writes, []);
});

Deno.test("syncChildEntities reads a recent list before it writes", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  await kit.sync();
  kit.sandbox.addEntity(kit.account, {
    name: "eth1",
    entityType: "interface",
    parent: kit.device,
    details: { snmp_index: "1", speed_bps: "1000" },
  });
  await time.pass(60, 1000);
  assertEquals(await kit.sync("eth1"), counts(0, 0, 0));
  assertEquals(kit.writes, []);
});

Deno.test("syncChildEntities creates a child once for concurrent calls", async () => {
  const kit = new Kit();
  await Promise.all([kit.sync("eth1"), kit.sync("eth1")]);
  assertEquals(kit.writes, ["POST"]);
});

Deno.test("syncChildEntities keeps the protocols and other details of an updated child", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  const { id } = kit.addWithProtocol();
  const find = async () => (await kit.entities()).find((entity) => entity.id === id);
  const before = await find();
  assertEquals(await time.until(kit.sync("new1")), counts(0, 1, 0));
  const after = await find();
  assertEquals(after?.name, "new1");
  assertEquals(after?.details, { snmp_index: "1", speed_bps: "1000", note: "kept" });
  assertEquals(after?.protocols, before?.protocols);
  assertEquals(Object.keys(after?.protocols ?? {}), ["snmp"]);
});

for (const missing of ["protocol", "sensors", "bot"] as const) {
  Deno.test(`syncChildEntities does not update a half-saved child without its ${missing}`, async () => {
    using time = new VirtualTime(NOON);
    const kit = new Kit();
    const entity = kit.addWithProtocol();
    kit.sandbox.halfSave(kit.account, entity, { missing, reads: 1 });
    const report = await time.until(kit.sync("new1"));
    assertEquals(report.updated, 0);
    assertEquals(report.skipped.map(({ name }) => name), ["new1"]);
    assertEquals(kit.writes, []);
    assertEquals(await time.until(kit.sync("new1")), counts(0, 1, 0));
  });
}

Deno.test("syncChildEntities does not update a child whose protocol has no bot", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  kit.addWithProtocol();
  kit.sandbox.updateBot(kit.bot, { protocol: "other" });
  const report = await time.until(kit.sync("new1"));
  assertEquals(report.updated, 0);
  assert(report.skipped[0]?.reason.includes('its protocol "snmp" has no bot'));
  assertEquals(kit.writes, []);
});

Deno.test("syncChildEntities waits 2 s between the two reads of a child that it updates", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  kit.addWithProtocol();
  await time.until(kit.sync("new1"));
  const [first, second, ...others] = kit.sandbox.requests.entries;
  assertEquals([first?.method, second?.method, others.length], ["GET", "GET", 1]);
  assertEquals(second!.at - first!.at, 2);
});

Deno.test("syncChildEntities reports what to grant, pauses, tries again and reports the end", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit({ grants: "ui" });
  const { sandbox, lines, account: { id } } = kit;
  assertEquals(await kit.sync("eth1"), { ...counts(0, 0, 0), forbidden: true });
  const problem = `This bot may not write the entities of account ${id}: grant it GET, POST, PUT ` +
    `and DELETE on accounts/${id}/entities in Grafolean. Everything else keeps working`;
  assertEquals(lines, [problem]);
  sandbox.requests.clear();
  assertEquals((await kit.sync("eth1")).forbidden, true);
  assertEquals(sandbox.requests.count, 0);
  await time.pass(901, 1000);
  assertEquals((await kit.sync("eth1")).forbidden, true);
  assertEquals(kit.writes, ["POST"]);
  assertEquals(lines, [problem]);
  sandbox.grant(kit.bot, "all");
  await time.pass(901, 1000);
  assertEquals(await kit.sync("eth1"), counts(1, 0, 0));
  assertEquals(lines, [problem, `Resolved after 30 min (2 times): ${problem.slice(0, 120)}…`]);
});

Deno.test("syncChildEntities asks once for many devices whether it may write", async () => {
  const kit = new Kit({ grants: "ui" });
  await Promise.all([kit.sync("eth1"), kit.sync("eth1"), kit.sync("eth1")]);
  assertEquals(kit.writes, ["POST"]);
});

Deno.test("syncChildEntities needs no write permission while there is nothing to write", async () => {
  const kit = new Kit({ grants: "ui" });
  assertEquals(await kit.sync(), counts(0, 0, 0));
  assertEquals(kit.lines, []);
});

Deno.test("syncChildEntities throws if the backend fails, and reads the list again the next time", async () => {
  const kit = new Kit();
  const fault = kit.sandbox.faults.add({
    when: ({ method }) => method === "POST",
    status: 500,
    processed: true,
  });
  const error = await assertRejects(() => kit.sync("eth1"), GrafoleanError);
  assertEquals((error as GrafoleanError).status, 500);
  fault.remove();
  assertEquals(await kit.sync("eth1"), counts(0, 0, 0));
  assertEquals((await kit.interfaces()).length, 1);
});

Deno.test("syncChildEntities writes the other children when one is refused", async () => {
  const kit = new Kit();
  kit.sandbox.faults.add({
    when: ({ method }) => method === "POST",
    status: 400,
    body: "no such name",
    times: 1,
  });
  const report = await kit.sync("eth1", "eth2");
  assertEquals(report.created, 1);
  assertEquals(report.skipped.map(({ name }) => name), ["eth1"]);
  assertEquals((await kit.interfaces()).map(({ name }) => name), ["eth2"]);
});

Deno.test("syncChildEntities counts a child that is already gone as deleted", async () => {
  const kit = new Kit();
  await kit.sync("eth1");
  kit.sandbox.faults.add({
    when: ({ method }) => method === "DELETE",
    status: 404,
    processed: true,
  });
  assertEquals(await kit.sync(), counts(0, 0, 1));
});

Deno.test("syncChildEntities deletes a child once", async () => {
  const kit = new Kit();
  await kit.sync("eth1");
  assertEquals(await kit.sync(), counts(0, 0, 1));
  assertEquals(await kit.sync(), counts(0, 0, 0));
  assertEquals(kit.writes, ["POST", "DELETE"]);
});

Deno.test("syncChildEntities skips a child that is gone when it updates it", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  await kit.sync("eth1");
  kit.sandbox.faults.add({ when: ({ method }) => method === "PUT", status: 404 });
  const { updated, skipped } = await time.until(kit.sync("wan1"));
  assertEquals([updated, skipped.map(({ name }) => name)], [0, ["wan1"]]);
});

Deno.test("syncChildEntities rejects with the reason of its signal while it waits for another call", async () => {
  const kit = new Kit();
  const hang = kit.sandbox.faults.add({ hang: true });
  const [first, second] = [new AbortController(), new AbortController()];
  const calls = [first, second].map(({ signal }) =>
    syncChildEntities(kit.writer, kit.account.id, kit.wanted("eth1"), signal)
  );
  second.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => calls[1]!, DOMException, "enough");
  hang.remove();
  first.abort(new DOMException("this too", "AbortError"));
  await assertRejects(() => calls[0]!, DOMException, "this too");
});

Deno.test("syncChildEntities creates three children at a time", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  kit.sandbox.faults.add({ hang: true, when: ({ method }) => method === "POST" });
  const stop = new AbortController();
  const names = ["eth1", "eth2", "eth3", "eth4", "eth5"];
  const sync = syncChildEntities(
    kit.writer,
    kit.account.id,
    kit.wanted(...names),
    stop.signal,
  );
  await time.pass(1);
  assertEquals(kit.writes.length, 3);
  stop.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => sync, DOMException, "enough");
  assertEquals(kit.writes.length, 3);
});

Deno.test("syncChildEntities rejects with the reason of its signal", async () => {
  const kit = new Kit();
  kit.sandbox.faults.add({ hang: true });
  const controller = new AbortController();
  const sync = syncChildEntities(
    kit.writer,
    kit.account.id,
    kit.wanted("eth1"),
    controller.signal,
  );
  controller.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => sync, DOMException, "enough");
});

Deno.test("syncChildEntities writes nothing in a dry run", async () => {
  const kit = new Kit({ dryRun: true });
  assertEquals(await kit.sync("eth1"), counts(0, 0, 0));
  assertEquals(kit.writes, []);
});

Deno.test("updateEntity keeps the protocols", async () => {
  const kit = new Kit();
  const { id } = kit.addWithProtocol();
  const find = async () => (await kit.entities()).find((entity) => entity.id === id);
  const before = await find();
  assert(before !== undefined);
  const data = { name: "x", entityType: "interface", details: {} };
  await updateEntity(kit.client, kit.account.id, before, data);
  assertEquals(await find(), { ...before, name: "x", details: {} });
});
