import { assertEquals, assertRejects } from "@std/assert";
import {
  createMissingEntities,
  type CreateMissingEntitiesReport,
} from "../../src/entities/create_missing_entities.ts";
import { syncChildEntities } from "../../src/entities/sync_child_entities.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { VirtualTime } from "../virtual_time.ts";
import { EntitiesKit } from "./entities_kit.ts";

const NOON = 1_800_000_000;

/** A bot that finds devices, one of which exists. */
class Kit extends EntitiesKit {
  readonly router = this.sandbox.addEntity(this.account, {
    name: "router",
    details: { ipv4: "10.0.0.1" },
  });

  add(...addresses: string[]): Promise<CreateMissingEntitiesReport> {
    return createMissingEntities(this.writer, this.account.id, {
      entityType: "device",
      key: "ipv4",
      entities: addresses.map((ipv4) => ({ name: `${ipv4} (found)`, details: { ipv4 } })),
    });
  }

  async names(): Promise<string[]> {
    return (await this.entities()).map(({ name }) => name).sort();
  }
}

const created = (...names: string[]): CreateMissingEntitiesReport => ({
  created: names,
  skipped: [],
  forbidden: false,
});

Deno.test("createMissingEntities creates only what is missing", async () => {
  const kit = new Kit();
  kit.sandbox.addEntity(kit.account, {
    name: "an interface",
    entityType: "interface",
    details: { ipv4: "10.0.0.3" },
  });
  assertEquals(await kit.add("10.0.0.1", "10.0.0.2", "10.0.0.2"), created("10.0.0.2 (found)"));
  assertEquals(await kit.add("10.0.0.1", "10.0.0.2"), created());
  assertEquals(await kit.add("10.0.0.3"), created("10.0.0.3 (found)"));
  assertEquals(await kit.names(), [
    "10.0.0.2 (found)",
    "10.0.0.3 (found)",
    "an interface",
    "router",
  ]);
});

Deno.test("createMissingEntities creates one entity for concurrent calls", async () => {
  const kit = new Kit();
  await Promise.all([kit.add("10.0.0.2"), kit.add("10.0.0.2")]);
  assertEquals(await kit.names(), ["10.0.0.2 (found)", "router"]);
});

Deno.test("createMissingEntities reads a recent list, which it shares with syncChildEntities", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  await kit.add("10.0.0.2");
  const children = { parent: kit.router.id, entityType: "interface", key: "index", children: [] };
  await syncChildEntities(kit.writer, kit.account.id, children);
  assertEquals([kit.reads, kit.writes], [1, ["POST"]]);
  kit.sandbox.addEntity(kit.account, { name: "new", details: { ipv4: "10.0.0.4" } });
  await time.pass(31, 1000);
  assertEquals(await kit.add("10.0.0.4"), created());
  assertEquals(kit.reads, 2);
});

Deno.test("createMissingEntities counts the age of a list from when it was requested", async () => {
  using time = new VirtualTime(NOON);
  const kit = new Kit();
  const slow = kit.sandbox.faults.add({ latency: 5 });
  await time.until(kit.add("10.0.0.2"));
  slow.remove();
  const { reads } = kit;
  await time.pass(22, 1000);
  await kit.add("10.0.0.3");
  assertEquals(kit.reads, reads + 1);
});

Deno.test("createMissingEntities sends no request if nothing was found", async () => {
  const kit = new Kit();
  assertEquals(await kit.add(), created());
  assertEquals(kit.sandbox.requests.count, 0);
});

Deno.test("createMissingEntities creates the other entities when one is refused", async () => {
  const kit = new Kit();
  kit.sandbox.faults.add({
    when: ({ method }) => method === "POST",
    status: 400,
    body: "no such name",
    times: 1,
  });
  const report = await kit.add("10.0.0.2", "10.0.0.3");
  assertEquals(report.created, ["10.0.0.3 (found)"]);
  assertEquals(report.skipped.map(({ name }) => name), ["10.0.0.2 (found)"]);
});

for (const grants of ["ui", "none"] as const) {
  Deno.test(`createMissingEntities reports what to grant, pauses and tries again, with the permissions "${grants}"`, async () => {
    using time = new VirtualTime(NOON);
    const kit = new Kit({ grants });
    const { lines, account: { id } } = kit;
    assertEquals(await kit.add("10.0.0.2"), { ...created(), forbidden: true });
    kit.sandbox.requests.clear();
    assertEquals(await kit.add("10.0.0.2"), { ...created(), forbidden: true });
    assertEquals(kit.sandbox.requests.count, 0);
    await time.pass(901, 1000);
    assertEquals(await kit.add("10.0.0.2"), { ...created(), forbidden: true });
    assertEquals(lines, [
      `This bot may not write the entities of account ${id}: grant it GET and POST on ` +
      `accounts/${id}/entities in Grafolean. Everything else keeps working`,
    ]);
    kit.sandbox.grant(kit.bot, "all");
    await time.pass(901, 1000);
    assertEquals(await kit.add("10.0.0.2"), created("10.0.0.2 (found)"));
    assertEquals(lines.length, 2);
  });
}

Deno.test("createMissingEntities writes nothing in a dry run", async () => {
  const kit = new Kit({ dryRun: true });
  assertEquals(await kit.add("10.0.0.2"), created());
  assertEquals(kit.writes, []);
});

Deno.test("createMissingEntities throws if the backend fails or an entity lacks its key", async () => {
  const kit = new Kit();
  const found = { entityType: "device", key: "ipv4", entities: [{ name: "x", details: {} }] };
  await assertRejects(
    async () => void await createMissingEntities(kit.writer, kit.account.id, found),
    TypeError,
    `no detail "ipv4"`,
  );
  kit.sandbox.stopDatabase();
  await assertRejects(() => kit.add("10.0.0.2"), GrafoleanError);
});
